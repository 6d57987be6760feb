//! Text that people write, each kind with its rules in its type: [`Title`] and [`Line`] are one line, [`Note`] is
//! plain text, [`Markdown`] has no HTML in it, [`Link`] is an https address. A text is taken as it comes and held to
//! its rules with the other fields, so that a form hears of all its faults at once.

mod kind;
mod markdown;
mod tokens;

pub use kind::{Address, Formatted, Hexadecimal, Kind, OneLine, Plain, Visible, ZoneName};

pub use kind::zones;
pub use tokens::{Sought, fold, tokens};

use garde::{Path, Report, Validate};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Cow, fmt, marker::PhantomData};

/// A text of some kind.
pub struct Text<K>(String, PhantomData<fn() -> K>);

/// One line of 1 to `MAX` characters, trimmed and not blank.
pub type Line<const MAX: usize> = Text<OneLine<MAX>>;
/// What things are called: a line of up to 200 characters.
pub type Title = Line<200>;
/// Plain text of up to `MAX` characters, on several lines if need be.
pub type Note<const MAX: usize> = Text<Plain<MAX>>;
/// The same, and not blank.
pub type Spoken<const MAX: usize> = Text<Visible<MAX>>;
/// CommonMark of up to 10,000 characters; raw HTML is taken out as it is read.
pub type Markdown = Text<Formatted>;
/// An `https` address of up to 500 characters.
pub type Link = Text<Address>;
/// A colour, `#rrggbb`.
pub type Color = Text<Hexadecimal>;
/// An IANA time zone, such as `Africa/Dakar`.
pub type Zone = Text<ZoneName>;

impl<K> Text<K> {
    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The text, for a row to keep.
    #[must_use]
    pub fn owned(&self) -> String {
        self.0.clone()
    }
}

impl<K: Kind> From<&str> for Text<K> {
    fn from(text: &str) -> Self {
        Self(K::read(text.to_owned()), PhantomData)
    }
}
impl<K> Clone for Text<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}
impl<K> Default for Text<K> {
    fn default() -> Self {
        Self(String::new(), PhantomData)
    }
}
impl<K> PartialEq for Text<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Text<K> {}
impl<K> fmt::Debug for Text<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
impl<K> Serialize for Text<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de, K: Kind> Deserialize<'de> for Text<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(K::read(text), PhantomData))
    }
}
impl<K: Kind> Validate for Text<K> {
    type Context = ();
    fn validate_into(&self, (): &(), parent: &mut dyn FnMut() -> Path, report: &mut Report) {
        if let Err(message) = K::check(&self.0) {
            report.append(parent(), garde::Error::new(message));
        }
    }
}
impl<K: Kind> JsonSchema for Text<K> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        K::NAME.into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        K::schema()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_line_that_says_something() {
        let valid = |text: &str| Title::from(text).validate().is_ok();

        assert!(valid("Jardin partagé") && valid("👩🏾‍🌾 Awa"));
        assert!(!valid("  ") && !valid("a\nb") && !valid("invoice\u{202e}fdp.exe"));
        assert!(!valid(&"é".repeat(201)) && valid(&"é".repeat(200)));
    }

    #[test]
    fn a_note_has_lines_and_a_link_has_none() {
        assert!(Note::<9>::from("a\nb").validate().is_ok() && Note::<2>::from("abc").validate().is_err());
        assert!(Link::from("https://a.sn/x").validate().is_ok());
        assert!(
            Link::from("http://a.sn").validate().is_err() && Link::from("https://a b").validate().is_err()
        );
    }

    #[test]
    fn a_zone_is_one_that_there_is_and_a_color_has_six_digits() {
        assert!(
            Zone::from("Africa/Dakar").validate().is_ok() && Zone::from("Africa/Kumasi2").validate().is_err()
        );
        assert!(Color::from("#a0B1c2").validate().is_ok() && Color::from("#a0b1cg").validate().is_err());
        assert!(Spoken::<3>::from(" \n").validate().is_err());
    }

    #[test]
    fn markdown_loses_its_html_as_it_is_read() {
        assert_eq!(serde_json::from_str::<Markdown>(r#""<b>Oui</b>""#).unwrap().text(), "Oui");
    }
}
