//! Where connections come from. One loopback address has some 28,000 ports to give, and ports stay
//! taken for a minute after a close; each crowd therefore speaks from several addresses of 127.0.0.0/8.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

/// Addresses a crowd.
const EACH: usize = 4;

/// The most crowds that have addresses of their own.
pub(crate) const CROWDS_MAX: usize = 60;

/// The source of a crowd's nth connection; the system picks the port.
pub(crate) fn source(crowd: u16, connection: usize) -> SocketAddr {
    let last = 2 + (usize::from(crowd) % CROWDS_MAX) * EACH + connection % EACH;
    SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, u8::try_from(last).unwrap_or(u8::MAX)), 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn crowds_share_no_address() {
        let all: Vec<_> = (0..60_u16).flat_map(|crowd| (0..EACH).map(move |n| source(crowd, n))).collect();

        assert_eq!(all.iter().collect::<HashSet<_>>().len(), CROWDS_MAX * EACH);
        assert_eq!(source(0, 0), "127.0.0.2:0".parse().unwrap());
        assert_eq!(source(0, 5), "127.0.0.3:0".parse().unwrap());
    }
}
