//! What may be said in a meeting, and when: saying, changing, removing, signing. Pure functions from old
//! rows and a wish to new rows or a refusal.

use crate::meetings::{
    rules::opens_at,
    tables::{Attendee, ChatMessage, Meeting, MessageId},
    words::{MeetingStatus, MessageKind},
};
use engine::{Error, Result};
use schema::{id::UserId, time::Timestamp};
use uuid::Uuid;

/// How many different signs one message may carry.
pub(super) const EMOJI_MAX: usize = 20;
/// How long after its end a meeting is still written to, in seconds.
const CLOSES_AFTER_S: i64 = 24 * 3_600;
/// How long an author may change the words, in seconds.
const EDIT_S: i64 = 15 * 60;

/// A chat is written to from some minutes before the start until a day after the end.
///
/// # Errors
/// `rule-violation`, saying why not now.
pub(super) fn may_write(meeting: &Meeting, now: Timestamp) -> Result<()> {
    let ended = meeting.actual_end_at.map_or(meeting.end_at, |end| end.max(meeting.end_at));
    let refused = match meeting.status {
        _ if !meeting.chat_enabled => "this meeting has no chat",
        MeetingStatus::InProgress => return Ok(()),
        MeetingStatus::Cancelled => "this meeting was cancelled",
        MeetingStatus::Scheduled | MeetingStatus::Postponed if now < opens_at(meeting) => {
            "the chat is not open yet"
        }
        _ if now > ended.plus_seconds(CLOSES_AFTER_S) => "the chat closed a day after the meeting",
        _ => return Ok(()),
    };
    Err(Error::rule(refused))
}

/// Whoever was silenced reads until they may speak again.
///
/// # Errors
/// `rule-violation`, saying until when.
pub(super) fn may_speak(attendee: Option<&Attendee>, now: Timestamp) -> Result<()> {
    match attendee.and_then(|attendee| attendee.muted_until).filter(|until| *until > now) {
        Some(until) => Err(Error::rule(format!("you were asked to be silent until {until}"))),
        None => Ok(()),
    }
}

/// Something to be said.
pub(crate) struct Said<'a> {
    pub(crate) body: &'a str,
    pub(crate) reply_to_id: Option<MessageId>,
    pub(crate) mention_ids: Vec<UserId>,
    pub(crate) client_id: Option<Uuid>,
}

/// A new message.
pub(crate) fn say(id: MessageId, meeting: &Meeting, author: UserId, said: Said<'_>) -> ChatMessage {
    ChatMessage {
        id,
        meeting_id: meeting.id,
        org_id: meeting.org_id,
        author_id: author,
        kind: MessageKind::Text,
        body: said.body.to_owned(),
        reply_to_id: said.reply_to_id,
        mention_ids: said.mention_ids,
        client_id: said.client_id,
        ..ChatMessage::default()
    }
}

/// The message with other words.
///
/// # Errors
/// `forbidden` for anybody but its author, `rule-violation` after a quarter of an hour or once removed.
pub(super) fn reword(message: &ChatMessage, by: UserId, body: &str, now: Timestamp) -> Result<ChatMessage> {
    if message.author_id != by {
        return Err(Error::forbidden("only its author changes a message"));
    }
    if message.deleted_at.is_some() {
        return Err(Error::rule("this message was removed"));
    }
    if now > message.created_at.plus_seconds(EDIT_S) {
        return Err(Error::rule("a message is changed within a quarter of an hour"));
    }
    Ok(ChatMessage { body: body.to_owned(), edited_at: Some(now), ..message.clone() })
}

/// Who wants a message gone.
#[derive(Clone, Copy)]
pub(crate) enum Remover {
    /// Somebody who keeps order.
    Moderator,
    /// Anybody else.
    Somebody(UserId),
}

/// What is left of a removed message.
///
/// # Errors
/// `forbidden` for anybody but its author and those who keep order.
pub(crate) fn remove(message: &ChatMessage, by: Remover, now: Timestamp) -> Result<ChatMessage> {
    match by {
        Remover::Somebody(user) if user != message.author_id => {
            return Err(Error::forbidden("only its author or a moderator removes a message"));
        }
        Remover::Somebody(_) | Remover::Moderator => {}
    }
    Ok(ChatMessage {
        body: String::new(),
        mention_ids: Vec::new(),
        file_ids: Vec::new(),
        deleted_at: Some(now),
        pinned_at: None,
        ..message.clone()
    })
}

/// A sign: one emoji, as people's keyboards put it together. No words.
pub(super) fn is_emoji(text: &str) -> bool {
    let wordless = |c: char| !(c.is_ascii_alphabetic() || c.is_whitespace() || c.is_control());
    (1..=12).contains(&text.chars().count()) && text.chars().all(wordless) && !text.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meetings::rules::{
        tests::{HOUR, NOON, called, person},
        transition,
    };
    use schema::id::Id;

    fn message(at: Timestamp) -> ChatMessage {
        let said = Said { body: "Bonjour", reply_to_id: None, mention_ids: Vec::new(), client_id: None };
        let meeting = called(0, HOUR).unwrap();
        ChatMessage { created_at: at, ..say(Id::NIL, &meeting, person(1), said) }
    }

    #[test]
    fn the_chat_opens_half_an_hour_early_and_closes_a_day_late() {
        let meeting = called(HOUR, 2 * HOUR).unwrap();
        let open = |meeting: &Meeting, at: i64| may_write(meeting, NOON.plus_seconds(at)).is_ok();

        assert!(!open(&meeting, HOUR / 2 - 1) && open(&meeting, HOUR / 2));
        assert!(open(&meeting, 26 * HOUR) && !open(&meeting, 26 * HOUR + 1));
        let running = transition(&meeting, MeetingStatus::InProgress, NOON).unwrap();
        assert!(open(&running, 0) && open(&running, 100 * HOUR));
        assert!(!open(&transition(&meeting, MeetingStatus::Cancelled, NOON).unwrap(), HOUR));
        assert!(!open(&Meeting { chat_enabled: false, ..running }, HOUR));
    }

    #[test]
    fn words_are_changed_by_their_author_for_a_quarter_of_an_hour() {
        let said = message(NOON);
        let at = |seconds| NOON.plus_seconds(seconds);

        assert_eq!(reword(&said, person(1), "Bonsoir", at(900)).unwrap().body, "Bonsoir");
        assert!(reword(&said, person(1), "Bonsoir", at(901)).is_err());
        assert!(reword(&said, person(2), "Bonsoir", at(1)).is_err());
    }

    #[test]
    fn a_removed_message_keeps_its_place_and_loses_its_words() {
        let said = message(NOON);

        let gone = remove(&said, Remover::Moderator, NOON).unwrap();

        assert_eq!((gone.body.as_str(), gone.deleted_at, gone.seq), ("", Some(NOON), said.seq));
        assert!(remove(&said, Remover::Somebody(person(2)), NOON).is_err());
        assert!(reword(&gone, person(1), "again", NOON).is_err());
    }

    #[test]
    fn signs_are_not_words() {
        assert!(is_emoji("👍") && is_emoji("👨‍👩‍👧‍👦") && is_emoji("1️⃣"));
        assert!(!is_emoji("ok") && !is_emoji("") && !is_emoji("12") && !is_emoji("👍 👍"));
    }
}
