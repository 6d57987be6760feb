//! The rules of each kind of text.

use super::markdown::without_html;
use schemars::{Schema, json_schema};

/// The longest Markdown text, in characters: a change, its event and its audit line each hold a copy, and together
/// they must fit into one commit.
const MARKDOWN_MAX: usize = 10_000;
/// The longest address, in characters.
const ADDRESS_MAX: usize = 500;

/// What a kind of text may be.
pub trait Kind: 'static {
    /// What it is called.
    const NAME: &'static str;
    /// The text as it is kept.
    fn read(text: String) -> String;
    /// # Errors
    /// A clause that says what is wrong with it.
    fn check(text: &str) -> Result<(), String>;
    /// The JSON Schema.
    fn schema() -> Schema;
}

/// One line of up to so many characters.
pub enum OneLine<const MAX: usize> {}
/// Several lines.
pub enum Plain<const MAX: usize> {}
/// CommonMark.
pub enum Formatted {}
/// A web address.
pub enum Address {}
/// Several lines with something on them.
pub enum Visible<const MAX: usize> {}
/// Red, green and blue.
pub enum Hexadecimal {}
/// A time zone of the IANA database.
pub enum ZoneName {}

impl<const MAX: usize> Kind for OneLine<MAX> {
    const NAME: &'static str = "Line";
    fn read(text: String) -> String {
        trimmed(text)
    }
    fn check(text: &str) -> Result<(), String> {
        at_most(MAX, text)?;
        if text.chars().any(|c| c.is_control() || turns(c)) {
            return Err("one line, without control characters".into());
        }
        if text.is_empty() { Err("must not be blank".into()) } else { Ok(()) }
    }
    fn schema() -> Schema {
        json_schema!({"type": "string", "minLength": 1, "maxLength": MAX, "pattern": r"^[^\x00-\x1F\x7F]*[^\x00-\x20\x7F][^\x00-\x1F\x7F]*$"})
    }
}

impl<const MAX: usize> Kind for Plain<MAX> {
    const NAME: &'static str = "Note";
    fn read(text: String) -> String {
        text
    }
    fn check(text: &str) -> Result<(), String> {
        at_most(MAX, text)?;
        without_controls(text)
    }
    fn schema() -> Schema {
        json_schema!({"type": "string", "maxLength": MAX})
    }
}

impl Kind for Formatted {
    const NAME: &'static str = "Markdown";
    fn read(text: String) -> String {
        without_html(&text)
    }
    fn check(text: &str) -> Result<(), String> {
        at_most(MARKDOWN_MAX, text)?;
        without_controls(text)
    }
    fn schema() -> Schema {
        json_schema!({"type": "string", "maxLength": MARKDOWN_MAX, "contentMediaType": "text/markdown"})
    }
}

impl Kind for Address {
    const NAME: &'static str = "Link";
    fn read(text: String) -> String {
        trimmed(text)
    }
    fn check(text: &str) -> Result<(), String> {
        let tail = text.strip_prefix("https://").unwrap_or_default();
        let plain = tail.chars().all(|c| !c.is_whitespace() && !c.is_control() && !turns(c));
        if tail.is_empty() || !plain || text.chars().count() > ADDRESS_MAX {
            return Err("an address that begins with https://".into());
        }
        Ok(())
    }
    fn schema() -> Schema {
        json_schema!({"type": "string", "format": "uri", "maxLength": ADDRESS_MAX, "pattern": r"^https://\S+$"})
    }
}

impl<const MAX: usize> Kind for Visible<MAX> {
    const NAME: &'static str = "Spoken";
    fn read(text: String) -> String {
        text
    }
    fn check(text: &str) -> Result<(), String> {
        Plain::<MAX>::check(text)?;
        if text.trim().is_empty() { Err("must not be blank".into()) } else { Ok(()) }
    }
    fn schema() -> Schema {
        json_schema!({"type": "string", "minLength": 1, "maxLength": MAX, "pattern": r"\S"})
    }
}

impl Kind for Hexadecimal {
    const NAME: &'static str = "Color";
    fn read(text: String) -> String {
        text
    }
    fn check(text: &str) -> Result<(), String> {
        let digits = text.strip_prefix('#').unwrap_or_default();
        if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(());
        }
        Err("# and six hexadecimal digits".into())
    }
    fn schema() -> Schema {
        json_schema!({"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$", "examples": ["#0E7C66"]})
    }
}

impl Kind for ZoneName {
    const NAME: &'static str = "Zone";
    fn read(text: String) -> String {
        text
    }
    fn check(text: &str) -> Result<(), String> {
        let known = text.len() <= 64 && jiff::tz::TimeZone::get(text).is_ok();
        if known { Ok(()) } else { Err("an IANA zone such as Africa/Dakar".into()) }
    }
    fn schema() -> Schema {
        json_schema!({"type": "string", "maxLength": 64, "examples": ["Africa/Dakar"]})
    }
}

/// The names of all time zones, sorted.
#[must_use]
pub fn zones() -> Vec<String> {
    let mut names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    names.sort();
    names
}

fn trimmed(text: String) -> String {
    let inside = text.trim();
    if inside.len() == text.len() { text } else { inside.to_owned() }
}

fn at_most(max: usize, text: &str) -> Result<(), String> {
    if text.chars().count() > max { Err(format!("{max} characters at most")) } else { Ok(()) }
}

fn without_controls(text: &str) -> Result<(), String> {
    let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(strange) { Err("without control characters".into()) } else { Ok(()) }
}

/// Characters that turn the reading direction of what stands around them: with them a name could look like another.
const fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}')
}
