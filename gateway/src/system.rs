//! What the system says about this process. Linux tells it in `/proc`; elsewhere nothing is known.

use std::fs;

/// How much memory it occupies.
pub(crate) fn resident_bytes() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: usize = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1_024)
}

/// How many files, and so sockets, it may have open. `None` also when there is no bound.
pub(crate) fn open_files_max() -> Option<usize> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_knows_its_size_and_its_bounds() {
        assert!(resident_bytes().unwrap() > 1_000_000);
        assert!(open_files_max().is_none_or(|most| most > 0));
    }
}
