//! Sign-ins that are remembered, one a server, in a file that only its owner can read.

use super::Failure;
use gateway::client::Address;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    env, fs,
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
};

/// A token that ends this soon is renewed first.
const MARGIN_MS: i64 = 30_000;
/// What a token's lifetime is taken for when the server does not say.
const LIFETIME_S: i64 = 300;

/// One sign-in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct SignIn {
    pub(super) email: String,
    pub(super) access_token: String,
    pub(super) refresh_token: Option<String>,
    expires_at_ms: i64,
}

impl SignIn {
    /// Reads what a server answers to a sign-in or its renewal.
    pub(super) fn read(email: &str, body: &Value, now_ms: i64) -> Option<Self> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let lifetime_s = body.get("expires_in").and_then(Value::as_i64).unwrap_or(LIFETIME_S);
        Some(Self {
            email: email.to_owned(),
            access_token: text("access_token")?,
            refresh_token: text("refresh_token"),
            expires_at_ms: now_ms.saturating_add(lifetime_s.saturating_mul(1_000)),
        })
    }

    /// Whether the token can still be used.
    pub(super) const fn is_fresh(&self, now_ms: i64) -> bool {
        now_ms + MARGIN_MS < self.expires_at_ms
    }
}

/// All sign-ins of a person at this machine.
pub(super) struct Purse {
    file: PathBuf,
    by_server: BTreeMap<String, SignIn>,
}

impl Purse {
    /// Reads the file in the person's configuration directory.
    pub(super) fn open() -> Result<Self, Failure> {
        let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
        let directory = env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).or_else(home);
        let directory =
            directory.ok_or("there is no home directory to remember a sign-in in: set ECOSYSTIA_TOKEN")?;
        Self::at(directory.join("ecosystia").join("sign-ins.json"))
    }

    fn at(file: PathBuf) -> Result<Self, Failure> {
        let by_server = match fs::read(&file) {
            // A file that can't be understood is replaced at the next sign-in.
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(format!("can't read {}: {error}", file.display()).into()),
        };
        Ok(Self { file, by_server })
    }

    /// The sign-in at a server.
    pub(super) fn get(&self, server: &Address) -> Option<&SignIn> {
        self.by_server.get(server.authority())
    }

    /// Remembers a sign-in. The file is replaced whole, so that it is never seen half written.
    pub(super) fn put(&mut self, server: &Address, sign_in: SignIn) -> Result<(), Failure> {
        self.by_server.insert(server.authority().to_owned(), sign_in);
        let write = || -> std::io::Result<()> {
            if let Some(directory) = self.file.parent() {
                fs::create_dir_all(directory)?;
            }
            let fresh = self.file.with_extension(format!("{}.new", std::process::id()));
            let mut file =
                fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
            file.write_all(&serde_json::to_vec_pretty(&self.by_server)?)?;
            fs::rename(&fresh, &self.file)
        };
        write()
            .map_err(|error| format!("can't remember the sign-in in {}: {error}", self.file.display()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_sign_in_is_remembered_for_its_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let (file, server) =
            (directory.path().join("a").join("sign-ins.json"), "localhost:1".parse().unwrap());
        let body = json!({"access_token": "a", "refresh_token": "r", "expires_in": 900});
        let sign_in = SignIn::read("awa@example.org", &body, 0).unwrap();

        Purse::at(file.clone()).unwrap().put(&server, sign_in.clone()).unwrap();

        assert_eq!(Purse::at(file.clone()).unwrap().get(&server), Some(&sign_in));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(sign_in.is_fresh(800_000) && !sign_in.is_fresh(880_000));
    }
}
