//! A room: the unit of order. One actor per room takes changes, checks and numbers them in groups,
//! writes each group as one commit, then tells it, then answers. Written first, told second.

mod actor;
mod audit;
mod command;
mod commit;
mod group;
mod head;
mod known;
mod part;
mod reactor;

pub(crate) use actor::{Args, Message, Room};
pub(crate) use command::stored_reply;
pub use head::{Head, derived_id, epoch, head_of, log_after};
pub(crate) use known::Known;
pub use known::Unseen;

use crate::{Error, claims::Claims, own::Command};
use schema::{
    caller::{ActorKind, Caller},
    change::Change,
    id::{OrgId, UserId},
    reply::Reply,
};
use std::{
    net::IpAddr,
    sync::atomic::{AtomicU8, AtomicU64, Ordering},
};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// On whose behalf a change is made: what the log and the audit line say of it.
#[derive(Clone, Debug)]
pub struct Author {
    /// The tenant.
    pub org: OrgId,
    /// The person; absent for the server itself.
    pub user: Option<UserId>,
    /// A person, a program or the server.
    pub kind: ActorKind,
    /// The role at that moment, for the audit line.
    pub role: schema::role::Role,
    /// The operation.
    pub action: &'static str,
    /// The call, as in the server's log.
    pub request_id: Option<String>,
    /// Where the call came from.
    pub ip: Option<IpAddr>,
    /// What the client said of itself.
    pub user_agent: Option<String>,
}

impl Author {
    /// The server itself.
    #[must_use]
    pub fn system(org: OrgId, action: &'static str) -> Self {
        Self::of(&Caller::system(org), action, None)
    }

    /// A caller running an operation.
    #[must_use]
    pub fn of(caller: &Caller, action: &'static str, request_id: Option<String>) -> Self {
        Self {
            org: caller.org,
            user: caller.actor_id(),
            kind: caller.kind,
            role: caller.role,
            action,
            request_id,
            ip: None,
            user_agent: None,
        }
    }
}

/// What a committed change answers.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The reply, as computed from the committed rows and stored beside the command.
    pub reply: Reply,
    /// The number of the last event of the room after this commit.
    pub seq: u64,
    /// True when the command had been carried out before and this is its stored reply.
    pub replayed: bool,
}

/// A change on its way through its room. It outlives the room's actor, so that a room that fell can
/// be handed the same change again.
#[derive(Debug)]
pub(crate) struct Submission {
    pub(crate) command: Command,
    pub(crate) author: Author,
    pub(crate) change: Change,
    pub(crate) claims: Claims,
    /// Who says that the command is new, while its sender keeps others from running it: the room need not
    /// look if it said so itself, unless the change is sent to it once more.
    unseen: AtomicU64,
    /// Set while the change is being carried out: a room that falls meanwhile fell over it.
    strikes: AtomicU8,
}

/// A change that felled its room this often is not tried again.
const STRIKES_MAX: u8 = 2;

impl Submission {
    pub(crate) const fn new(
        command: Command,
        author: Author,
        change: Change,
        claims: Claims,
        unseen: Unseen,
    ) -> Self {
        let (unseen, strikes) = (AtomicU64::new(unseen.word()), AtomicU8::new(0));
        Self { command, author, change, claims, unseen, strikes }
    }

    /// Sent once more: what became of the last time is for the room to find out.
    pub(crate) fn again(&self) {
        self.unseen.store(Unseen::UNKNOWN.word(), Ordering::Release);
    }

    fn is_new_to(&self, known: &Known) -> bool {
        known.stands_by(Unseen::from_word(self.unseen.load(Ordering::Acquire)))
    }

    pub(crate) fn is_poisonous(&self) -> bool {
        self.strikes.load(Ordering::Acquire) >= STRIKES_MAX
    }

    fn begin(&self) {
        self.strikes.fetch_add(1, Ordering::AcqRel);
    }

    fn survived(&self) {
        self.strikes.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A change that waits for its receipt.
pub(crate) struct Pending {
    pub(crate) submission: std::sync::Arc<Submission>,
    pub(crate) receipt: oneshot::Sender<Result<Receipt, Error>>,
    /// Given back when the receipt is out.
    pub(crate) permits: [OwnedSemaphorePermit; 2],
}
