//! Where things are remembered. A [`Store`] knows three verbs: `get` a key, `scan` one partition,
//! `apply` a batch. It knows tables by number and rows as bytes; what they mean is not its business.

pub mod access;
pub mod backup;
mod batch;
mod embedded;
mod error;
mod log;
mod range;
mod redo;
#[cfg(feature = "scylla")]
pub mod scylla;
mod stats;
mod store;

#[cfg(feature = "simulated")]
pub mod conformance;
#[cfg(feature = "simulated")]
pub mod simulated;

pub use batch::{BATCH_BYTES_MAX, Batch, Claim, Commit, KEY_BYTES_MAX, Outcome, Plain, Write};
pub use embedded::Config;
pub use error::Error;
pub use log::log_key;
#[cfg(feature = "scylla")]
use log::log_key_of;
use log::own_key;
pub use range::{Direction, Range};
pub use stats::Stats;
pub use store::{Row, Store};
