//! Which types are texts in a column. Everything else must be known to the derive or be marked as nested: a
//! wide-column store takes no map for a text.

use crate::{money::Currency, role::Role, room::RoomId};

/// A type that is written as a string.
pub trait Textual {}

impl Textual for String {}
impl Textual for RoomId {}
impl Textual for Role {}
impl Textual for Currency {}
impl<T: Textual> Textual for Option<T> {}
