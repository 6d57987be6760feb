//! Opaque secrets that a person carries: refresh tokens and socket tickets. Each begins with the
//! person's id, so that it can be checked where that person lives, then 256 bits nobody can guess. The
//! server keeps the hash alone.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use schema::{
    clock::Clock,
    id::{Id, UserId},
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

const SECRET_LEN: usize = 32;

/// A secret in the holder's hands.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Opaque {
    pub(crate) user: UserId,
    secret: [u8; SECRET_LEN],
}

impl Opaque {
    pub(crate) fn fresh(user: UserId, clock: &Clock) -> Self {
        Self { user, secret: clock.random() }
    }

    /// Reads the text form: the id, a dot, the secret in base64url.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (user, secret) = text.split_once('.')?;
        let user = Uuid::try_parse(user).ok().filter(|_| user.len() == 32)?;
        // 43 characters hold 32 bytes; more is not looked at.
        let secret =
            URL_SAFE_NO_PAD.decode(secret.as_bytes().get(..43).filter(|_| secret.len() == 43)?).ok()?;
        Some(Self { user: Id::new(user), secret: secret.try_into().ok()? })
    }

    pub(crate) fn text(&self) -> String {
        format!("{}.{}", self.user.uuid().simple(), URL_SAFE_NO_PAD.encode(self.secret))
    }

    /// The one secret that follows this one: whoever knows the key and this secret can tell it again, so
    /// that nothing but its hash need be kept.
    pub(crate) fn successor(&self, key: &hmac::Key) -> Self {
        let mut message = self.user.uuid().as_bytes().to_vec();
        message.extend_from_slice(&self.secret);
        let tag = hmac::sign(key, &message);
        let mut secret = [0; SECRET_LEN];
        secret.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        Self { user: self.user, secret }
    }

    /// SHA-256, in hexadecimal.
    pub(crate) fn hash(&self) -> String {
        self.digest().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The first half of the hash, as the id of the row that keeps it.
    pub(crate) fn id<K: ?Sized>(&self) -> Id<K> {
        let mut half = [0; 16];
        half.iter_mut().zip(self.digest()).for_each(|(to, from)| *to = from);
        Id::new(Uuid::from_bytes(half))
    }

    fn digest(&self) -> [u8; 32] {
        Sha256::new().chain_update(self.user.uuid().as_bytes()).chain_update(self.secret).finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn secret(user: u128, bytes: [u8; 32]) -> Opaque {
        Opaque { user: Id::new(Uuid::from_u128(user)), secret: bytes }
    }

    proptest! {
        #[test]
        fn a_secret_survives_its_text(user: u128, bytes: [u8; 32]) {
            let secret = secret(user, bytes);

            prop_assert!(Opaque::parse(&secret.text()) == Some(secret));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,120}") {
            let _ = Opaque::parse(&text);
        }

        #[test]
        fn a_successor_is_one_and_only_its_parents(user: u128, one: [u8; 32], other: [u8; 32]) {
            prop_assume!(one != other);
            let key = hmac::Key::new(hmac::HMAC_SHA256, b"key");
            let (one, other) = (secret(user, one), secret(user, other));

            prop_assert!(one.successor(&key) == one.successor(&key));
            prop_assert!(one.successor(&key) != other.successor(&key));
            prop_assert_ne!(one.hash(), other.hash());
        }
    }
}
