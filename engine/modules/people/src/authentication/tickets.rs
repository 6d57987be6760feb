//! Socket tickets: a browser can't set a header on a socket, and a token has no business in an address,
//! so a ticket stands in for it, once and for half a minute. Kept in memory, where the holder's room lives: a
//! restart or a move voids them.

use super::opaque::Opaque;
use engine::{Error, Result};
use parking_lot::Mutex;
use schema::{caller::Caller, clock::Clock, code::Code, id::UserId, time::Timestamp};
use std::collections::{HashMap, VecDeque};

/// How long a ticket may be redeemed.
pub(super) const SECONDS: i64 = 30;

/// All outstanding tickets.
pub(super) struct Tickets {
    most: usize,
    outstanding: Mutex<Outstanding>,
}

#[derive(Default)]
struct Outstanding {
    by_hash: HashMap<String, (Caller, Timestamp)>,
    /// All last equally long, so the oldest ends first.
    in_order: VecDeque<(String, Timestamp)>,
}

impl Tickets {
    pub(super) fn new(most: usize) -> Self {
        Self { most, outstanding: Mutex::default() }
    }

    /// A ticket for this caller.
    pub(super) fn issue(&self, caller: Caller, clock: &Clock) -> Result<String> {
        let ticket = Opaque::fresh(caller.user, clock);
        let now = clock.now();
        let ends_at = now.plus_seconds(SECONDS);
        let mut outstanding = self.outstanding.lock();
        outstanding.forget_ended(now);
        if outstanding.in_order.len() >= self.most {
            return Err(Error::new(Code::Overloaded, "too many sockets are being opened, try again"));
        }
        outstanding.by_hash.insert(ticket.hash(), (caller, ends_at));
        outstanding.in_order.push_back((ticket.hash(), ends_at));
        Ok(ticket.text())
    }

    /// Whom a ticket was made for.
    pub(super) fn holder(text: &str) -> Option<UserId> {
        Opaque::parse(text).map(|ticket| ticket.user)
    }

    /// Takes a ticket; a second time it is not there any more.
    pub(super) fn redeem(&self, text: &str, now: Timestamp) -> Result<Caller> {
        let refused =
            || Error::new(Code::NotAuthenticated, "this ticket is used up or unknown, ask for another");
        let ticket = Opaque::parse(text).ok_or_else(refused)?;
        let held = self.outstanding.lock().by_hash.remove(&ticket.hash());
        held.filter(|(_, ends_at)| *ends_at > now).map(|(caller, _)| caller).ok_or_else(refused)
    }
}

impl Outstanding {
    fn forget_ended(&mut self, now: Timestamp) {
        while self.in_order.front().is_some_and(|(_, ends_at)| *ends_at <= now) {
            if let Some((hash, _)) = self.in_order.pop_front() {
                self.by_hash.remove(&hash);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::id::OrgId;

    fn ground(most: usize) -> (Tickets, Clock, Caller) {
        let clock = Clock::seeded(1, Timestamp::from_ms(1_700_000_000_000));
        (Tickets::new(most), clock, Caller::system(OrgId::NIL))
    }

    #[test]
    fn a_ticket_is_good_once() {
        let (tickets, clock, caller) = ground(9);
        let ticket = tickets.issue(caller, &clock).unwrap();

        assert_eq!(tickets.redeem(&ticket, clock.now()).unwrap(), caller);
        assert_eq!(tickets.redeem(&ticket, clock.now()).unwrap_err().code(), Code::NotAuthenticated);
    }

    #[test]
    fn a_ticket_is_good_for_half_a_minute() {
        let (tickets, clock, caller) = ground(9);
        let ticket = tickets.issue(caller, &clock).unwrap();

        clock.advance_ms(30_000);

        assert!(tickets.redeem(&ticket, clock.now()).is_err());
    }

    #[test]
    fn tickets_are_bounded_and_old_ones_make_room() {
        let (tickets, clock, caller) = ground(2);
        let _ = (tickets.issue(caller, &clock).unwrap(), tickets.issue(caller, &clock).unwrap());

        assert_eq!(tickets.issue(caller, &clock).unwrap_err().code(), Code::Overloaded);
        clock.advance_ms(30_000);
        assert!(tickets.issue(caller, &clock).is_ok());
    }
}
