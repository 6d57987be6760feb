//! What things are called. Ids, time, money, pages, codes, rooms, frames, keys, tables and changes:
//! the vocabulary every other crate speaks. Nothing here does input or output, and no business word
//! occurs here: a room kind or a table name is an opaque string.

pub mod caller;
pub mod change;
pub mod clock;
pub mod code;
pub mod codec;
pub mod column;
pub mod event;
pub mod frame;
pub mod id;
pub mod key;
pub mod log;
pub mod money;
pub mod page;
pub mod patch;
pub mod problem;
pub mod reply;
pub mod role;
pub mod room;
pub mod shape;
pub mod table;
pub mod text;
pub mod time;
pub mod word;

pub use derive::{answer, operation, part, row, words};

#[doc(hidden)]
pub use bytes;
#[doc(hidden)]
pub use schemars;
#[doc(hidden)]
pub use uuid;

// The derive writes `::schema::…` paths; this lets it work inside this crate's own tests too.
extern crate self as schema;
