//! What is said in a meeting: messages, signs under them, how far people have read, order, and the whole as a text.

pub(super) mod amend;
pub(super) mod markers;
pub(super) mod messages;
pub(super) mod order;
pub(super) mod reactions;
pub(super) mod reading;
mod searching;
pub(crate) mod speech;
pub(super) mod transcript;
