//! Ports for servers that are killed and start again where they were.

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::atomic::{AtomicU16, Ordering},
};

/// Below what a machine gives to those who connect (32768 and up by default): such a port can't become somebody's own
/// end of a connection while its server is down.
const FIRST: u16 = 20_000;
const PAIRS: u16 = 6_000;

/// A port that is free, and so is the one below it; none is given twice.
pub(crate) fn free_pair() -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    // Processes that run beside this one begin elsewhere.
    let begin = u16::try_from(std::process::id() % u32::from(PAIRS)).unwrap();
    let is_free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    for _ in 0..PAIRS {
        let nth = (begin + GIVEN.fetch_add(1, Ordering::Relaxed) % PAIRS) % PAIRS;
        let lower = FIRST + 2 * nth;
        if is_free(lower) && is_free(lower + 1) {
            return lower + 1;
        }
    }
    panic!("no two ports side by side are free from {FIRST} on");
}
