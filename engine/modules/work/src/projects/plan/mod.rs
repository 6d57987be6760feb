//! The plan of a project: what leads to what, by when, and who has how much to do.

mod critical_path;
pub(super) mod dependencies;
pub(super) mod milestones;
pub(super) mod missed;
pub(super) mod timeline;
pub(super) mod workload;
