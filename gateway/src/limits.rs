//! How often somebody may call. One bucket per person and class of operation, the same for REST and for
//! the socket; an address stands in for people who have not signed in. It never decides what may be done.

use engine::{Error, Rate};
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};
use schema::{code::Code, id::UserId};
use serde::Deserialize;
use std::{
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher},
    net::IpAddr,
    num::NonZeroU32,
    time::Duration,
};

/// The sizes of the buckets. Each is the published limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Off only for measurements, and only while listening on loopback.
    pub enabled: bool,
    /// Calls of a person in a minute.
    pub user_per_minute: NonZeroU32,
    /// Calls of a person in an hour: a steady pace that no human keeps up.
    pub user_per_hour: NonZeroU32,
    /// Calls without a token from one address in a minute.
    pub anonymous_per_minute: NonZeroU32,
    /// Attempts to sign in from one address in a minute: guessing passwords must not pay.
    pub login_per_minute: NonZeroU32,
    /// Chat messages of a person in ten seconds.
    pub chat_per_ten_seconds: NonZeroU32,
    /// People and addresses remembered per class. Past it strangers share buckets, so that a flood of
    /// addresses costs no more memory.
    pub keys_max: usize,
}

const fn count(n: u32) -> NonZeroU32 {
    match NonZeroU32::new(n) {
        Some(n) => n,
        None => NonZeroU32::MIN,
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: true,
            user_per_minute: count(120),
            user_per_hour: count(3_000),
            anonymous_per_minute: count(30),
            login_per_minute: count(5),
            chat_per_ten_seconds: count(20),
            keys_max: 100_000,
        }
    }
}

/// Who pays for a call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Payer {
    User(UserId),
    /// An address; a whole /64 of IPv6, since that is what one household gets.
    Address(IpAddr),
    /// One of a few shared buckets for whoever came when the memory was full.
    Crowd(u64),
}

/// How many buckets the strangers share.
const CROWDS: u64 = 1_024;

type Buckets = RateLimiter<Payer, DashMapStateStore<Payer>, DefaultClock, StateInformationMiddleware>;

/// What is left after a call, for the `RateLimit-*` headers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Left {
    /// The bucket's size.
    pub(crate) limit: u32,
    /// What it still holds.
    pub(crate) remaining: u32,
    /// Seconds until it is full again.
    pub(crate) reset_s: u64,
}

/// All buckets.
pub(crate) struct Limits {
    enabled: bool,
    keys_max: usize,
    user_minute: Buckets,
    user_hour: Buckets,
    anonymous: Buckets,
    login: Buckets,
    chat: Buckets,
}

impl Limits {
    /// Full buckets of these sizes.
    pub(crate) fn new(config: &Config) -> Self {
        let chat = Duration::from_secs(10) / config.chat_per_ten_seconds.get();
        let chat = Quota::with_period(chat).unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN));
        Self {
            enabled: config.enabled,
            keys_max: config.keys_max,
            user_minute: buckets(Quota::per_minute(config.user_per_minute)),
            user_hour: buckets(Quota::per_hour(config.user_per_hour)),
            anonymous: buckets(Quota::per_minute(config.anonymous_per_minute)),
            login: buckets(Quota::per_minute(config.login_per_minute)),
            chat: buckets(chat.allow_burst(config.chat_per_ten_seconds)),
        }
    }

    /// True unless they were switched off for a measurement.
    pub(crate) const fn are_on(&self) -> bool {
        self.enabled
    }

    /// Takes one call of a class out of the payer's bucket. `None` when limits are off.
    ///
    /// # Errors
    /// `rate-limited`, with `retry_after` in seconds.
    pub(crate) fn draw(&self, rate: Rate, user: Option<UserId>, ip: IpAddr) -> Result<Option<Left>, Error> {
        if !self.enabled {
            return Ok(None);
        }
        let payer = user.map_or_else(|| Payer::Address(network(ip)), Payer::User);
        match (rate, user) {
            (Rate::Login, _) => self.take(&self.login, Payer::Address(network(ip))),
            (Rate::Chat, Some(_)) => self.take(&self.chat, payer),
            (Rate::Standard, Some(_)) => {
                self.take(&self.user_hour, payer)?;
                self.take(&self.user_minute, payer)
            }
            (Rate::Standard | Rate::Chat, None) => self.take(&self.anonymous, payer),
        }
        .map(Some)
    }

    /// Whoever brings a token that is none pays like a stranger, so that guessing has a limit: the refusal
    /// itself, or `rate-limited` in its place.
    pub(crate) fn charge_guess(&self, refused: Error, ip: IpAddr) -> Error {
        if refused.code().status() != 401 {
            return refused;
        }
        self.draw(Rate::Standard, None, ip).err().unwrap_or(refused)
    }

    fn take(&self, buckets: &Buckets, payer: Payer) -> Result<Left, Error> {
        let payer = if buckets.len() < self.keys_max { payer } else { crowd(&payer) };
        match buckets.check_key(&payer) {
            Ok(state) => {
                let (limit, remaining) = (state.quota().burst_size().get(), state.remaining_burst_capacity());
                let spent = limit.saturating_sub(remaining);
                let reset = state.quota().replenish_interval().saturating_mul(spent);
                Ok(Left { limit, remaining, reset_s: whole_seconds(reset) })
            }
            Err(not_until) => {
                let wait = whole_seconds(not_until.wait_time_from(DefaultClock::default().now()));
                metrics::counter!("rate_limited_total").increment(1);
                Err(Error::new(Code::RateLimited, format!("too many requests, try again in {wait} s"))
                    .with("retry_after", wait)
                    .with("limit", not_until.quota().burst_size().get()))
            }
        }
    }

    /// Forgets who has a full bucket again. Called now and then.
    pub(crate) fn tidy(&self) {
        for buckets in [&self.user_minute, &self.user_hour, &self.anonymous, &self.login, &self.chat] {
            buckets.retain_recent();
            buckets.shrink_to_fit();
        }
    }
}

