//! The server's secrets: a master key that never enters the store, and the Ed25519 key that signs
//! tokens, which lies in the store wrapped with it (AES-256-GCM, NIST SP 800-38D).

use super::{Config, Error};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use schema::{
    clock::Clock,
    key::{Key, KeyWriter},
    table::own,
};
use std::{fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};
use storage::{Batch, Claim, Outcome, Store};

/// Says what a wrapped value is, so that one can't be put in another's place.
const PURPOSE: &[u8] = b"ecosystia token signing key v1";
const SEED_LEN: usize = 32;

/// The key that wraps the others.
pub(super) struct MasterKey([u8; 32]);

impl MasterKey {
    /// The given key, else the one in the file, else a new one in the file.
    pub(super) fn find(config: &Config, clock: &Clock) -> Result<Self, Error> {
        match (&config.master_key, &config.master_key_file) {
            (Some(text), _) => Self::read(text),
            (None, Some(path)) if path.exists() => {
                Self::read(&fs::read_to_string(path).map_err(|error| unkept(path, &error))?)
            }
            (None, Some(path)) => {
                let key = Self(clock.random());
                key.keep(path).map_err(|error| unkept(path, &error))?;
                Ok(key)
            }
            (None, None) => Err(Error::NoMasterKey),
        }
    }

    fn read(text: &str) -> Result<Self, Error> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| Error::MasterKeyMalformed)?;
        bytes.try_into().map(Self).map_err(|_| Error::MasterKeyMalformed)
    }

    /// Readable by the owner alone, and on disk before anything is wrapped with it.
    fn keep(&self, path: &Path) -> std::io::Result<()> {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(STANDARD.encode(self.0).as_bytes())?;
        file.sync_all()
    }

    /// A key of its own for each purpose.
    pub(super) fn derive(&self, purpose: &str) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.derive_bytes(purpose))
    }

    /// The same, as bytes.
    pub(super) fn derive_bytes(&self, purpose: &str) -> [u8; 32] {
        blake3::derive_key(purpose, &self.0)
    }

    fn cipher(&self) -> Result<LessSafeKey, Error> {
        let key = UnboundKey::new(&AES_256_GCM, &self.0);
        key.map(LessSafeKey::new).map_err(|_| Error::Broken("the master key was refused".into()))
    }

    fn wrap(&self, secret: &[u8], clock: &Clock) -> Result<Vec<u8>, Error> {
        let nonce: [u8; NONCE_LEN] = clock.random();
        let mut sealed = secret.to_vec();
        let cipher = self.cipher()?;
        cipher
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(PURPOSE), &mut sealed)
            .map_err(|_| Error::Broken("a key can't be wrapped".into()))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Vec<u8>, Error> {
        let (nonce, sealed) = wrapped.split_at_checked(NONCE_LEN).ok_or(Error::WrongMasterKey)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Error::WrongMasterKey)?;
        let mut opened = sealed.to_vec();
        let secret = self.cipher()?.open_in_place(nonce, Aad::from(PURPOSE), &mut opened);
        secret.map(|secret| secret.to_vec()).map_err(|_| Error::WrongMasterKey)
    }
}

fn unkept(path: &Path, error: &std::io::Error) -> Error {
    Error::MasterKeyFile { path: path.display().to_string(), reason: error.to_string() }
}

/// The key that signs tokens.
pub(super) struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// The stored key; the first node of an empty store makes it.
    pub(super) async fn load(store: &Store, master: &MasterKey, clock: &Clock) -> Result<Self, Error> {
        let partition = KeyWriter::new().with("token signing key").finish();
        let key = Key { table: own::FIRST, partition, sort: KeyWriter::new().finish() };
        if let Some(wrapped) = store.get(&key).await? {
            return Self::of_seed(&master.unwrap(&wrapped)?);
        }
        let value = Some(master.wrap(&clock.random::<SEED_LEN>(), clock)?.into());
        let claim = Claim { key: key.clone(), expected: None, value };
        match store.apply(Batch::Claim(vec![claim])).await? {
            Outcome::Applied | Outcome::Taken(_) => {}
            outcome => return Err(Error::Broken(format!("storing it came to {outcome:?}"))),
        }
        // Whoever was first: everybody signs with what is stored.
        let wrapped = store.get(&key).await?.ok_or_else(|| Error::Broken("it was not stored".into()))?;
        Self::of_seed(&master.unwrap(&wrapped)?)
    }

    fn of_seed(seed: &[u8]) -> Result<Self, Error> {
        Ed25519KeyPair::from_seed_unchecked(seed).map(Self).map_err(|error| Error::Broken(error.to_string()))
    }

    /// PKCS#8, as the signing library wants it.
    pub(super) fn pkcs8(&self) -> Result<Vec<u8>, Error> {
        let document = self.0.to_pkcs8v1().map_err(|error| Error::Broken(error.to_string()))?;
        Ok(document.as_ref().to_vec())
    }

    /// The public half.
    pub(super) fn public(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock::seeded(7, schema::time::Timestamp::from_ms(1_700_000_000_000))
    }

    #[test]
    fn what_one_master_key_wrapped_no_other_opens() {
        let (one, other) = (MasterKey([1; 32]), MasterKey([2; 32]));

        let wrapped = one.wrap(b"secret", &clock()).unwrap();

        assert_eq!(one.unwrap(&wrapped).unwrap(), b"secret");
        assert!(matches!(other.unwrap(&wrapped), Err(Error::WrongMasterKey)));
        assert!(matches!(one.unwrap(&wrapped[..5]), Err(Error::WrongMasterKey)));
    }

    #[test]
    fn a_generated_master_key_is_found_again_and_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        let config = Config { master_key_file: Some(path.clone()), ..Config::default() };

        let made = MasterKey::find(&config, &clock()).unwrap();
        let found = MasterKey::find(&config, &clock()).unwrap();

        assert_eq!(made.0, found.0);
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_server_without_a_master_key_does_not_start() {
        let missing = MasterKey::find(&Config::default(), &clock());
        let short = Config { master_key: Some("c2hvcnQ=".into()), ..Config::default() };

        assert!(matches!(missing, Err(Error::NoMasterKey)));
        assert!(matches!(MasterKey::find(&short, &clock()), Err(Error::MasterKeyMalformed)));
    }
}
