//! Paper: A4 documents as PDF files, in the look of the house. A document is a [`Sheet`] on which blocks are laid out one
//! after the other; [`Sheet::finish`] makes the file of it. The file is tagged, so that it can be heard as well as seen
//! (PDF/UA-1), and the same document has the same bytes every time. It knows no business word, and reads nothing.
//!
//! Whatever text it is given, it answers in bounded time: lines are broken where nothing else helps, what no font has is
//! drawn as a mark, and a document of too many pages is refused.

mod clean;
mod cloth;
mod draw;
mod faces;
mod figures;
mod ink;
mod lines;
mod masthead;
mod pdf;
mod prose;
mod shares;
mod sheet;
mod table;
mod tree;

pub use cloth::Cloth;
pub use faces::Weight;
pub use figures::Figure;
pub use ink::Ink;
pub use lines::{Span, Style};
pub use masthead::{Form, Masthead, Seal};
pub use prose::Prose;
pub use shares::{Panel, Share};
pub use sheet::{About, Sheet};
pub use table::{Column, Table};
