//! Signs under messages. Each is a row of its own; how many stand under a message is a counter of the
//! room, which moves with the commit and is therefore never wrong, however many people sign at once.

use super::{messages::find, speech};
use crate::meetings::{
    events,
    rooms::{invitation, of_meeting},
    rules,
    tables::{ChatMessage, ChatReaction, Meeting, MeetingId, MessageId},
};
use engine::{Context, Endpoint, Error, Needs, Outcome, Rate, Reader, Result, Route, Scope, Whole};
use schema::{
    answer,
    caller::Caller,
    change::{Change, Filled},
    code::Code,
    id::UserId,
    key::{KeyWriter, after_prefix},
    operation,
    reply::Reply,
    room::RoomId,
    table::{Slot, Spec, Table as _},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, ops::RangeInclusive};
use storage::Range;

/// Puts a sign under a message, or takes it away.
#[operation]
pub(crate) struct React {
    /// The meeting.
    meeting_id: MeetingId,
    /// The message.
    id: MessageId,
    /// One emoji.
    #[garde(custom(sign))]
    emoji: String,
    /// Whether it shall stand there.
    #[serde(default = "yes")]
    on: bool,
}

const fn yes() -> bool {
    true
}

fn sign<T: AsRef<str>>(emoji: &T, _: &()) -> garde::Result {
    if speech::is_emoji(emoji.as_ref()) { Ok(()) } else { Err(garde::Error::new("one emoji")) }
}

impl Endpoint for React {
    const ROUTE: Route = Route::put("/{meeting_id}/messages/{id}/reactions/{emoji}/")
        .tells(&[events::REACTION_CHANGED])
        .refuses(&[Code::RuleViolation, Code::CapacityReached]);
    const NEEDS: Needs = Needs::Member(rules::WRITERS);
    const RATE: Rate = Rate::Chat;
    type Output = Whole<Reacted>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let (meeting, message, on) = (self.meeting_id, self.id, self.on);
        Wish { meeting, message, emoji: &self.emoji, on }.carry_out(cx).await
    }
}

/// Takes the caller's sign away from under a message.
#[operation]
pub(crate) struct Unreact {
    /// The meeting.
    meeting_id: MeetingId,
    /// The message.
    id: MessageId,
    /// One emoji.
    #[garde(custom(sign))]
    emoji: String,
}

impl Endpoint for Unreact {
    const ROUTE: Route = Route::delete("/{meeting_id}/messages/{id}/reactions/{emoji}/")
        .tells(&[events::REACTION_CHANGED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::Member(rules::WRITERS);
    const RATE: Rate = Rate::Chat;
    type Output = Whole<Reacted>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let (meeting, message) = (self.meeting_id, self.id);
        Wish { meeting, message, emoji: &self.emoji, on: false }.carry_out(cx).await
    }
}

/// What became of a sign.
#[answer]
pub(crate) struct Reacted {
    /// The message.
    message_id: MessageId,
    /// The sign.
    emoji: String,
    /// Whose.
    user_id: UserId,
    /// Whether it stands there.
    on: bool,
    /// How many of it do.
    count: i64,
}

/// Whether the caller's sign shall stand under a message.
struct Wish<'a> {
    meeting: MeetingId,
    message: MessageId,
    emoji: &'a str,
    on: bool,
}

