//! Second thoughts about a message: other words, or none.

use super::{
    messages::find,
    order::PINNED,
    speech::{self, Remover},
};
use crate::meetings::{
    events,
    rooms::{invitation, of_meeting},
    rules,
    tables::{ChatMessage, Meeting, MeetingId, MessageId},
};
use engine::{Context, Empty, Endpoint, Error, Needs, Outcome, Rate, Record, Result, Route, Scope};
use schema::{caller::Caller, change::Change, code::Code, operation, reply::Reply, text::Spoken};

/// Changes the words of one's own message, within a quarter of an hour.
#[operation]
pub(crate) struct EditMessage {
    /// The meeting.
    meeting_id: MeetingId,
    /// The message.
    id: MessageId,
    /// The words.
    body: Spoken<4_000>,
}

impl Endpoint for EditMessage {
    const ROUTE: Route = Route::patch("/{meeting_id}/messages/{id}/")
        .tells(&[events::MESSAGE_EDITED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::Member(rules::ATTENDEES);
    const RATE: Rate = Rate::Chat;
    type Output = Record<ChatMessage>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let meeting: Meeting = cx.here(self.meeting_id).await?;
        speech::may_write(&meeting, cx.now())?;
        speech::may_speak(invitation(cx, meeting.id, cx.caller.user).await?.as_ref(), cx.now())?;
        let old = known(cx, self.id).await?;
        let new = speech::reword(&old, cx.caller.user, self.body.text(), cx.now())?;
        let mut change = Change::new();
        change.unaudited();
        let slot = change.update(&old, new);
        events::message(&mut change, slot, events::MESSAGE_EDITED, Vec::new());
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

/// Removes a message: its author at any time, and those who keep order. Its place stays, without words.
#[operation]
pub(crate) struct DeleteMessage {
    /// The meeting.
    meeting_id: MeetingId,
    /// The message.
    id: MessageId,
}

impl Endpoint for DeleteMessage {
    const ROUTE: Route = Route::delete("/{meeting_id}/messages/{id}/").tells(&[events::MESSAGE_DELETED]);
    const NEEDS: Needs = Needs::Member(rules::ATTENDEES);
    const RATE: Rate = Rate::Chat;
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = known(cx, self.id).await?;
        let by = if rules::moderates(cx) { Remover::Moderator } else { Remover::Somebody(cx.caller.user) };
        let new = speech::remove(&old, by, cx.now())?;
        if old.deleted_at.is_some() {
            return Ok(Outcome::Answer(Reply::empty()));
        }
        let mut change = Change::new();
        change.unaudited();
        if old.is_pinned() {
            change.add(PINNED, -1);
        }
        let slot = change.update(&old, new);
        events::message(&mut change, slot, events::MESSAGE_DELETED, Vec::new());
        Ok(Outcome::Commit(change))
    }
}

/// A message of the room that a call is about.
pub(crate) async fn known(cx: &Context, id: MessageId) -> Result<ChatMessage> {
    find(cx, cx.room()?, id).await?.ok_or_else(|| Error::not_found("message"))
}
