//! The terminal: progress goes to standard error, so that the closing table on standard output can be
//! piped somewhere. A closed terminal stops nothing.

use std::io::{self, Write as _};

/// One line of progress.
pub(crate) fn progress(line: impl AsRef<str>) {
    let _ = writeln!(io::stderr().lock(), "  {}", line.as_ref());
}

/// The beginning of something.
pub(crate) fn heading(line: impl AsRef<str>) {
    let _ = writeln!(io::stderr().lock(), "\n{}", line.as_ref());
}

/// What a run leaves behind.
pub(crate) fn result(text: impl AsRef<str>) {
    let _ = writeln!(io::stdout().lock(), "{}", text.as_ref());
}
