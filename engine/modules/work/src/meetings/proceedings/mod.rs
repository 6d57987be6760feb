//! What a meeting is about and what comes of it: agenda, minutes, actions.

pub(super) mod actions;
pub(super) mod agenda;
mod duties;
pub(super) mod minutes;
pub(super) mod overdue;
pub(super) mod to_task;
