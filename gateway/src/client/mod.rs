//! The other side of the door: a small client for people at a terminal and for tests. It speaks plain HTTP
//! and WebSocket, one request at a time, and knows frames and problems but no operation.

mod address;
mod error;
pub(crate) mod frames;
mod http;
mod socket;

pub use address::Address;
pub use error::{Error, Result};
pub use http::{Answer, Ask, Client};
pub use socket::{Options, Socket};
