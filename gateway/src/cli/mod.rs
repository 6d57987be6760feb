//! The command line. Each word is a file; what they share is how to reach a server and how to speak on a
//! terminal. The modules' own words, such as `say`, are read from the catalogue.

mod admin;
mod backup;
mod call;
mod connect;
mod follow;
#[cfg(feature = "cluster")]
mod migrate;
mod purse;
mod restore;
mod seed;
mod serve;
mod shortcut;
mod tail;
mod terminal;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  ecosystia serve --demo                        start on http://127.0.0.1:8080 with something to look at
  ecosystia tail me --email you@example.org --password …
                                                sign in once, then watch your inbox; Ctrl-C ends it
  ecosystia tail meeting:0198…                  watch a room; it resumes by itself after an interruption
  ecosystia say 0198… Bonjour à tous            say something in a meeting
  ecosystia call ListProjects query.limit=5     carry out any operation by its name
  ecosystia backup --to monday.eco              all data in one file, while the server runs

Where a server is and who you are is remembered after the first sign-in, or read from ECOSYSTIA_SERVER,
ECOSYSTIA_EMAIL, ECOSYSTIA_PASSWORD and ECOSYSTIA_TOKEN. Every word explains itself with --help.";

/// Collaboration in real time: one program is the server and its tools.
#[derive(Parser)]
#[command(name = "ecosystia", version, after_help = EXAMPLES, arg_required_else_help = true, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    word: Word,
}

#[derive(Subcommand)]
enum Word {
    /// Start the server
    Serve(Box<serve::Serve>),
    /// Make or upgrade the keyspace that several machines share
    #[cfg(feature = "cluster")]
    Migrate(migrate::Migrate),
    /// Copy all data into a file, while servers run
    Backup(backup::Backup),
    /// Put the data of a backup into a new place
    Restore(restore::Restore),
    /// Watch what a room tells
    Tail(tail::Tail),
    /// Carry out an operation
    Call(call::Call),
    /// Look after servers, and work on the data while the server is off
    #[command(subcommand)]
    Admin(Admin),
}

#[derive(Subcommand)]
enum Admin {
    /// Who takes part, and how they are
    Nodes(admin::Look),
    /// How many rooms are awake on each node
    Rooms(admin::Look),
    /// How many sessions and connections each node has
    Sessions(admin::Look),
    /// Fill the data with people and rooms, for measuring
    Seed(seed::Seed),
}

/// Why a word failed, for the person who typed it.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Reads the command line and does what it says.
pub(crate) async fn run() -> ExitCode {
    let shortcuts = shortcut::all();
    let command = Cli::command().subcommands(shortcuts.iter().map(|shortcut| shortcut::command(shortcut)));
    let matches = command.get_matches();
    let outcome = match matches.subcommand() {
        Some((word, arguments)) if shortcut::find(&shortcuts, word).is_some() => {
            shortcut::run(&shortcuts, word, arguments).await
        }
        _ => match Cli::from_arg_matches(&matches) {
            Ok(cli) => Box::pin(word(cli.word)).await,
            Err(error) => error.exit(),
        },
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn word(word: Word) -> Result<(), Failure> {
    match word {
        Word::Serve(serve) => Box::pin(serve.run()).await,
        #[cfg(feature = "cluster")]
        Word::Migrate(migrate) => Box::pin(migrate.run()).await,
        Word::Backup(backup) => Box::pin(backup.run()).await,
        Word::Restore(restore) => Box::pin(restore.run()).await,
        Word::Tail(tail) => tail.run().await,
        Word::Call(call) => call.run().await,
        Word::Admin(Admin::Nodes(look)) => look.nodes().await,
        Word::Admin(Admin::Rooms(look)) => look.rooms().await,
        Word::Admin(Admin::Sessions(look)) => look.sessions().await,
        Word::Admin(Admin::Seed(seed)) => Box::pin(seed.run()).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound_and_teaches() {
        let shortcuts = shortcut::all();
        let mut command =
            Cli::command().subcommands(shortcuts.iter().map(|shortcut| shortcut::command(shortcut)));

        command.clone().debug_assert();
        let help = command.render_long_help().to_string();
        assert!(help.contains("ecosystia serve --demo") && help.contains("ECOSYSTIA_TOKEN"), "{help}");
    }
}
