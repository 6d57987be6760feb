//! What was said in a meeting as a text for people to keep. It is read in stretches and ends at a size that it names.

use super::messages::numbered;
use crate::meetings::{
    rooms::of_meeting,
    rules,
    tables::{ChatMessage, Meeting, MeetingId},
};
use crate::zones;
use engine::{Context, Endpoint, Media, Needs, Outcome, Param, Query, Result, Route, Scope, Texted};
use jiff::tz::TimeZone;
use schema::{
    caller::Caller,
    code::Code,
    id::{OrgId, UserId},
    operation,
    reply::Reply,
    table::{Slot, Spec, Table as _},
};
use std::{collections::HashMap, fmt::Write as _};
use storage::Range;

/// The media type of a text.
const TEXT: &str = "text/plain; charset=utf-8";
/// Messages read in one go.
const STRETCH: usize = 500;
/// Where a transcript ends, in bytes: some twenty thousand messages. The next one goes on from there.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// A text, as an answer.
pub(crate) enum Plain {}

impl Media for Plain {
    const NAME: &'static str = "text/plain";
}

/// Shows what was said in a meeting as a text. It names who said what when, in the meeting's own zone, and where
/// something was removed. A text of more than 4 MB says after which message the next one begins.
#[operation]
pub(crate) struct ExportChat {
    /// The meeting.
    meeting_id: MeetingId,
    /// `after_seq`.
    query: Query,
}

impl Endpoint for ExportChat {
    const ROUTE: Route = Route::get("/{meeting_id}/chat-export/");
    const NEEDS: Needs = Needs::Member(rules::ORGANIZER);
    const ASKS: &'static [Param] = &[Param {
        name: "after_seq",
        format: "integer",
        help: "Only messages with a larger number.",
        required: false,
    }];
    type Output = Texted<Plain>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        self.query.only(&["after_seq"])?;
        let meeting: Meeting = cx.here(self.meeting_id).await?;
        let words = if cx.request.french { &FRENCH } else { &ENGLISH };
        let mut transcript = Transcript::of(&meeting, words)?;
        let mut last = self.query.parsed::<u64>("after_seq")?.unwrap_or_default();
        let table = Slot::Rows.number(ChatMessage::SPEC.id);
        loop {
            let range = Range::partition(table, Spec::partition(cx.room()?), STRETCH).after(numbered(last));
            let stretch: Vec<ChatMessage> = cx.range(&range).await?;
            let is_last = stretch.len() < STRETCH;
            for message in stretch {
                if transcript.text.len() >= BYTES_MAX {
                    transcript.break_off(last);
                    return Ok(transcript.answer());
                }
                last = message.seq;
                let name = transcript.name(cx, meeting.org_id, message.author_id).await?;
                transcript.add(&message, &name)?;
            }
            if is_last {
                return Ok(transcript.answer());
            }
        }
    }
}

/// What a transcript says by itself, in one language.
struct Words {
    meeting: &'static str,
    removed: &'static str,
    edited: &'static str,
    somebody: &'static str,
    goes_on: &'static str,
}

const FRENCH: Words = Words {
    meeting: "Réunion",
    removed: "[message supprimé]",
    edited: " (modifié)",
    somebody: "Ancien membre",
    goes_on: "La suite commence après le message",
};
const ENGLISH: Words = Words {
    meeting: "Meeting",
    removed: "[message removed]",
    edited: " (edited)",
    somebody: "Former member",
    goes_on: "It goes on after message",
};

/// A text in the making.
struct Transcript {
    text: String,
    zone: TimeZone,
    words: &'static Words,
    names: HashMap<UserId, String>,
}

impl Transcript {
    fn of(meeting: &Meeting, words: &'static Words) -> Result<Self> {
        let zone = zones::named(&meeting.timezone)?;
        let (start, end) = (zones::local(&zone, meeting.start_at)?, zones::local(&zone, meeting.end_at)?);
        let hours = format!("{} – {}", start.strftime("%Y-%m-%d %H:%M"), end.strftime("%Y-%m-%d %H:%M"));
        let text = format!(
            "{}: {}\n{hours} ({})\n{}\n\n",
            words.meeting, meeting.title, meeting.timezone, meeting.id
        );
        Ok(Self { text, zone, words, names: HashMap::new() })
    }

    /// What somebody is called; whoever is gone has no name.
    async fn name(&mut self, cx: &Context, org: OrgId, user: UserId) -> Result<String> {
        if let Some(known) = self.names.get(&user) {
            return Ok(known.clone());
        }
        let name = match people::users::name_of(cx, org, user).await {
            Ok(name) => name,
            Err(error) if error.code() == Code::NotFound => self.words.somebody.to_owned(),
            Err(error) => return Err(error),
        };
        self.names.insert(user, name.clone());
        Ok(name)
    }

    /// Adds a message; lines after its first are set in, so that nobody can write a line in another's name.
    fn add(&mut self, message: &ChatMessage, name: &str) -> Result<()> {
        let said = zones::local(&self.zone, message.created_at)?;
        let edited = if message.edited_at.is_some() { self.words.edited } else { "" };
        let body = match message.deleted_at {
            Some(_) => self.words.removed.to_owned(),
            None => message.body.lines().collect::<Vec<_>>().join("\n    "),
        };
        // Writing into a string can't fail.
        let _ = writeln!(self.text, "[{}] {name}{edited}: {body}", said.strftime("%Y-%m-%d %H:%M:%S"));
        Ok(())
    }

    fn break_off(&mut self, last: u64) {
        let _ = writeln!(self.text, "\n{} {last}.", self.words.goes_on);
    }

    fn answer(self) -> Outcome {
        Outcome::Answer(Reply::text(TEXT, self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meetings::rules::tests::{HOUR, NOON, called};

    fn said(body: &str) -> ChatMessage {
        ChatMessage { body: body.into(), created_at: NOON, ..ChatMessage::default() }
    }

    #[test]
    fn a_transcript_tells_in_the_meetings_zone_who_said_what_and_what_is_gone() {
        let meeting = Meeting { timezone: "Europe/Paris".into(), ..called(0, HOUR).unwrap() };
        let mut transcript = Transcript::of(&meeting, &ENGLISH).unwrap();

        transcript.add(&said("One\n[2025-06-15 17:07:00] Moussa: forged"), "Awa Diop").unwrap();
        transcript.add(&ChatMessage { edited_at: Some(NOON), ..said("Two") }, "Awa Diop").unwrap();
        transcript.add(&ChatMessage { deleted_at: Some(NOON), ..said("") }, "Awa Diop").unwrap();
        transcript.break_off(9);

        let lines: Vec<&str> = transcript.text.lines().skip(1).collect();
        assert_eq!(lines[0], "2025-06-15 17:06 – 2025-06-15 18:06 (Europe/Paris)");
        assert_eq!(
            lines[3..],
            [
                "[2025-06-15 17:06:40] Awa Diop: One",
                "    [2025-06-15 17:07:00] Moussa: forged",
                "[2025-06-15 17:06:40] Awa Diop (edited): Two",
                "[2025-06-15 17:06:40] Awa Diop: [message removed]",
                "",
                "It goes on after message 9.",
            ]
        );
    }
}
