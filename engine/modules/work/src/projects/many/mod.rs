//! Many tasks at once: several operations in one call, a table read in, a table written out.

pub(super) mod bulk;
mod check;
pub(super) mod export;
pub(super) mod import;
mod table;
