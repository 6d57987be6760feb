//! What a meeting allows: when it may be held, who may write when, what a message may become. Pure
//! functions from old rows and a wish to new rows or a refusal.

use super::tables::{
    Attendance, Attendee, AttendeeRole, ChatMessage, Meeting, MeetingId, MeetingKind, MeetingStatus, MessageId,
    MessageKind, Rsvp, Urgency,
};
use engine::{Error, Result};
use schema::{
    caller::Caller,
    code::Code,
    id::{Id, UserId},
    time::Timestamp,
};
use uuid::Uuid;

/// Everybody who attends.
pub(super) const ATTENDEES: &[&str] = &["organizer", "moderator", "presenter", "attendee", "observer"];
/// Those of them who write.
pub(super) const WRITERS: &[&str] = &["organizer", "moderator", "presenter", "attendee"];
/// Those who keep order.
pub(super) const MODERATORS: &[&str] = &["organizer", "moderator"];
/// The one who called the meeting.
pub(super) const ORGANIZER: &[&str] = &["organizer"];
/// The largest meeting, unless the server itself makes a larger one.
pub(crate) const CAPACITY_MAX: u32 = 500;
/// How many different signs one message may carry.
pub(super) const EMOJI_MAX: usize = 20;
/// How long after its end a meeting is still written to, in seconds.
const CLOSES_AFTER_S: i64 = 24 * 3_600;
/// How long an author may change the words, in seconds.
const EDIT_S: i64 = 15 * 60;
/// The longest meeting, in milliseconds.
const LENGTH_MS_MAX: i64 = 24 * 3_600_000;
/// How far in the past a new meeting may begin, in seconds.
const PAST_S_MAX: i64 = 3_600;

/// What a new meeting is made of.
pub(crate) struct Calling<'a> {
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
    pub(crate) kind: MeetingKind,
    pub(crate) priority: Urgency,
    pub(crate) start_at: Timestamp,
    pub(crate) end_at: Timestamp,
    pub(crate) timezone: &'a str,
    pub(crate) capacity: u32,
}

/// A new meeting of its organizer's.
///
/// # Errors
/// `validation` for times that can't be.
pub(crate) fn call(id: MeetingId, organizer: &Caller, calling: Calling<'_>, now: Timestamp) -> Result<Meeting> {
    let length = calling.end_at.ms().saturating_sub(calling.start_at.ms());
    if length <= 0 {
        return Err(Error::field("/end_at", "order", "must be after the start"));
    }
    if length > LENGTH_MS_MAX {
        return Err(Error::field("/end_at", "span", "a meeting lasts a day at most"));
    }
    if calling.start_at < now.plus_seconds(-PAST_S_MAX) {
        return Err(Error::field("/start_at", "past", "must not be more than an hour ago"));
    }
    Ok(Meeting {
        id,
        org_id: organizer.org,
        title: calling.title.trim().to_owned(),
        description: crate::text::markdown(calling.description),
        kind: calling.kind,
        status: MeetingStatus::Scheduled,
        priority: calling.priority,
        start_at: calling.start_at,
        end_at: calling.end_at,
        timezone: calling.timezone.to_owned(),
        organizer_id: organizer.user,
        location: None,
        meeting_url: None,
        project_id: None,
        chat_enabled: true,
        chat_open_minutes_before: 30,
        capacity: calling.capacity,
        actual_start_at: None,
        actual_end_at: None,
        created_at: Timestamp::default(),
        created_by: None,
        updated_at: Timestamp::default(),
        updated_by: None,
        version: 0,
    })
}

/// An invitation. The organizer has accepted it.
pub(crate) fn invite(
    id: Id<Attendee>,
    meeting: &Meeting,
    user: UserId,
    role: AttendeeRole,
    now: Timestamp,
) -> Attendee {
    let organizes = role == AttendeeRole::Organizer;
    Attendee {
        id,
        org_id: meeting.org_id,
        meeting_id: meeting.id,
        user_id: user,
        role,
        rsvp: if organizes { Rsvp::Accepted } else { Rsvp::NeedsAction },
        required: true,
        responded_at: organizes.then_some(now),
        created_at: Timestamp::default(),
        created_by: None,
        updated_at: Timestamp::default(),
        updated_by: None,
        version: 0,
    }
}

