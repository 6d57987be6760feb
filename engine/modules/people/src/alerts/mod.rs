//! What administrators must learn of: locks, stolen tokens, rights given away, new accounts, a server that is not well.
//! Each is told in a room of the organization's administrators, kept there, and marked as handled by one of them.

mod acknowledge;
pub mod events;
mod health;
mod list;
mod relay;
mod rooms;
pub mod tables;

pub(crate) use acknowledge::AcknowledgeAlert;
pub use health::{raise as raise_health, was_degraded};
pub(crate) use list::ListAlerts;
pub(crate) use relay::{RELAY_JOBS, RELAY_SECURITY, RELAY_SIGNUPS};
pub use rooms::{SYSTEM, Topic, of as room_of, open_to, platform};
