//! Who attends: invited, answering, reminded, there.

pub(super) mod answering;
pub(super) mod attendance;
pub(crate) mod attendees;
pub(super) mod presence;
pub(super) mod reminders;
