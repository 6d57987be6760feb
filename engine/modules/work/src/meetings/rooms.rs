//! The room of a meeting: attendees hear it, nobody else does.

use super::{
    rules,
    tables::{Attendee, Meeting, MeetingId},
};
use actors::{BoxFuture, Policy};
use engine::{Needs, Reader, Result, RoomKind, Standing};
use schema::{caller::Caller, change::Guard, id::UserId, key::KeyWriter, room::RoomId, table::Row as _};

/// One room a meeting: order, presence, and who types or raises a hand.
pub const MEETING: RoomKind = RoomKind {
    kind: "meeting",
    policy: Some(Policy { presence: true, hooks: true, whispers: &["typing", "hand"] }),
    hears: Needs::Member(rules::ATTENDEES),
    standing,
    greeting: None,
    joined: Some(("JoinMeeting", "meeting_id")),
    left: Some(("LeaveMeeting", "meeting_id")),
};

/// The room of a meeting.
#[must_use]
pub fn of_meeting(meeting: MeetingId) -> RoomId {
    RoomId::new("meeting", meeting.uuid())
}

/// What names somebody inside a meeting: invitation, attendance and read marker alike.
pub(super) fn place(meeting: MeetingId, user: UserId) -> KeyWriter {
    KeyWriter::new().with(&meeting).with(&user)
}

/// Somebody's invitation.
///
/// # Errors
/// When the store fails.
pub(super) async fn invitation(
    reader: &Reader,
    meeting: MeetingId,
    user: UserId,
) -> Result<Option<Attendee>> {
    reader.get(&of_meeting(meeting), place(meeting, user)).await
}

/// An attendee's standing is in the invitation alone: one read, and what a commit made on it relies on.
fn standing<'a>(
    reader: &'a Reader,
    caller: &'a Caller,
    room: &'a RoomId,
) -> BoxFuture<'a, Result<Option<Standing>>> {
    Box::pin(async move {
        let id = MeetingId::new(room.id());
        if let Some(attendee) = invitation(reader, id, caller.user).await? {
            return Ok(Some(Standing {
                role: Some(attendee.role.word().to_owned()),
                guards: vec![Guard { key: attendee.key(), version: Some(attendee.version()) }],
                ..Standing::in_org(attendee.org_id)
            }));
        }
        let Some(meeting) = reader.by_id::<Meeting>(room, id).await? else { return Ok(None) };
        Ok(Some(Standing { own: false, open: false, ..Standing::in_org(meeting.org_id) }))
    })
}
