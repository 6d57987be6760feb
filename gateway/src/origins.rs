//! Which web pages may talk to this server: those listed, and those this server shows itself. A program
//! that is no browser sends no `Origin` and is not held by this.

use crate::Config;
use http::HeaderValue;

/// The allowed values of the `Origin` header.
#[derive(Clone, Debug)]
pub(crate) struct Origins(Vec<HeaderValue>);

impl Origins {
    pub(crate) fn new(config: &Config) -> Self {
        let own = [config.public_url()];
        let port = config.listen.port();
        let local = config.listen.ip().is_loopback().then(|| format!("http://localhost:{port}"));
        let all = config.origins.iter().chain(&own).chain(&local);
        let values = all.filter_map(|origin| HeaderValue::from_str(origin.trim_end_matches('/')).ok());
        Self(values.collect())
    }

    /// The values, for the cross-origin headers of REST.
    pub(crate) fn values(&self) -> Vec<HeaderValue> {
        self.0.clone()
    }

    /// Whether a socket may be opened by a page of this origin.
    pub(crate) fn admits(&self, origin: Option<&HeaderValue>) -> bool {
        origin.is_none_or(|origin| self.0.contains(origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listed_and_own_origins_pass_and_so_does_none() {
        let config = Config {
            listen: "127.0.0.1:8080".parse().unwrap(),
            origins: vec!["https://app.example/".into()],
            ..Config::default()
        };
        let origins = Origins::new(&config);

        let admits = |text: &'static str| origins.admits(Some(&HeaderValue::from_static(text)));

        assert!(origins.admits(None));
        assert!(
            admits("https://app.example")
                && admits("http://127.0.0.1:8080")
                && admits("http://localhost:8080")
        );
        assert!(!admits("https://app.example.evil") && !admits("null") && !admits("http://app.example"));
    }
}
