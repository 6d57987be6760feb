//! What is to be done: tasks, what they belong to, who does them, and who is reminded of them.

pub(super) mod assignment;
pub(super) mod belongings;
pub(super) mod due;
pub(super) mod reminding;
pub(super) mod rewriting;
pub(super) mod task;
pub(super) mod tasks;