/// The meeting in another state.
///
/// # Errors
/// `invalid-transition`, with the states that are allowed.
pub(crate) fn transition(meeting: &Meeting, to: MeetingStatus, now: Timestamp) -> Result<Meeting> {
    let allowed = meeting.status.next();
    if !allowed.contains(&to) {
        let words: Vec<&str> = allowed.iter().map(|status| status.word()).collect();
        let detail = format!("a meeting does not go from {} to {}", meeting.status.word(), to.word());
        return Err(Error::new(Code::InvalidTransition, detail).with("allowed", words));
    }
    let mut moved = Meeting { status: to, ..meeting.clone() };
    match to {
        MeetingStatus::InProgress => moved.actual_start_at = Some(now),
        MeetingStatus::Completed => moved.actual_end_at = Some(now),
        MeetingStatus::Scheduled | MeetingStatus::Cancelled | MeetingStatus::Postponed => {}
    }
    Ok(moved)
}

/// True when somebody with this role begins a meeting by coming to it.
pub(super) fn begins_by_joining(meeting: &Meeting, role: Option<&str>, now: Timestamp) -> bool {
    meeting.status == MeetingStatus::Scheduled
        && role.is_some_and(|role| MODERATORS.contains(&role))
        && opens_at(meeting) <= now
        && now < meeting.end_at
}

fn opens_at(meeting: &Meeting) -> Timestamp {
    meeting.start_at.plus_seconds(-60 * i64::from(meeting.chat_open_minutes_before))
}

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
        seq: 0,
        author_id: author,
        kind: MessageKind::Text,
        body: said.body.to_owned(),
        reply_to_id: said.reply_to_id,
        mention_ids: said.mention_ids,
        file_ids: Vec::new(),
        client_id: said.client_id,
        edited_at: None,
        deleted_at: None,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        version: 0,
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

/// What is left of a removed message.
///
/// # Errors
/// `forbidden` for anybody but its author and those who keep order.
pub(super) fn remove(
    message: &ChatMessage,
    by: UserId,
    moderates: bool,
    now: Timestamp,
) -> Result<ChatMessage> {
    if message.author_id != by && !moderates {
        return Err(Error::forbidden("only its author or a moderator removes a message"));
    }
    Ok(ChatMessage {
        body: String::new(),
        mention_ids: Vec::new(),
        file_ids: Vec::new(),
        deleted_at: Some(now),
        ..message.clone()
    })
}

/// Somebody comes: nothing when they are there already.
pub(super) fn arrive(
    meeting: MeetingId,
    user: UserId,
    known: Option<&Attendance>,
    now: Timestamp,
) -> Option<Attendance> {
    match known {
        Some(known) if known.left_at.is_none() => None,
        Some(known) => Some(Attendance { joined_at: now, left_at: None, ..known.clone() }),
        None => Some(Attendance {
            meeting_id: meeting,
            user_id: user,
            joined_at: now,
            left_at: None,
            present_seconds: 0,
            version: 0,
        }),
    }
}

/// Somebody goes: nothing when they are not there.
pub(super) fn depart(known: &Attendance, now: Timestamp) -> Option<Attendance> {
    known.left_at.is_none().then(|| {
        let stayed = now.ms().saturating_sub(known.joined_at.ms()).max(0) / 1_000;
        Attendance {
            left_at: Some(now),
            present_seconds: known.present_seconds.saturating_add(stayed),
            ..known.clone()
        }
    })
}

