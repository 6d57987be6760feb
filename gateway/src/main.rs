//! `ecosystia`: the server, and its words for people at a terminal.

mod cli;

use std::process::ExitCode;
use tikv_jemallocator::Jemalloc;

/// Many small, short-lived values across threads are what the server allocates.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    Box::pin(cli::run()).await
}
