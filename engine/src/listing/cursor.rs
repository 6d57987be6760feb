//! Signed places in a list. A cursor holds where the last page ended and a mark of the list and its
//! filters, made with a key of the server's; a forged one, or one of another list, is refused.

use super::query::Query;
use crate::{Error, Result};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use schema::code::Code;

const MARK: usize = 16;
/// The longest place a cursor may hold: no key is longer.
const PLACE_MAX: usize = 2_048;

/// Seals and opens the cursors of one list with one set of filters.
pub(super) struct Cursor([u8; 32]);

impl Cursor {
    pub(super) fn new(
        key: &[u8; 32],
        list: &str,
        index: &str,
        backward: bool,
        within: &[u8],
        query: &Query,
    ) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(key);
        for part in [list.as_bytes(), index.as_bytes(), &[u8::from(backward)], within] {
            hasher.update(&u64::try_from(part.len()).unwrap_or(0).to_be_bytes());
            hasher.update(part);
        }
        let filters = query.iter().filter(|(name, _)| !["cursor", "limit", "with_total"].contains(name));
        for (name, text) in filters {
            hasher.update(name.as_bytes()).update(b"=").update(text.as_bytes()).update(b"\0");
        }
        Self(*hasher.finalize().as_bytes())
    }

    pub(super) fn seal(&self, place: &[u8]) -> String {
        let mut out = self.mark(place).to_vec();
        out.extend_from_slice(place);
        URL_SAFE_NO_PAD.encode(out)
    }

    pub(super) fn open(&self, text: &str) -> Result<Bytes> {
        let refused = || Error::new(Code::CursorMismatch, "this cursor is of another list; start again");
        if text.len() > PLACE_MAX * 2 {
            return Err(refused());
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| refused())?;
        let (mark, place) = bytes.split_at_checked(MARK).ok_or_else(refused)?;
        if mark == self.mark(place) { Ok(Bytes::copy_from_slice(place)) } else { Err(refused()) }
    }

    fn mark(&self, place: &[u8]) -> [u8; MARK] {
        let mut mark = [0; MARK];
        let full = blake3::keyed_hash(&self.0, place);
        mark.iter_mut().zip(full.as_bytes()).for_each(|(to, from)| *to = *from);
        mark
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn cursor(query: serde_json::Value) -> Cursor {
        keyed(1, query)
    }

    fn keyed(key: u8, query: serde_json::Value) -> Cursor {
        Cursor::new(&[key; 32], "tasks", "board", false, b"p", &serde_json::from_value(query).unwrap())
    }

    proptest! {
        #[test]
        fn a_cursor_opens_in_its_own_list_only(place: Vec<u8>) {
            let sealed = cursor(json!({"status": "todo"})).seal(&place);

            prop_assert_eq!(&cursor(json!({"status": "todo", "limit": 5})).open(&sealed).unwrap()[..], &place[..]);
            let elsewhere = cursor(json!({"status": "done"})).open(&sealed);
            prop_assert!(elsewhere.is_err());
            let forged = keyed(2, json!({"status": "todo"})).seal(&place);
            let opened = cursor(json!({"status": "todo"})).open(&forged);
            prop_assert!(opened.is_err());
        }

        #[test]
        fn no_text_is_taken_for_a_cursor(text in ".{0,200}") {
            let opened = cursor(json!({})).open(&text);
            prop_assert!(opened.is_err());
        }
    }
}
