//! What lives: rooms that order and write, audiences that tell, sessions that listen. Everything here
//! is supervised, bounded and ignorant of business: what a record means is asked of the [`Host`].

pub mod audience;
pub mod bus;
pub mod claims;
mod cluster;
mod config;
mod directory;
mod env;
mod error;
mod host;
mod node;
pub mod outbox;
pub mod own;
pub mod room;
mod rooms;
pub mod session;
mod supervisor;

pub use cluster::{Away, Identity, Member, Run, Standing};
pub use config::Config;
#[cfg(feature = "flawed")]
pub use config::Flaw;
pub use directory::{Directory, Sought};
pub use error::Error;
pub use host::{BoxFuture, Hook, Host, Image, Policy, Verdict};
pub use node::Node;
