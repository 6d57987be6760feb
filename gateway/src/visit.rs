//! One HTTP request as a visit: who comes from where, in which language, and under which name the log
//! knows it. It reads headers and decides nothing.

use crate::{Config, language};
use engine::Error;
use http::{HeaderMap, Request, header};
use schema::{clock::Clock, problem::Problem};
use std::net::IpAddr;

/// The most bytes kept of what a client says about itself.
const USER_AGENT_BYTES_MAX: usize = 256;
/// The name of a request, given by the client or by us.
pub(crate) const REQUEST_ID: &str = "x-request-id";

/// A request, without its body.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    /// Quoted in problems, logs, events and audit lines.
    pub(crate) id: String,
    /// The client's address.
    pub(crate) ip: IpAddr,
    /// The reader's language is French.
    pub(crate) french: bool,
    /// The client's own words about itself.
    pub(crate) user_agent: Option<Box<str>>,
    /// The path that was called.
    pub(crate) path: Box<str>,
}

impl Visit {
    /// Reads a request that came from an address.
    pub(crate) fn of<B>(request: &Request<B>, peer: IpAddr, config: &Config, clock: &Clock) -> Self {
        let headers = request.headers();
        Self {
            id: named(headers).unwrap_or_else(|| clock.new_id::<()>().to_string()),
            ip: address(headers, peer, &config.trusted_proxies),
            french: language::is_french(request.uri().query(), headers),
            user_agent: text(headers, &header::USER_AGENT).map(|agent| shortened(agent).into()),
            path: request.uri().path().into(),
        }
    }

    /// The same, as the engine wants to know it.
    pub(crate) fn request(&self) -> engine::Request {
        engine::Request {
            id: Some(self.id.clone()),
            ip: Some(self.ip),
            user_agent: self.user_agent.as_deref().map(str::to_owned),
            french: self.french,
        }
    }

    /// A refusal of this request, as the client gets it.
    pub(crate) fn problem(&self, error: &Error) -> Problem {
        let mut problem = error.problem(self.french);
        problem.instance = Some(self.path.to_string());
        problem.request_id = Some(self.id.clone());
        problem
    }
}

/// A header's value, where it is text.
pub(crate) fn text<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The client's name for the request: 1 to 64 visible ASCII characters, since it is written into logs.
fn named(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let usable = (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    usable.then(|| id.to_owned())
}

/// The client's address. A trusted proxy appends whom it heard to `X-Forwarded-For`; what stands before
/// that was said by somebody else and is not believed.
fn address(headers: &HeaderMap, peer: IpAddr, trusted: &[IpAddr]) -> IpAddr {
    if !trusted.contains(&peer) {
        return peer;
    }
    let hops = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = hops.flat_map(|value| value.split(',')).collect();
    let mut nearest_first = hops.iter().rev().map_while(|hop| hop.trim().parse().ok());
    nearest_first.find(|hop| !trusted.contains(hop)).unwrap_or(peer)
}

/// A header's text is ASCII, so it can be cut anywhere.
fn shortened(text: &str) -> &str {
    text.get(..USER_AGENT_BYTES_MAX).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(values: &[(&'static str, &'static str)]) -> HeaderMap {
        values
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_a_trusted_proxy_may_speak_for_somebody_else() {
        let (proxy, client): (IpAddr, IpAddr) = ("10.0.0.1".parse().unwrap(), "192.0.2.7".parse().unwrap());
        let said = headers(&[("x-forwarded-for", "203.0.113.9, 192.0.2.7")]);

        assert_eq!(address(&said, proxy, &[proxy]), client, "the last hop that the proxy heard");
        assert_eq!(address(&said, client, &[proxy]), client);
        assert_eq!(address(&headers(&[("x-forwarded-for", "nonsense")]), proxy, &[proxy]), proxy);
    }

    #[test]
    fn a_request_keeps_its_clients_name_when_it_can_be_logged() {
        assert_eq!(named(&headers(&[("x-request-id", "order-7")])).as_deref(), Some("order-7"));
        assert_eq!(named(&headers(&[("x-request-id", "two words")])), None);
        assert_eq!(named(&headers(&[("x-request-id", "")])), None);
    }
}
