//! A meeting, as other records name it.

use super::{
    rooms::{invitation, of_meeting},
    rules::MODERATORS,
    tables::{Meeting, MeetingId},
};
use crate::meetings::attending::attendees::everybody;
use actors::BoxFuture;
use engine::{Action, Context, EntityKind, Result, Seen};
use uuid::Uuid;

/// Columns of minutes that are drafts until they are published, which those who write them read alone.
const DRAFTED: &[&str] = &["body", "decisions"];

/// A meeting that the caller attends.
pub(super) const MEETING: EntityKind = EntityKind {
    name: "meeting",
    columns: &["meeting_id"],
    seen,
    watchers: |cx, id| Box::pin(async move { everybody(cx, MeetingId::new(id)).await }),
};

fn seen(cx: &Context, id: Uuid) -> BoxFuture<'_, Result<Option<Seen>>> {
    Box::pin(async move {
        let id = MeetingId::new(id);
        if !cx.reaches(super::MODULE.name, Action::Read).await? {
            return Ok(None);
        }
        let Some(attendee) = invitation(cx, id, cx.caller.user).await? else { return Ok(None) };
        let meeting: Option<Meeting> = cx.by_id(&of_meeting(id), id).await?;
        let Some(meeting) = meeting.filter(|meeting| meeting.org_id == cx.caller.org) else {
            return Ok(None);
        };
        let moderates = MODERATORS.contains(&attendee.role.word());
        Ok(Some(Seen {
            title: meeting.title,
            link: format!("/meetings/{id}"),
            room: of_meeting(id),
            hidden: if moderates { &[] } else { DRAFTED },
            moderates,
            traced: true,
        }))
    })
}
