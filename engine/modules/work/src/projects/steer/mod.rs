//! What a project is steered by: its risks, its reports, its numbers, its history.

pub(super) mod activity;
mod paper;
pub(super) mod reports;
pub(super) mod risks;
pub(super) mod snapshot;
pub(super) mod stats;
pub(super) mod summary;