impl Wish<'_> {
    async fn carry_out(&self, cx: &Context) -> Result<Outcome> {
        let room = cx.room()?;
        let meeting: Meeting = cx.here(self.meeting).await?;
        speech::may_write(&meeting, cx.now())?;
        speech::may_speak(invitation(cx, meeting.id, cx.caller.user).await?.as_ref(), cx.now())?;
        let message = find(cx, room, self.message).await?.ok_or_else(|| Error::not_found("message"))?;
        let place = place(message.seq, self.emoji).with(&cx.caller.user);
        let mine: Option<ChatReaction> = cx.get(room, place).await?;
        let tally = tally(message.seq, self.emoji);
        let mut change = Change::new();
        change.unaudited();
        let (slot, by) = match (mine, self.on) {
            (None, true) => {
                check_variety(cx, room, &message, self.emoji).await?;
                (change.insert(self.sign(&message, cx.caller.user)), 1)
            }
            (Some(mine), false) => (change.remove(&mine), -1),
            // It is as it shall be.
            (Some(_), true) | (None, false) => {
                let count = cx.counter(room, &tally).await?;
                return Ok(Outcome::Answer(Reply::ok(self.data(cx.caller.user, count))));
            }
        };
        change.add(&tally, by);
        let plain = self.data(cx.caller.user, 0);
        let said = move |filled: &Filled<'_>| {
            let mut data = plain.clone();
            if let Some(members) = data.as_object_mut() {
                members.insert("count".into(), filled.counter(&tally).into());
            }
            data
        };
        change.tell(events::REACTION_CHANGED, slot).saying(said.clone());
        change.reply(move |filled| Reply::ok(said(filled)));
        Ok(Outcome::Commit(change))
    }

    fn sign(&self, message: &ChatMessage, user: UserId) -> ChatReaction {
        ChatReaction {
            meeting_id: self.meeting,
            message_id: self.message,
            message_seq: message.seq,
            emoji: self.emoji.to_owned(),
            user_id: user,
            ..ChatReaction::default()
        }
    }

    fn data(&self, user: UserId, count: i64) -> Value {
        let Self { message, emoji, on, .. } = self;
        json!(Reacted { message_id: *message, emoji: (*emoji).to_owned(), user_id: user, on: *on, count })
    }
}

/// The counter of one sign under one message.
fn tally(message_seq: u64, emoji: &str) -> String {
    format!("reaction:{message_seq}:{emoji}")
}

fn place(message_seq: u64, emoji: &str) -> KeyWriter {
    KeyWriter::new().with(&message_seq).with(emoji)
}

/// A message carries twenty different signs at most. Two people who add the last at once may make it
/// one more: the bound is for what is read and shown, and holds it well enough.
async fn check_variety(cx: &Context, room: &RoomId, message: &ChatMessage, emoji: &str) -> Result<()> {
    if message.deleted_at.is_some() {
        return Err(Error::rule("this message was removed"));
    }
    if cx.counter(room, &tally(message.seq, emoji)).await? > 0 {
        return Ok(());
    }
    let signs = under(cx, room, cx.caller.user, message.seq..=message.seq).await?;
    if signs.get(&message.seq).map_or(0, Vec::len) < speech::EMOJI_MAX {
        return Ok(());
    }
    Err(Error::new(Code::CapacityReached, "a message carries twenty different signs at most"))
}

/// A sign under a message, as a list shows it.
#[answer]
pub(crate) struct Signs {
    /// The sign.
    emoji: String,
    /// How many people put it there.
    count: i64,
    /// Whether the caller did.
    mine: bool,
}

/// The signs under the messages with these numbers. Reads a few rows for each different sign, however
/// many people have put it there.
pub(crate) async fn under(
    reader: &Reader,
    room: &RoomId,
    me: UserId,
    messages: RangeInclusive<u64>,
) -> Result<BTreeMap<u64, Vec<Signs>>> {
    let table = Slot::Rows.number(ChatReaction::SPEC.id);
    let end = KeyWriter::new().with(&messages.end().saturating_add(1)).finish();
    let mut from = KeyWriter::new().with(messages.start()).finish();
    let mut found: BTreeMap<u64, Vec<Signs>> = BTreeMap::new();
    loop {
        let range = Range::partition(table, Spec::partition(room), 1).since(from).before(end.clone());
        let Some(first) = reader.range::<ChatReaction>(&range).await?.pop() else { return Ok(found) };
        let sign = place(first.message_seq, &first.emoji);
        let count = reader.counter(room, &tally(first.message_seq, &first.emoji)).await?;
        let mine: Option<ChatReaction> = reader.get(room, sign.clone().with(&me)).await?;
        let signs = Signs { emoji: first.emoji, count, mine: mine.is_some() };
        found.entry(first.message_seq).or_default().push(signs);
        match after_prefix(&sign.finish()) {
            Some(next) => from = next,
            None => return Ok(found),
        }
    }
}
