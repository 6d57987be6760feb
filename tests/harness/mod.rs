//! The world that tests act in: a real server on a real embedded store, real people with passwords, real
//! sockets. One server serves the whole binary; a test makes people and records of its own, and starts a
//! server of its own only to kill or restrict it.

pub(crate) mod child;
pub(crate) mod pdf;
mod person;
pub(crate) mod ports;
mod socket;
mod world;

pub(crate) use person::{Person, rand_bits};
pub(crate) use socket::{event, events_until, quiet_for, within};
pub(crate) use world::{ADMIN, PASSWORD, World, begin, begin_by, config, in_columns, world};
