//! Work that goes on after its caller was answered: kept as a row in the room of whoever asked for it, told there as it
//! comes along, and taken up again when the server that did it is gone.

mod ask;
mod runner;
pub mod tables;

pub(super) use ask::{CancelJob, GetJob, ListJobs, RunJob};
pub use ask::{JobCard, Wish, queue};
pub use runner::Benches;
pub(super) use runner::START;
