//! `ecosystia`: the server, and its words for people at a terminal.

mod cli;

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Many small, short-lived values across threads are what the server allocates.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    Box::pin(cli::run()).await
}
