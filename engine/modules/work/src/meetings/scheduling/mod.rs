//! When people meet: calendars and their feeds, who is busy, and when all are free.

pub(super) mod availability;
pub(super) mod busy;
pub(super) mod calendar;
pub(super) mod feed;
mod ics;
pub(super) mod slots;
