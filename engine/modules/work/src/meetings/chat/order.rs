//! Keeping order in a chat: what stands above it for everybody, and who is silent for a while.

use super::amend::known;
use crate::meetings::{
    events,
    rooms::{invitation, of_meeting},
    rules,
    tables::{Attendee, ChatMessage, Meeting, MeetingId, MessageId},
    words::AttendeeRole,
};
use engine::{Context, Endpoint, Error, Needs, Outcome, Record, Result, Route, Scope};
use schema::{caller::Caller, change::Change, code::Code, id::UserId, operation};

/// How many messages are pinned.
const PINNED_MAX: i64 = 10;
/// The room's count of them.
pub(super) const PINNED: &str = "pinned";

/// Pins a message above the chat, or takes it down.
#[operation]
pub(crate) struct PinMessage {
    /// The meeting.
    meeting_id: MeetingId,
    /// The message.
    id: MessageId,
    /// Whether it shall stand there.
    #[serde(default = "yes")]
    on: bool,
}

const fn yes() -> bool {
    true
}

impl Endpoint for PinMessage {
    const ROUTE: Route = Route::put("/{meeting_id}/messages/{id}/pin/")
        .tells(&[events::MESSAGE_PINNED])
        .refuses(&[Code::RuleViolation, Code::CapacityReached]);
    const NEEDS: Needs = Needs::Member(rules::MODERATORS);
    type Output = Record<ChatMessage>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        pin(cx, self.id, self.on).await
    }
}

/// Takes a pinned message down.
#[operation]
pub(crate) struct UnpinMessage {
    /// The meeting.
    meeting_id: MeetingId,
    /// The message.
    id: MessageId,
}

impl Endpoint for UnpinMessage {
    const ROUTE: Route = Route::delete("/{meeting_id}/messages/{id}/pin/").tells(&[events::MESSAGE_PINNED]);
    const NEEDS: Needs = Needs::Member(rules::MODERATORS);
    type Output = Record<ChatMessage>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        pin(cx, self.id, false).await
    }
}

/// Two who pin the last at once may make it one more: the bound is for what is shown, and holds it well enough.
async fn pin(cx: &Context, id: MessageId, on: bool) -> Result<Outcome> {
    let old = known(cx, id).await?;
    if old.pinned_at.is_some() == on {
        return Outcome::record(&old, old.version);
    }
    if on && old.deleted_at.is_some() {
        return Err(Error::rule("this message was removed"));
    }
    if on && cx.counter(cx.room()?, PINNED).await? >= PINNED_MAX {
        return Err(Error::new(Code::CapacityReached, "ten messages are pinned at most"));
    }
    let mut change = Change::new();
    change.unaudited();
    change.add(PINNED, if on { 1 } else { -1 });
    let slot = change.update(&old, ChatMessage { pinned_at: on.then(|| cx.now()), ..old.clone() });
    events::message(&mut change, slot, events::MESSAGE_PINNED, Vec::new());
    change.reply_row(slot);
    Ok(Outcome::Commit(change))
}

/// Silences somebody in a meeting's chat for some minutes, or lets them speak again. They go on reading.
#[operation]
pub(crate) struct MuteAttendee {
    /// The meeting.
    meeting_id: MeetingId,
    /// Who.
    user_id: UserId,
    /// For how long, up to a day; 0 lets them speak again.
    #[garde(range(max = 1_440))]
    minutes: u32,
}

impl Endpoint for MuteAttendee {
    const ROUTE: Route = Route::put("/{meeting_id}/attendees/{user_id}/mute/")
        .tells(&[events::ATTENDEE_MUTED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::Member(rules::MODERATORS);
    type Output = Record<Attendee>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let meeting: Meeting = cx.here(self.meeting_id).await?;
        let old = invitation(cx, meeting.id, self.user_id).await?;
        let old = old.ok_or_else(|| Error::not_found("attendee"))?;
        if matches!(old.role, AttendeeRole::Organizer | AttendeeRole::Moderator) {
            return Err(Error::rule("who keeps order is not silenced"));
        }
        let until = (self.minutes > 0).then(|| cx.now().plus_seconds(60 * i64::from(self.minutes)));
        if until.is_none() && old.muted_until.is_none() {
            return Outcome::record(&old, old.version);
        }
        let mut change = Change::new();
        let slot = change.update(&old, Attendee { muted_until: until, ..old.clone() });
        events::attendee(&mut change, events::ATTENDEE_MUTED, slot, &meeting);
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}
