//! The modules' own words: `say MEETING TEXT` for `call PostMessage meeting=… body=…`. Which there are is
//! read from the catalogue.

use super::{Failure, call::carry_out, connect::Connect};
use clap::{Arg, ArgMatches, Args as _, Command, FromArgMatches as _};
use engine::Shortcut;
use gateway::house;
use schema::room::RoomId;
use serde_json::{Map, Value};

/// What the arguments are called inside, since a field may have the name of an option.
const PLACES: [&str; 6] = ["first", "second", "third", "fourth", "fifth", "sixth"];

/// Every word of every module.
pub(super) fn all() -> Vec<&'static Shortcut> {
    house::modules().into_iter().flat_map(|module| module.commands).collect()
}

/// The shortcut of a word.
pub(super) fn find(shortcuts: &[&'static Shortcut], word: &str) -> Option<&'static Shortcut> {
    shortcuts.iter().copied().find(|shortcut| shortcut.word == word)
}

/// The word as a command: an argument for each field, the last of any number of words.
pub(super) fn command(shortcut: &'static Shortcut) -> Command {
    let mut command = Connect::augment_args(Command::new(shortcut.word)).about(shortcut.help);
    let last = shortcut.arguments.last();
    for (place, field) in PLACES.into_iter().zip(shortcut.arguments) {
        let argument = Arg::new(place).value_name(*field).required(true);
        command = command.arg(if Some(field) == last { argument.num_args(1..) } else { argument });
    }
    command
}

/// Does what a word means.
pub(super) async fn run(
    shortcuts: &[&'static Shortcut],
    word: &str,
    given: &ArgMatches,
) -> Result<(), Failure> {
    let shortcut = find(shortcuts, word).ok_or("there is no such word")?;
    let connect = Connect::from_arg_matches(given)?;
    let input = PLACES.into_iter().zip(shortcut.arguments).map(|(place, field)| {
        let words: Vec<&str> =
            given.get_many::<String>(place).unwrap_or_default().map(String::as_str).collect();
        ((*field).to_owned(), Value::String(meant(&words.join(" "))))
    });
    carry_out(&connect, shortcut.operation, Value::Object(input.collect::<Map<_, _>>()), None).await
}

/// The name of a room stands for the record it is about, as one copies it from `tail`.
fn meant(text: &str) -> String {
    text.parse::<RoomId>().map_or_else(|_| text.to_owned(), |room| room.id().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAY: Shortcut =
        Shortcut { word: "say", operation: "PostNote", arguments: &["board", "body"], help: "Says it" };
    static SHORTCUT: Shortcut = SAY;

    #[test]
    fn the_last_argument_takes_the_rest_of_the_line() {
        let given = command(&SHORTCUT).try_get_matches_from(["say", "b1", "Bonjour", "à", "tous"]).unwrap();

        let body: Vec<&String> = given.get_many("second").unwrap().collect();

        assert_eq!(body, ["Bonjour", "à", "tous"]);
        assert!(command(&SHORTCUT).try_get_matches_from(["say", "b1"]).is_err());
    }

    #[test]
    fn a_room_stands_for_its_record() {
        assert_eq!(
            meant("board:01980000-0000-7000-8000-000000000001"),
            "01980000-0000-7000-8000-000000000001"
        );
        assert_eq!(meant("a: b"), "a: b");
    }
}
