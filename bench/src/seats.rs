//! The people of a run, as `ecosystia admin seed --tokens FILE` writes them: one JSON object a line, the
//! organization first, then a person with a token, a project and a meeting. Each crowd reads its own
//! share of the file, so that nobody has to pass ten thousand tokens around.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// One person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Seat {
    /// Who.
    pub(crate) user: Uuid,
    /// An access token that outlives the run.
    pub(crate) token: Box<str>,
    /// The project this person is a member of.
    pub(crate) project: Uuid,
    /// The meeting this person attends; nil where none were seeded.
    #[serde(default)]
    pub(crate) meeting: Uuid,
}

/// What is dealt out to crowds in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Deal {
    /// Each person: a room is spread over all crowds.
    People,
    /// Each meeting with everybody in it: a crowd hears the whole of its rooms.
    Meetings,
    /// Each project with everybody in it.
    Projects,
}

/// The part of the file that one crowd plays.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Share {
    /// The file.
    pub(crate) file: PathBuf,
    /// Only so many people of it, from the top.
    pub(crate) people: usize,
    /// What is dealt out.
    pub(crate) deal: Deal,
    /// Which crowd this is.
    pub(crate) crowd: usize,
    /// Among how many.
    pub(crate) crowds: usize,
}

impl Share {
    /// Reads the seats of this share, in the file's order.
    ///
    /// # Errors
    /// When the file can't be read, or is not what `admin seed` writes.
    pub(crate) fn seats(&self) -> Result<Vec<Seat>> {
        let mut rooms = HashMap::new();
        let mut mine = Vec::new();
        // Line by line: a crowd that held everybody for a moment would need as much memory as all of them.
        for (place, seat) in lines(&self.file, self.people)?.enumerate() {
            let seat = seat?;
            let next = rooms.len();
            let dealt = match self.deal {
                Deal::People => place,
                Deal::Meetings => *rooms.entry(seat.meeting).or_insert(next),
                Deal::Projects => *rooms.entry(seat.project).or_insert(next),
            };
            if dealt % self.crowds.max(1) == self.crowd {
                mine.push(seat);
            }
        }
        Ok(mine)
    }
}

/// Reads the first people of the file.
///
/// # Errors
/// When the file can't be read, or is not what `admin seed` writes.
pub(crate) fn read(file: &Path, people: usize) -> Result<Vec<Seat>> {
    lines(file, people)?.collect()
}

fn lines(file: &Path, people: usize) -> Result<impl Iterator<Item = Result<Seat>>> {
    let doing = format!("reading the tokens in {}", file.display());
    let lines = BufReader::new(File::open(file).map_err(Error::io(doing.clone()))?).lines();
    let seat = move |line: std::io::Result<String>| {
        let line = line.map_err(Error::io(doing.clone()))?;
        serde_json::from_str(&line).map_err(|error| Error::answer(doing.clone(), error))
    };
    Ok(lines.skip(1).take(people).map(seat))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::HashSet, fmt::Write as _};

    /// Twelve people in three meetings.
    fn tokens() -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut text =
            String::from("{\"organization\":\"00000000-0000-0000-0000-000000000000\",\"base\":\"\"}\n");
        for person in 0..12_u128 {
            let room = Uuid::from_u128(100 + person % 3);
            let user = Uuid::from_u128(person);
            writeln!(text, "{{\"user\":\"{user}\",\"token\":\"t{person}\",\"project\":\"{room}\",\"meeting\":\"{room}\"}}")
                .unwrap();
        }
        std::fs::write(file.path(), text).unwrap();
        file
    }

    fn shares(file: &Path, people: usize, deal: Deal) -> Vec<Vec<Seat>> {
        (0..2)
            .map(|crowd| Share { file: file.into(), people, deal, crowd, crowds: 2 }.seats().unwrap())
            .collect()
    }

    #[test]
    fn everybody_is_dealt_out_once() {
        let file = tokens();

        for deal in [Deal::People, Deal::Meetings, Deal::Projects] {
            let users: Vec<_> = shares(file.path(), 12, deal).concat().iter().map(|seat| seat.user).collect();
            assert_eq!(users.len(), 12);
            assert_eq!(users.iter().collect::<HashSet<_>>().len(), 12);
        }
    }

    #[test]
    fn a_meeting_stays_together_when_meetings_are_dealt() {
        let file = tokens();

        let rooms: Vec<HashSet<_>> = shares(file.path(), 12, Deal::Meetings)
            .iter()
            .map(|seats| seats.iter().map(|seat| seat.meeting).collect())
            .collect();

        assert!(rooms[0].is_disjoint(&rooms[1]));
    }

    #[test]
    fn no_more_people_than_asked_for() {
        let file = tokens();

        assert_eq!(shares(file.path(), 5, Deal::People).concat().len(), 5);
    }
}
