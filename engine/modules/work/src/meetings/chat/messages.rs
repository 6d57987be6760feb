//! The talk of a meeting: read it, say something. Saying is the busiest write of the house, so it reads
//! the caller's invitation, the meeting, and nothing else unless the message asks for it.

use super::{
    reactions::{self, Signs},
    searching::{Found, Search},
    speech,
};
use crate::meetings::{
    events,
    rooms::{invitation, of_meeting},
    rules,
    tables::{ChatMessage, Meeting, MeetingId, MessageId},
};
use bytes::Bytes;
use engine::{
    Context, Created, Endpoint, Error, Needs, Outcome, Param, Query, Rate, Reader, Result, Route, Scope,
    Whole,
};
use schema::{
    answer,
    caller::Caller,
    change::Change,
    code::Code,
    id::UserId,
    key::KeyWriter,
    operation,
    page::{Page, PageInfo},
    reply::Reply,
    room::RoomId,
    table::{Slot, Spec, Table as _},
    text::Spoken,
    time::Timestamp,
};
use serde_json::json;
use storage::Range;
use uuid::Uuid;

/// Pinned messages that are shown at once: all that there may be.
const PINNED_SHOWN: usize = 20;

/// How a stretch of a chat is asked for.
const PAGE: &[Param] = &[
    Param {
        name: "before_seq",
        format: "integer",
        help: "Only messages with a smaller number.",
        required: false,
    },
    Param {
        name: "after_seq",
        format: "integer",
        help: "Only messages with a larger number.",
        required: false,
    },
    Param {
        name: "q",
        format: "text",
        help: "Only messages with these words, the last of which may be unfinished. Up to 2,000 messages are looked \
               through; `page.next_cursor` is where to go on.",
        required: false,
    },
    Param {
        name: "cursor",
        format: "text",
        help: "With `q`: the `next_cursor` of the page before.",
        required: false,
    },
    Param {
        name: "pinned",
        format: "boolean",
        help: "`true`: those pinned above the chat.",
        required: false,
    },
    Param { name: "limit", format: "integer", help: "How many, 1 to 100.", required: false },
];

/// Lists messages with their signs: the newest first, or those before `before_seq`, newest first; with
/// `after_seq` those after it, oldest first. With `q` those of them in which the words are.
#[operation]
pub(crate) struct ListMessages {
    /// The meeting.
    meeting_id: MeetingId,
    /// Only messages with a smaller number.
    before_seq: Option<u64>,
    /// Only messages with a larger number.
    after_seq: Option<u64>,
    /// How many, 1 to 100; 20 unless said.
    #[garde(range(min = 1, max = 100))]
    limit: Option<usize>,
    /// The same three as a query.
    query: Query,
}

impl Endpoint for ListMessages {
    const ROUTE: Route = Route::get("/{meeting_id}/messages/");
    const NEEDS: Needs = Needs::Member(rules::ATTENDEES);
    const ASKS: &'static [Param] = PAGE;
    type Output = Whole<Page<MessageShown>>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        self.query.only(&["before_seq", "after_seq", "q", "cursor", "pinned", "limit"])?;
        if self.query.parsed::<bool>("pinned")? == Some(true) {
            let data = with_signs(cx, pinned(cx, self.meeting_id).await?).await?;
            return Outcome::ok(&Page {
                data,
                page: PageInfo { limit: PINNED_SHOWN, ..PageInfo::default() },
            });
        }
        let before = self.before_seq.or(self.query.parsed("before_seq")?);
        let after = self.after_seq.or(self.query.parsed("after_seq")?);
        let limit = self.limit.map_or_else(|| self.query.limit(), Ok)?;
        let whole = Range::partition(
            Slot::Rows.number(ChatMessage::SPEC.id),
            Spec::partition(cx.room()?),
            limit.saturating_add(1),
        );
        let range = match (before, after) {
            (Some(_), Some(_)) => {
                return Err(Error::new(Code::InvalidFilter, "before_seq or after_seq, not both"));
            }
            (None, Some(after)) => whole.after(numbered(after)),
            (Some(before), None) => whole.before(numbered(before)).backward(),
            (None, None) => whole.backward(),
        };
        if let Some(search) = Search::asked(&self.query)? {
            let Found { messages, more_at } = search.through(cx, range, limit).await?;
            let (data, next_cursor) = (with_signs(cx, messages).await?, more_at.map(|seq| seq.to_string()));
            let page =
                PageInfo { limit, has_more: next_cursor.is_some(), next_cursor, ..PageInfo::default() };
            return Outcome::ok(&Page { data, page });
        }
        let mut messages: Vec<ChatMessage> = cx.range(&range).await?;
        let has_more = messages.len() > limit;
        messages.truncate(limit);
        let data = with_signs(cx, messages).await?;
        Outcome::ok(&Page { data, page: PageInfo { limit, has_more, ..PageInfo::default() } })
    }
}

