//! `ecosystia`: the server, and its words for people at a terminal.

mod cli;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    Box::pin(cli::run()).await
}
