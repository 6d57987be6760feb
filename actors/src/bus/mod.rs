//! The seam to the wire between machines. Everything above counts on four verbs and on nothing better than at most
//! once: a message may be lost, come twice or come late, and whoever sends it lives with that. What must not be
//! lost is in the store.

#[cfg(feature = "nats")]
mod config;
#[cfg(feature = "nats")]
mod nats;
#[cfg(feature = "simulated")]
pub mod simulated;

#[cfg(feature = "nats")]
pub use config::Config;

use crate::cluster::Run;
use bytes::Bytes;
use std::time::Duration;
use tokio::sync::mpsc;

/// Messages of one node that wait to be looked at. Past it the wire drops what comes, and the numbers on the
/// messages tell that it did.
pub(crate) const INBOX_MAX: usize = 4_096;
/// The same for what a node says to itself.
const PULSES_MAX: usize = 16;

/// The wire; cheap to clone.
#[derive(Clone)]
pub enum Bus {
    /// No wire: a node on it hears only itself.
    Silent,
    /// NATS servers.
    #[cfg(feature = "nats")]
    Nats(nats::Wire),
    /// Memory, with faults on demand, for the simulator.
    #[cfg(feature = "simulated")]
    Simulated(simulated::Wire),
}

/// Whom a message is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum To {
    /// One node, as something it is told.
    Ear(Run),
    /// One node, as something it is asked.
    Desk(Run),
    /// A node itself: whether the wire carries what it says.
    Pulse(Run),
    /// Every node.
    All,
}

/// What comes in for one node.
pub(crate) struct Inbox {
    pub(crate) messages: mpsc::Receiver<Incoming>,
    /// What it says to itself, which waits behind nothing else.
    pub(crate) pulse: mpsc::Receiver<Incoming>,
}

/// Where it is put in; a wire puts each message into one of the two.
#[cfg_attr(not(any(feature = "nats", feature = "simulated")), expect(dead_code, reason = "nothing comes"))]
#[derive(Clone)]
struct Slots {
    messages: mpsc::Sender<Incoming>,
    pulse: mpsc::Sender<Incoming>,
}

#[cfg(any(feature = "nats", feature = "simulated"))]
impl Slots {
    const fn of(&self, to: To) -> &mpsc::Sender<Incoming> {
        match to {
            To::Pulse(_) => &self.pulse,
            To::Ear(_) | To::Desk(_) | To::All => &self.messages,
        }
    }
}

/// A message that came.
pub(crate) struct Incoming {
    pub(crate) to: To,
    pub(crate) body: Bytes,
    pub(crate) reply: Option<Reply>,
}

/// Where an answer goes.
pub(crate) enum Reply {
    #[cfg(feature = "nats")]
    Nats(async_nats::Subject),
    #[cfg(feature = "simulated")]
    Simulated(tokio::sync::oneshot::Sender<Bytes>),
}

/// What became of a question that got no answer.
#[cfg_attr(not(any(feature = "nats", feature = "simulated")), expect(dead_code, reason = "nobody is asked"))]
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Lost {
    /// Nobody is there to hear it.
    #[error("nobody is there")]
    Nobody,
    /// It may have been heard or not.
    #[error("no answer came")]
    Unanswered,
    /// It is larger than the wire takes.
    #[error("the message is too large for the wire")]
    TooLarge,
}

impl Bus {
    /// Connects to NATS servers. `name` says in their lists who we are; `space` keeps clusters on one NATS apart.
    ///
    /// # Errors
    /// When no server answers, or it doesn't take our credentials: in words for an operator.
    #[cfg(feature = "nats")]
    pub async fn connect(config: &Config, name: &str, space: &str) -> Result<Self, crate::Error> {
        nats::Wire::connect(config, name, space).await.map(Self::Nats)
    }

    /// Runs something beside the wire: where that has a thread of its own, on that one, so that however much the
    /// rest of the server has to do, it does not wait.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        match self {
            #[cfg(feature = "nats")]
            Self::Nats(wire) => wire.spawn(task),
            _ => drop(tokio::spawn(task)),
        }
    }

    /// Hears everything for this node from now on, until the inbox is dropped.
    #[cfg_attr(not(feature = "nats"), expect(clippy::unused_async, reason = "a real wire subscribes"))]
    pub(crate) async fn listen(&self, run: Run) -> Result<Inbox, Lost> {
        let (messages, incoming) = mpsc::channel(INBOX_MAX);
        let (pulse, beats) = mpsc::channel(PULSES_MAX);
        let slots = Slots { messages, pulse };
        match self {
            Self::Silent => drop((run, slots)),
            #[cfg(feature = "nats")]
            Self::Nats(wire) => wire.listen(run, slots).await?,
            #[cfg(feature = "simulated")]
            Self::Simulated(wire) => wire.listen(run, slots),
        }
        Ok(Inbox { messages: incoming, pulse: beats })
    }

    /// Sends a message, once and without looking back. Waits at most a moment where the wire is stuffed, then
    /// drops it.
    #[cfg_attr(not(feature = "nats"), expect(clippy::unused_async, reason = "a real wire may be stuffed"))]
    pub(crate) async fn send(&self, from: Run, to: To, body: Bytes) -> Result<(), Lost> {
        match self {
            Self::Silent => {
                let _ = (from, to, body);
                Ok(())
            }
            #[cfg(feature = "nats")]
            Self::Nats(wire) => wire.send(to, body).await,
            #[cfg(feature = "simulated")]
            Self::Simulated(wire) => {
                wire.send(from, to, body);
                Ok(())
            }
        }
    }

    /// Asks a node and waits for its answer, at most so long.
    #[cfg_attr(
        not(any(feature = "nats", feature = "simulated")),
        expect(clippy::unused_async, reason = "a real wire answers")
    )]
    pub(crate) async fn ask(&self, from: Run, to: Run, body: Bytes, wait: Duration) -> Result<Bytes, Lost> {
        match self {
            Self::Silent => {
                let _ = (from, to, body, wait);
                Err(Lost::Nobody)
            }
            #[cfg(feature = "nats")]
            Self::Nats(wire) => wire.ask(to, body, wait).await,
            #[cfg(feature = "simulated")]
            Self::Simulated(wire) => wire.ask(from, to, body, wait).await,
        }
    }

    /// Answers a question.
    #[cfg_attr(not(feature = "nats"), expect(clippy::unused_async, reason = "a real wire may be stuffed"))]
    pub(crate) async fn answer(&self, reply: Reply, body: Bytes) {
        match (self, reply) {
            #[cfg(feature = "nats")]
            (Self::Nats(wire), Reply::Nats(to)) => wire.answer(to, body).await,
            #[cfg(feature = "simulated")]
            (_, Reply::Simulated(to)) => drop(to.send(body)),
            _ => drop(body),
        }
    }

    /// Nothing came back for a while: whatever the driver believes of its connection, it makes a new one.
    #[cfg_attr(not(feature = "nats"), expect(clippy::unused_async, reason = "only a real wire breaks"))]
    pub(crate) async fn reconnect(&self) {
        #[cfg(feature = "nats")]
        if let Self::Nats(wire) = self {
            wire.reconnect().await;
        }
    }
}