/// The place of a message in its room.
pub(crate) fn numbered(seq: u64) -> Bytes {
    KeyWriter::new().with(&seq).finish()
}

/// The messages above the chat, the first that was pinned first.
async fn pinned(cx: &Context, meeting: MeetingId) -> Result<Vec<ChatMessage>> {
    let within = KeyWriter::new().with(&meeting);
    let numbers = cx.column::<ChatMessage, u64>("pinned", within, "seq", PINNED_SHOWN).await?;
    let mut messages = Vec::with_capacity(numbers.len());
    for seq in numbers {
        messages.extend(cx.get::<ChatMessage>(cx.room()?, KeyWriter::new().with(&seq)).await?);
    }
    Ok(messages)
}

async fn with_signs(cx: &Context, messages: Vec<ChatMessage>) -> Result<Vec<MessageShown>> {
    let numbers = messages.iter().map(|message| message.seq);
    let mut signs = match (numbers.clone().min(), numbers.max()) {
        (Some(first), Some(last)) => reactions::under(cx, cx.room()?, cx.caller.user, first..=last).await?,
        _ => return Ok(Vec::new()),
    };
    let shown = messages.into_iter().map(|message| {
        let reactions = signs.remove(&message.seq).unwrap_or_default();
        MessageShown { message, reactions }
    });
    Ok(shown.collect())
}

/// Says something in a meeting. The same `client_id` again answers what the first answered.
#[operation]
pub(crate) struct PostMessage {
    /// The meeting.
    meeting_id: MeetingId,
    /// What the author's client calls the message.
    client_id: Option<Uuid>,
    /// The words.
    body: Spoken<4_000>,
    /// The message it answers.
    reply_to_id: Option<MessageId>,
    /// Who is meant; attendees among them are notified.
    #[serde(default)]
    #[garde(length(max = 50))]
    mention_ids: Vec<UserId>,
    /// What is shown with it.
    #[serde(default)]
    #[garde(length(max = 5))]
    file_ids: Vec<Uuid>,
}

impl Endpoint for PostMessage {
    const ROUTE: Route = Route::post("/{meeting_id}/messages/")
        .tells(&[events::MESSAGE_POSTED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::Member(rules::WRITERS);
    const RATE: Rate = Rate::Chat;
    type Output = Created<Posted>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let meeting: Meeting = cx.here(self.meeting_id).await?;
        speech::may_write(&meeting, cx.now())?;
        speech::may_speak(invitation(cx, meeting.id, cx.caller.user).await?.as_ref(), cx.now())?;
        if !self.file_ids.is_empty() {
            // A file must be readable by who shows it, and nobody has files yet.
            return Err(Error::field("/file_ids/0", "unknown", "there is no such file"));
        }
        if let Some(answered) = self.reply_to_id {
            let known = find(cx, cx.room()?, answered).await?;
            known
                .ok_or_else(|| Error::field("/reply_to_id", "unknown", "no such message in this meeting"))?;
        }
        let notify = attending(cx, self.meeting_id, &self.mention_ids).await?;
        let said = speech::Said {
            body: self.body.text(),
            reply_to_id: self.reply_to_id,
            mention_ids: self.mention_ids.clone(),
            client_id: self.client_id,
        };
        let message = speech::say(cx.clock().new_id(), &meeting, cx.caller.user, said);
        let mut change = Change::new();
        change.unaudited();
        let slot = change.insert(message);
        events::message(&mut change, slot, events::MESSAGE_POSTED, notify);
        change.reply(move |filled| {
            let posted = filled.get(slot).map(|said| Posted { id: said.id, seq: said.seq, at: filled.at });
            Reply::of(201, json!(posted))
        });
        Ok(Outcome::Commit(change))
    }
}

/// Where a message stands.
#[answer]
pub(crate) struct Posted {
    /// The message.
    id: MessageId,
    /// Its number, and its event's.
    seq: u64,
    /// When it was said.
    at: Timestamp,
}

/// A message as a list shows it.
#[answer]
pub(crate) struct MessageShown {
    /// The message.
    #[serde(flatten)]
    message: ChatMessage,
    /// The signs under it.
    reactions: Vec<Signs>,
}

/// Those of these people who attend: nobody else may learn what is said.
async fn attending(reader: &Reader, meeting: MeetingId, users: &[UserId]) -> Result<Vec<UserId>> {
    let mut attending: Vec<UserId> = Vec::with_capacity(users.len());
    for user in users {
        if !attending.contains(user) && invitation(reader, meeting, *user).await?.is_some() {
            attending.push(*user);
        }
    }
    Ok(attending)
}

/// A message of a room: its id holds the number it stands under.
pub(crate) async fn find(reader: &Reader, room: &RoomId, id: MessageId) -> Result<Option<ChatMessage>> {
    let found: Option<ChatMessage> = reader.get(room, KeyWriter::new().with(&id.seq())).await?;
    Ok(found.filter(|message| message.id == id))
}
