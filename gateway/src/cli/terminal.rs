//! Speaking on a terminal: results to standard output, everything else to standard error, colour only for
//! people. A closed pipe is no error: whoever reads has read enough.

use std::io::{IsTerminal as _, Write as _, stderr, stdout};

/// Prints a line of the result. `false` when nobody reads any more.
pub(super) fn say(line: &str) -> bool {
    let mut out = stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).is_ok()
}

/// Prints a remark beside the result.
pub(super) fn remark(line: &str) {
    let _ = writeln!(stderr().lock(), "{}", dim(line, stderr().is_terminal()));
}

/// Prints why it failed.
pub(super) fn complain(line: &str) {
    let word = if stderr().is_terminal() { "\u{1b}[31merror\u{1b}[0m" } else { "error" };
    let _ = writeln!(stderr().lock(), "{word}: {line}");
}

/// The same text, less prominent, where colours are shown.
pub(super) fn quiet(text: &str) -> String {
    dim(text, stdout().is_terminal())
}

/// The same text, more prominent, where colours are shown.
pub(super) fn bold(text: &str) -> String {
    if stdout().is_terminal() { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
}

fn dim(text: &str, coloured: bool) -> String {
    if coloured { format!("\u{1b}[2m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// What others wrote, safe to print: control characters can't move the cursor or change the title.
pub(super) fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_elses_text_controls_the_terminal() {
        assert_eq!(harmless("a\u{1b}[2Jb\nc\u{9b}"), "a [2Jb c ");
    }
}
