//! `ecosystia tail`: what a room tells, a line for each event, until it is stopped.

use super::{
    Failure,
    connect::Connect,
    follow::{Follow, Told},
    terminal::{bold, harmless, quiet, remark, say},
};
use clap::Args;
use schema::{frame::Kind, room::RoomId, time::Timestamp};
use serde_json::Value;

const EXAMPLES: &str = "\
Examples:
  ecosystia tail me                             your own inbox
  ecosystia tail meeting:0198…                  a meeting, with who comes and goes
  ecosystia tail project:0198… --after 0        a project, from its first event on
  ecosystia tail me --json | jq .d.name         one JSON frame a line, for programs

After an interruption it comes back by itself and goes on where it was, without a gap.";

/// A room to watch.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Tail {
    /// The room, as kind:id; `me` for your own
    room: String,
    /// Begin after this event instead of now
    #[arg(long, value_name = "NUMBER")]
    after: Option<u64>,
    /// Print frames as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connect: Connect,
}

impl Tail {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let room: Option<RoomId> = match self.room.as_str() {
            "me" => None,
            name => Some(name.parse().map_err(|error| format!("{name:?} is no room: {error}, or me"))?),
        };
        let mut follow = Follow::new(self.connect, room, self.after);
        loop {
            let line = match follow.next().await? {
                Told::Joined { room, seq, missed } => {
                    remark(&format!("listening to {room}, event {seq}, {missed} missed"));
                    continue;
                }
                Told::Interrupted { reason, wait } => {
                    remark(&format!("{reason}; back in {:.1} s", wait.as_secs_f64()));
                    continue;
                }
                Told::Frame(frame) if self.json => Some(harmless(&serde_json::to_string(&frame)?)),
                Told::Frame(frame) => described(frame.t, frame.seq, frame.ts, &frame.d),
            };
            if line.is_some_and(|line| !say(&line)) {
                return Ok(());
            }
        }
    }
}

/// A frame as a line for people.
fn described(kind: Kind, seq: Option<u64>, ts: i64, d: &Value) -> Option<String> {
    let at = Timestamp::from_ms(ts).to_string();
    let clock = at.get(11..19).unwrap_or(&at);
    let number = seq.map(|seq| format!("#{seq}")).unwrap_or_default();
    let (what, text) = match kind {
        Kind::Event => (name(d, "name"), summary(d.get("data").unwrap_or(&Value::Null))),
        Kind::Ephemeral => (name(d, "kind"), summary(d)),
        Kind::Resync => {
            ("resync".to_owned(), "some events are not kept any more; going on from here".to_owned())
        }
        Kind::Revoked => ("revoked".to_owned(), "you may no longer hear this room".to_owned()),
        Kind::Error => ("error".to_owned(), summary(d)),
        Kind::Hello | Kind::Reply | Kind::Goaway | Kind::Pong => return None,
    };
    let what = if kind == Kind::Event { bold(&harmless(&what)) } else { quiet(&harmless(&what)) };
    Some(format!("{} {number:>6}  {what}  {}", quiet(clock), harmless(&text)))
}

fn name(d: &Value, member: &str) -> String {
    d.get(member).and_then(Value::as_str).unwrap_or("…").to_owned()
}

/// What people wrote, if they wrote something; else the data in short.
fn summary(data: &Value) -> String {
    let written =
        ["body", "title", "detail"].iter().find_map(|member| data.get(member).and_then(Value::as_str));
    written.map_or_else(|| short(&data.to_string()), str::to_owned)
}

fn short(text: &str) -> String {
    const CHARS_MAX: usize = 160;
    match text.char_indices().nth(CHARS_MAX).and_then(|(end, _)| text.get(..end)) {
        Some(beginning) => format!("{beginning}…"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_is_a_line_with_what_people_wrote() {
        let d = json!({"name": "boards.note.posted", "data": {"body": "Bonjour\u{1b}[2J", "id": 1}});

        let line = described(Kind::Event, Some(41), 1_700_000_000_000, &d).unwrap();

        assert_eq!(line, "22:13:20    #41  boards.note.posted  Bonjour [2J");
    }

    #[test]
    fn what_has_no_words_is_shown_as_data_in_short() {
        let d = json!({"kind": "presence", "joined": ["x".repeat(300)]});

        let line = described(Kind::Ephemeral, None, 0, &d).unwrap();

        assert!(line.contains("presence") && line.ends_with('…') && line.len() < 220, "{line}");
        assert_eq!(described(Kind::Pong, None, 0, &Value::Null), None);
    }
}
