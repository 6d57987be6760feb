//! Second thoughts about a message: other words, or none.

use super::{
    events,
    messages::find,
    rooms::of_meeting,
    rules,
    speech::{self, Remover},
    tables::{ChatMessage, Meeting, MeetingId, MessageId},
};
use crate::text;
use engine::{Context, Endpoint, Error, Needs, Outcome, Rate, Result, Route, Scope};
use schema::{caller::Caller, change::Change, reply::Reply, role::Role};
use serde::{Deserialize, Serialize};

/// Changes the words of one's own message, within a quarter of an hour.
#[derive(Serialize, Deserialize, garde::Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct EditMessage {
    /// The meeting.
    pub meeting_id: MeetingId,
    /// The message.
    pub id: MessageId,
    /// The words, 1 to 4,000 characters.
    #[garde(length(chars, max = 4_000), custom(text::visible))]
    pub body: String,
}

impl Endpoint for EditMessage {
    const ROUTE: Route = Route::patch("/{meeting_id}/messages/{id}/");
    const NEEDS: Needs = Needs::Member(rules::ATTENDEES);
    const RATE: Rate = Rate::Chat;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let meeting: Meeting = cx.here(self.meeting_id).await?;
        speech::may_write(&meeting, cx.now())?;
        let old = known(cx, self.id).await?;
        let new = speech::reword(&old, cx.caller.user, &self.body, cx.now())?;
        let mut change = Change::new();
        change.unaudited();
        let slot = change.update(&old, new);
        events::message(&mut change, slot, events::MESSAGE_EDITED, Vec::new());
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

/// Removes a message: its author at any time, and those who keep order. Its place stays, without words.
#[derive(Serialize, Deserialize, garde::Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct DeleteMessage {
    /// The meeting.
    pub meeting_id: MeetingId,
    /// The message.
    pub id: MessageId,
}

impl Endpoint for DeleteMessage {
    const ROUTE: Route = Route::delete("/{meeting_id}/messages/{id}/");
    const NEEDS: Needs = Needs::Member(rules::ATTENDEES);
    const RATE: Rate = Rate::Chat;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = known(cx, self.id).await?;
        let role = cx.standing.role.as_deref();
        let moderates = cx.caller.role == Role::SuperAdministrator
            || role.is_some_and(|role| rules::MODERATORS.contains(&role));
        let by = if moderates { Remover::Moderator } else { Remover::Somebody(cx.caller.user) };
        let new = speech::remove(&old, by, cx.now())?;
        if old.deleted_at.is_some() {
            return Ok(Outcome::Answer(Reply::empty()));
        }
        let mut change = Change::new();
        change.unaudited();
        let slot = change.update(&old, new);
        events::message(&mut change, slot, events::MESSAGE_DELETED, Vec::new());
        Ok(Outcome::Commit(change))
    }
}

async fn known(cx: &Context, id: MessageId) -> Result<ChatMessage> {
    find(cx, cx.room()?, id).await?.ok_or_else(|| Error::not_found("message"))
}