fn buckets(quota: Quota) -> Buckets {
    RateLimiter::dashmap(quota).with_middleware::<StateInformationMiddleware>()
}

fn crowd(payer: &Payer) -> Payer {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(payer);
    Payer::Crowd(hash % CROWDS)
}

/// Waiting less than said would only be refused again.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::id::Id;
    use std::net::{Ipv4Addr, Ipv6Addr};
    use uuid::Uuid;

    const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn person(n: u128) -> Option<UserId> {
        Some(Id::new(Uuid::from_u128(n)))
    }
    fn passed(limits: &Limits, rate: Rate, who: impl Fn(u16) -> (Option<UserId>, IpAddr)) -> usize {
        (0..200)
            .filter(|n| {
                let (user, ip) = who(*n);
                limits.draw(rate, user, ip).is_ok()
            })
            .count()
    }

    #[test]
    fn each_class_has_its_own_bucket() {
        let limits = Limits::new(&Config::default());

        assert_eq!(passed(&limits, Rate::Chat, |_| (person(1), HOME)), 20);
        assert_eq!(passed(&limits, Rate::Standard, |_| (person(1), HOME)), 120);
        assert_eq!(passed(&limits, Rate::Standard, |_| (person(2), HOME)), 120);
        assert_eq!(passed(&limits, Rate::Standard, |_| (None, HOME)), 30);
        assert_eq!(passed(&limits, Rate::Login, |_| (None, HOME)), 5);
    }

    #[test]
    fn a_refusal_says_when_to_come_back() {
        let limits = Limits::new(&Config::default());
        passed(&limits, Rate::Login, |_| (None, HOME));

        let refused = limits.draw(Rate::Login, None, HOME).unwrap_err();

        assert_eq!(refused.code(), Code::RateLimited);
        assert_eq!(refused.problem(false).extra["retry_after"], 12);
    }

    #[test]
    fn a_household_of_addresses_pays_together() {
        let limits = Limits::new(&Config::default());
        let inside = |n| (None, IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, n)));
        let elsewhere = (None, IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 2, 0, 0, 0, 1)));

        assert_eq!(passed(&limits, Rate::Login, inside), 5);
        assert!(limits.draw(Rate::Login, elsewhere.0, elsewhere.1).is_ok());
    }

    #[test]
    fn a_flood_of_addresses_is_remembered_in_bounded_memory() {
        let limits = Limits::new(&Config { keys_max: 100, ..Config::default() });
        for n in 0..20_000_u32 {
            let _ = limits.draw(Rate::Standard, None, IpAddr::V4(Ipv4Addr::from_bits(n)));
        }

        let most = 100 + usize::try_from(CROWDS).unwrap();
        assert!(limits.anonymous.len() <= most, "{} buckets", limits.anonymous.len());
    }

    #[test]
    fn limits_that_are_off_let_everything_through() {
        let limits = Limits::new(&Config { enabled: false, ..Config::default() });

        assert_eq!(passed(&limits, Rate::Login, |_| (None, HOME)), 200);
    }
}
