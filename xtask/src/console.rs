//! What a person sees. News goes to standard error, because standard output belongs to the programs
//! that are run; a terminal that went away is no reason to stop.

use std::io::{self, Write};

/// Tells what is going on, on lines of its own.
pub(crate) fn say(text: &str) {
    put(io::stderr().lock(), text);
}

/// Gives what was asked for.
pub(crate) fn answer(text: &str) {
    put(io::stdout().lock(), text);
}

fn put(mut terminal: impl Write, text: &str) {
    // Nobody is left to be told that telling failed.
    let _ = writeln!(terminal, "{text}").and_then(|()| terminal.flush());
}
