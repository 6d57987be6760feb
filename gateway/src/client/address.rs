//! Where a server is: `http://host:port`, nothing else.

use super::{Error, Result};
use std::{fmt, net::SocketAddr, str::FromStr};

/// A server's address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address(String);

impl Address {
    /// `host:port`, as a `Host` header has it.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.0
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.starts_with("https://") {
            return Err(Error::Address(format!(
                "{text}: this client does not speak TLS; connect to the server behind the proxy with http://"
            )));
        }
        let rest = text.strip_prefix("http://").unwrap_or(text).trim_end_matches('/');
        let usable = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic() && !b"/?#@".contains(&b));
        if !usable {
            return Err(Error::Address(format!(
                "{text:?} is no address; it looks like http://127.0.0.1:8080"
            )));
        }
        let port = rest.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        Ok(Self(if port { rest.to_owned() } else { format!("{rest}:80") }))
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self(address.to_string())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_leave_out_what_is_usual() {
        for (text, authority) in [
            ("http://127.0.0.1:8080/", "127.0.0.1:8080"),
            ("localhost:1", "localhost:1"),
            ("http://example.org", "example.org:80"),
            ("[::1]:80", "[::1]:80"),
        ] {
            assert_eq!(text.parse::<Address>().unwrap().authority(), authority);
        }
        for text in ["", "https://example.org", "http://a/b", "user@host"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
