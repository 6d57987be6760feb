//! The socket: frames of the realtime protocol over WebSocket (RFC 6455). A connection is a small pump
//! over a TCP stream, an outbox that rooms write to, and an inbox whose worker exists only while there is
//! something to do. What may be heard and done is asked of the session and the engine.

mod calls;
mod config;
mod connection;
mod entrance;
mod handshake;
mod inbox;
mod pace;
mod parser;
mod pump;
mod reading;
mod requests;
mod rooms;
mod watching;

pub use config::Config;
pub(crate) use connection::open;
pub(crate) use handshake::{Opening, Pass, Wish, examine, is_for_socket};