/// A sign: one emoji, as people's keyboards put it together. No words.
pub(super) fn is_emoji(text: &str) -> bool {
    let wordless = |c: char| !(c.is_ascii_alphabetic() || c.is_whitespace() || c.is_control());
    (1..=12).contains(&text.chars().count()) && text.chars().all(wordless) && !text.is_ascii()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;
    use schema::id::OrgId;

    const NOON: Timestamp = Timestamp::from_ms(1_750_000_000_000);
    const HOUR: i64 = 3_600;

    fn person(n: u128) -> UserId {
        UserId::new(Uuid::from_u128(n))
    }

    fn called(start: i64, end: i64) -> Result<Meeting> {
        let calling = Calling {
            title: "Weekly",
            description: "",
            kind: MeetingKind::Standup,
            priority: Urgency::Medium,
            start_at: NOON.plus_seconds(start),
            end_at: NOON.plus_seconds(end),
            timezone: "Africa/Dakar",
            capacity: 10,
        };
        call(Id::NIL, &Caller { user: person(1), ..Caller::system(OrgId::NIL) }, calling, NOON)
    }

    fn message(at: Timestamp) -> ChatMessage {
        let said = Said { body: "Bonjour", reply_to_id: None, mention_ids: Vec::new(), client_id: None };
        let meeting = called(0, HOUR).unwrap();
        ChatMessage { created_at: at, ..say(Id::NIL, &meeting, person(1), said) }
    }

    #[test]
    fn a_meeting_ends_after_it_begins_within_a_day_and_not_in_the_past() {
        assert!(called(0, HOUR).is_ok() && called(-HOUR, 1).is_ok());
        assert!(called(0, 0).is_err() && called(0, 24 * HOUR + 1).is_err());
        assert!(called(-HOUR - 1, HOUR).is_err());
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
    fn a_meeting_moves_only_along_its_states_and_notes_its_times() {
        let meeting = called(0, HOUR).unwrap();
        let later = NOON.plus_seconds(60);

        let running = transition(&meeting, MeetingStatus::InProgress, NOON).unwrap();
        let over = transition(&running, MeetingStatus::Completed, later).unwrap();
        let refused = transition(&over, MeetingStatus::Scheduled, later).unwrap_err();

        assert_eq!((over.actual_start_at, over.actual_end_at), (Some(NOON), Some(later)));
        assert_eq!(refused.code(), Code::InvalidTransition);
    }

    #[test]
    fn coming_early_to_look_around_does_not_begin_a_meeting() {
        let meeting = called(2 * HOUR, 3 * HOUR).unwrap();
        let begins = |role, at: i64| begins_by_joining(&meeting, Some(role), NOON.plus_seconds(at));

        assert!(!begins("organizer", 0) && begins("organizer", 2 * HOUR - 60));
        assert!(!begins("attendee", 2 * HOUR) && !begins("moderator", 3 * HOUR));
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

        let gone = remove(&said, person(2), true, NOON).unwrap();

        assert_eq!((gone.body.as_str(), gone.deleted_at, gone.seq), ("", Some(NOON), said.seq));
        assert!(remove(&said, person(2), false, NOON).is_err());
        assert!(reword(&gone, person(1), "again", NOON).is_err());
    }

    #[test]
    fn signs_are_not_words() {
        assert!(is_emoji("👍") && is_emoji("👨‍👩‍👧‍👦") && is_emoji("1️⃣"));
        assert!(!is_emoji("ok") && !is_emoji("") && !is_emoji("12") && !is_emoji("👍 👍"));
    }

    proptest! {
        #[test]
        fn time_present_adds_up_over_comings_and_goings(stays in proptest::collection::vec((0i64..5_000, 0i64..5_000), 0..20)) {
            let mut known: Option<Attendance> = None;
            let (mut now, mut there) = (NOON, 0);

            for (away, stay) in stays {
                now = now.plus_seconds(away);
                known = arrive(Id::NIL, person(1), known.as_ref(), now).or(known);
                prop_assert!(arrive(Id::NIL, person(1), known.as_ref(), now).is_none());
                now = now.plus_seconds(stay);
                there += stay;
                known = known.and_then(|known| depart(&known, now));
            }

            prop_assert_eq!(known.map_or(0, |known| known.present_seconds), there);
        }
    }
}
