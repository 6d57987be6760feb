//! How a project begins, changes, completes and ends, and how one is copied.

pub(super) mod completion;
pub(super) mod copying;
pub(super) mod creating;
pub(super) mod edit;
pub(crate) mod key;
