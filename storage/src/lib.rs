//! Where things are remembered. A [`Store`] knows three verbs: `get` a key, `scan` one partition,
//! `apply` a batch. It knows tables by number and rows as bytes; what they mean is not its business.

mod batch;
mod embedded;
mod error;
mod log;
mod range;
mod store;

#[cfg(feature = "simulated")]
pub mod simulated;

pub use batch::{Batch, Claim, Outcome, Write};
pub use embedded::Config;
pub use error::Error;
pub use log::log_key;
pub use range::{Direction, Range};
pub use store::{Row, Store};
