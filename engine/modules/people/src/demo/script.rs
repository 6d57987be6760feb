//! How a demonstration is written down: a line begins with a word, the rest stands between bars. Reading decides
//! nothing; whoever reads says what is missing and where.

use engine::{Error, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::str::FromStr;

/// What stands where there is nothing.
const NOTHING: &str = "-";

/// A line of a script.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// Its number in the script, from 1.
    pub number: usize,
    /// What it begins with.
    pub word: &'a str,
    /// The rest, as it stands there.
    pub rest: &'a str,
}

/// The lines of a script without its remarks, which begin with two dashes.
pub fn lines(script: &str) -> impl Iterator<Item = Line<'_>> {
    let numbered = (1..).zip(script.lines().map(str::trim));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with("--")).map(|(number, line)| {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        Line { number, word, rest: rest.trim() }
    })
}

impl<'a> Line<'a> {
    /// What stands at a place between the bars; nothing where a dash does, or nothing.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<&'a str> {
        let field = self.rest.split('|').nth(place).map(str::trim);
        field.filter(|field| !field.is_empty() && *field != NOTHING)
    }

    /// The same where there must be something.
    ///
    /// # Errors
    /// When there is nothing.
    pub fn text(&self, place: usize) -> Result<&'a str> {
        self.at(place).ok_or_else(|| self.unreadable(&format!("field {} is missing", place + 1)))
    }

    /// A number, a day or whatever else is written in one way.
    ///
    /// # Errors
    /// When it is missing or written otherwise.
    pub fn read<T: FromStr>(&self, place: usize) -> Result<T> {
        let text = self.text(place)?;
        text.parse().map_err(|_| self.unreadable(&format!("{text} is not what field {} holds", place + 1)))
    }

    /// The same where there may be nothing.
    ///
    /// # Errors
    /// When it is written otherwise.
    pub fn maybe<T: FromStr>(&self, place: usize) -> Result<Option<T>> {
        self.at(place).map(|_| self.read(place)).transpose()
    }

    /// One of a closed set of words.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn one_of<T: DeserializeOwned>(&self, place: usize) -> Result<T> {
        let text = self.text(place)?;
        word(text).ok_or_else(|| self.unreadable(&format!("{text} is no word of field {}", place + 1)))
    }

    /// What is wrong with the line.
    #[must_use]
    pub fn unreadable(&self, why: &str) -> Error {
        broken(&format!("line {}, {}: {why}", self.number, self.word))
    }
}

/// A word of a closed set.
#[must_use]
pub fn word<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(Value::String(text.to_owned())).ok()
}

/// What is wrong with a demonstration; whoever asked for it reads only that something is.
#[must_use]
pub fn broken(why: &str) -> Error {
    Error::broken(why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::role::Role;

    #[test]
    fn a_line_is_a_word_and_fields_and_remarks_are_none() {
        let read: Vec<Line<'_>> = lines("-- A remark\n\n  person awa | student |  - | 3\nend").collect();

        assert_eq!(read.iter().map(|line| line.word).collect::<Vec<_>>(), ["person", "end"]);
        assert_eq!((read[0].at(0), read[0].at(2), read[0].at(9)), (Some("awa"), None, None));
        assert_eq!((read[0].read::<u32>(3).unwrap(), read[0].maybe::<u32>(2).unwrap()), (3, None));
        assert_eq!(read[0].one_of::<Role>(1).unwrap(), Role::Student);
        assert!(read[0].read::<u32>(0).is_err() && read[0].one_of::<Role>(0).is_err());
        assert!(read[1].text(0).is_err());
    }
}
