//! Password hashing (Argon2id, RFC 9106) in a bounded pool. A hash takes 19 MiB and a whole core for
//! tens of milliseconds, so only as many run as there are cores and only so many wait.

use super::{Config, Error};
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use engine::Result;
use schema::{clock::Clock, code::Code};
use std::{sync::Arc, thread::available_parallelism};
use tokio::{sync::Semaphore, task::spawn_blocking};

const MEMORY_KIB: u32 = 19 * 1_024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_LEN: usize = 16;

/// The pool.
pub(super) struct Hashing {
    argon2: Argon2<'static>,
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    /// The hash of a password nobody has.
    dummy: String,
    clock: Clock,
}

impl Hashing {
    pub(super) fn new(config: &Config, clock: Clock) -> Result<Self, Error> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None);
        let params = params.map_err(|error| Error::Broken(error.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let cores = || available_parallelism().map_or(1, std::num::NonZero::get);
        let at_once = config.hashes_at_once.unwrap_or_else(cores).max(1);
        let dummy = hash(&argon2, &clock.random::<32>(), clock.random()).map_err(Error::Broken)?;
        Ok(Self {
            argon2,
            running: Arc::new(Semaphore::new(at_once)),
            admitted: Arc::new(Semaphore::new(at_once + config.hashes_waiting_max)),
            dummy,
            clock,
        })
    }

    /// The hash of a password, in PHC form.
    pub(super) async fn hash(&self, password: &str) -> Result<String> {
        let (argon2, password, salt) = (self.argon2.clone(), password.to_owned(), self.clock.random());
        let hashed = self.run(move || hash(&argon2, password.as_bytes(), salt)).await?;
        hashed
            .map_err(|error| engine::Error::new(Code::Internal, "a password can't be hashed").because(error))
    }

    /// Whether a password has this hash. Without a hash it works as long and answers no, so that time
    /// does not tell who has an account.
    pub(super) async fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool> {
        let known = stored.is_some();
        let against = stored.unwrap_or(&self.dummy).to_owned();
        let (argon2, password) = (self.argon2.clone(), password.to_owned());
        let right = self.run(move || argon2.verify_password(password.as_bytes(), against.as_str()).is_ok());
        Ok(right.await? && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let overloaded = || engine::Error::new(Code::Overloaded, "too many people are signing in, try again");
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| overloaded())?;
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(|_| overloaded())?;
        let done = spawn_blocking(move || {
            // Both permits go back only when the work is over, even if nobody waits for it any more.
            let _held = (admitted, running);
            work()
        });
        done.await.map_err(|error| engine::Error::new(Code::Internal, "hashing failed").because(error))
    }
}

fn hash(argon2: &Argon2<'_>, password: &[u8], salt: [u8; SALT_LEN]) -> Result<String, String> {
    let hashed = argon2.hash_password_with_salt(password, &salt);
    hashed.map(|hash| hash.to_string()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::time::Timestamp;

    fn hashing(config: &Config) -> Hashing {
        Hashing::new(config, Clock::seeded(3, Timestamp::default())).unwrap()
    }

    #[tokio::test]
    async fn a_hash_knows_its_password_and_its_costs() {
        let hashing = hashing(&Config::default());

        let hash = hashing.hash("le baobab danse").await.unwrap();

        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hashing.verify("le baobab danse", Some(&hash)).await.unwrap());
        assert!(!hashing.verify("le baobab dort", Some(&hash)).await.unwrap());
        assert!(!hashing.verify("le baobab danse", None).await.unwrap());
    }

    #[tokio::test]
    async fn beyond_its_bound_the_pool_refuses() {
        let hashing =
            hashing(&Config { hashes_at_once: Some(1), hashes_waiting_max: 1, ..Config::default() });

        let (one, two, three) =
            tokio::join!(hashing.verify("a", None), hashing.verify("b", None), hashing.verify("c", None));

        assert!(one.is_ok() && two.is_ok());
        assert_eq!(three.unwrap_err().code(), Code::Overloaded);
    }
}
