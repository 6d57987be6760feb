//! What the machine itself takes for a delivery, today: a kilobyte written to a loopback socket and read at its
//! other end, over enough sockets that none stays warm. Hosts that are shared are faster on one day and
//! slower on another; a figure is compared with one of another day by what this says of both.

use crate::{
    number::{float, per},
    proc::Cpu,
};
use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

/// Connections written to in turn: their state is several times what a core has at hand.
const PAIRS: usize = 1_000;
/// About what an event takes on the wire.
const BYTES: usize = 1_000;
/// For how long: a hundred times the tick in which the kernel counts.
const PERIOD: Duration = Duration::from_secs(1);

/// CPU time of one write and one read, in microseconds; the larger part of it is the kernel's.
///
/// # Errors
/// When the system refuses a socket.
pub(crate) fn loopback_us() -> io::Result<f64> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut pairs = Vec::with_capacity(PAIRS);
    for _ in 0..PAIRS {
        let near = TcpStream::connect(listener.local_addr()?)?;
        let (far, _) = listener.accept()?;
        near.set_nodelay(true)?;
        pairs.push((near, far));
    }
    let mut deliveries = 0_u64;
    let (began, before) = (Instant::now(), Cpu::of(std::process::id()));
    while began.elapsed() < PERIOD {
        for (near, far) in &mut pairs {
            let mut bytes = [0; BYTES];
            near.write_all(&bytes)?;
            far.read_exact(&mut bytes)?;
            deliveries += 1;
        }
    }
    let used = Cpu::of(std::process::id()).since(before);
    Ok(per(float(used.total_us()), float(deliveries)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_and_a_read_take_some_microseconds() {
        let us = loopback_us().unwrap();

        assert!((0.5..1_000.0).contains(&us), "{us}");
    }
}
