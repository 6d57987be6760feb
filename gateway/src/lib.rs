//! What speaks: HTTP and WebSocket in front of the engine. It turns bytes into calls and events into
//! bytes, and keeps the manners of the network: limits, language, conditions, draining. It knows no
//! business word, writes nothing, and decides nothing that the engine decides.

mod carry;
pub mod client;
mod committed;
mod config;
mod door;
pub mod drain;
mod error;
mod health;
pub mod house;
mod language;
pub mod lateness;
mod limits;
mod listener;
pub mod logs;
pub mod openapi;
mod origins;
mod page;
mod probe;
mod query;
pub mod rest;
mod server;
mod serving;
mod system;
mod visit;
pub mod ws;

pub use config::{Config, Log};
pub use error::{Error, Result};
pub use server::{Fill, Server};
