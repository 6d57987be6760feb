//! What a meeting is about: show, set.

use crate::meetings::{
    events,
    rooms::{invitation, of_meeting},
    rules,
    tables::{Agenda, AgendaItem, Meeting, MeetingId},
};
use engine::{Context, Endpoint, Error, Needs, Outcome, Record, Result, Route, Scope};
use schema::{
    caller::Caller, change::Change, id::UserId, key::KeyWriter, operation, part, reply::Reply, text::Title,
};
use serde_json::json;
use std::collections::HashSet;
use uuid::Uuid;

/// Shows what a meeting is about, in order.
#[operation]
pub(crate) struct GetAgenda {
    /// The meeting.
    meeting_id: MeetingId,
}

impl Endpoint for GetAgenda {
    const ROUTE: Route = Route::get("/{meeting_id}/agenda/");
    const NEEDS: Needs = Needs::Member(rules::ATTENDEES);
    type Output = Record<Agenda>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let meeting: Meeting = cx.here(self.meeting_id).await?;
        let agenda = agenda_of(cx, self.meeting_id).await?;
        let agenda = agenda.unwrap_or_else(|| Agenda {
            org_id: meeting.org_id,
            meeting_id: meeting.id,
            ..Agenda::default()
        });
        Outcome::record(&agenda, agenda.version)
    }
}

async fn agenda_of(cx: &Context, meeting: MeetingId) -> Result<Option<Agenda>> {
    cx.get(cx.room()?, KeyWriter::new().with(&meeting)).await
}

/// A point as it shall be.
#[part]
pub(crate) struct Point {
    /// The point, where it is there already.
    id: Option<Uuid>,
    /// What it is about.
    title: Title,
    /// Who leads it, among those who attend.
    owner_id: Option<UserId>,
    /// How long it should take, up to a day.
    #[serde(default)]
    #[garde(range(max = 1_440))]
    planned_minutes: u32,
    /// Whether it was dealt with.
    #[serde(default)]
    done: bool,
}

/// Sets what a meeting is about: the points in their order. Points that are not named are gone.
#[operation]
pub(crate) struct SetAgenda {
    /// The meeting.
    meeting_id: MeetingId,
    /// The points, up to 50.
    #[garde(length(max = 50), dive)]
    items: Vec<Point>,
}

impl Endpoint for SetAgenda {
    const ROUTE: Route = Route::put("/{meeting_id}/agenda/").tells(&[events::AGENDA_CHANGED]);
    const NEEDS: Needs = Needs::Member(rules::SPEAKERS);
    type Output = Record<Agenda>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let meeting: Meeting = cx.here(self.meeting_id).await?;
        let old = agenda_of(cx, meeting.id).await?;
        let known = old.as_ref().map(|agenda| agenda.items.as_slice()).unwrap_or_default();
        let items = self.items(cx, &meeting, known).await?;
        let mut change = Change::new();
        let slot = match &old {
            Some(old) if old.items == items => {
                return Ok(Outcome::Answer(Reply::ok(json!(old)).tagged(old.version)));
            }
            Some(old) => change.update(old, Agenda { items, ..old.clone() }),
            None => change.insert(Agenda {
                id: cx.clock().new_id(),
                org_id: meeting.org_id,
                meeting_id: meeting.id,
                items,
                ..Agenda::default()
            }),
        };
        events::agenda(&mut change, slot, &meeting);
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

impl SetAgenda {
    /// The points as the row keeps them.
    async fn items(&self, cx: &Context, meeting: &Meeting, known: &[AgendaItem]) -> Result<Vec<AgendaItem>> {
        let mut named = HashSet::new();
        let mut items = Vec::with_capacity(self.items.len());
        for (at, point) in self.items.iter().enumerate() {
            let is_known = |id: &Uuid| known.iter().any(|item| item.id == *id);
            if point.id.is_some_and(|id| !is_known(&id) || !named.insert(id)) {
                let pointer = format!("/items/{at}/id");
                return Err(Error::field(&pointer, "unknown", "there is no such point, or it is here twice"));
            }
            if let Some(owner) = point.owner_id
                && invitation(cx, meeting.id, owner).await?.is_none()
            {
                let pointer = format!("/items/{at}/owner_id");
                return Err(Error::field(&pointer, "not_attending", "does not attend this meeting"));
            }
            items.push(AgendaItem {
                id: point.id.unwrap_or_else(|| cx.clock().new_id::<AgendaItem>().uuid()),
                title: point.title.owned(),
                owner_id: point.owner_id,
                planned_minutes: point.planned_minutes,
                done: point.done,
            });
        }
        Ok(items)
    }
}
