//! Words looked for in the talk of a meeting. The messages themselves are looked through, newest first unless asked
//! otherwise: an index would write a row for each word of what is the busiest write of the house.

use super::messages::numbered;
use crate::meetings::tables::ChatMessage;
use engine::{Error, Query, Reader, Result};
use schema::{code::Code, text::Sought};
use storage::{Direction, Range};

/// Messages that one search looks through.
const EXAMINED_MAX: usize = 2_000;
/// Messages read in one go.
const STRETCH: usize = 250;

/// What is looked for, and from where on.
pub(crate) struct Search {
    sought: Sought,
    cursor: Option<u64>,
}

/// What a search found.
pub(crate) struct Found {
    /// The messages, in the order they were looked through.
    pub(crate) messages: Vec<ChatMessage>,
    /// The number of the message after which it goes on; none at the end of the talk.
    pub(super) more_at: Option<u64>,
}

impl Search {
    /// The one that a query asks for.
    ///
    /// # Errors
    /// `invalid-filter` for words that are none, and for a cursor without words.
    pub(crate) fn asked(query: &Query) -> Result<Option<Self>> {
        let cursor = query.parsed("cursor")?;
        match (query.get("q"), cursor) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(refused("cursor", "a cursor goes with q")),
            (Some(typed), _) => {
                let sought = Sought::read(typed).ok_or_else(|| refused("q", "there is no word in it"))?;
                Ok(Some(Self { sought, cursor }))
            }
        }
    }

    /// The messages of a range in which the words are, `limit` at most. What was removed has no words.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn through(&self, reader: &Reader, range: Range, limit: usize) -> Result<Found> {
        let mut range = Range { limit: STRETCH, ..range };
        let (mut messages, mut examined, mut last) = (Vec::new(), 0, self.cursor);
        while examined < EXAMINED_MAX {
            if let Some(seq) = last {
                range = match range.direction {
                    Direction::Forward => range.after(numbered(seq)),
                    Direction::Backward => range.before(numbered(seq)),
                };
            }
            let stretch: Vec<ChatMessage> = reader.range(&range).await?;
            let is_last = stretch.len() < STRETCH;
            examined += stretch.len();
            for message in stretch {
                let seq = message.seq;
                if message.deleted_at.is_none() && self.sought.is_said_in(&message.body) {
                    if messages.len() == limit {
                        return Ok(Found { messages, more_at: last });
                    }
                    messages.push(message);
                }
                last = Some(seq);
            }
            if is_last {
                return Ok(Found { messages, more_at: None });
            }
        }
        Ok(Found { messages, more_at: last })
    }
}

fn refused(name: &str, message: &str) -> Error {
    let refused = Error::new(Code::InvalidFilter, format!("{name}: {message}"));
    refused.and_field(&format!("/query/{name}"), "invalid", message)
}
