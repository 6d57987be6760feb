//! The board: cards in columns, and the ranks that keep them in order.

pub(super) mod board;
pub(super) mod placing;
pub(crate) mod rank;
