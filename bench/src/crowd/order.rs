//! What the harness asks of a crowd, and what a crowd reports: one JSON object a line, down its standard
//! input and up its standard output. Orders are carried out one after another, each answered once;
//! progress comes unasked in between.

use super::account::{Account, Row};
use crate::{histogram::Histogram, schedule::Schedule, seats::Share};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::SocketAddr};

/// Something that a crowd does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    /// Bring everybody in. Whoever was there before leaves, and all measurements begin anew.
    Arrive(Arrival),
    /// Talk by an open schedule; answered when the schedule has ended, whatever was answered to it.
    Speak(Speech),
    /// Wait until everything said was answered and everybody has heard their rooms up to the head.
    Settle(Settling),
    /// The slow stop reading.
    Stall,
    /// The slow read again.
    Wake,
    /// Everybody's connection is cut at once, except those of the first few.
    Cut {
        /// How many people stay.
        keep: usize,
    },
    /// Whoever was cut comes back, each after a wait of their own.
    Return,
    /// Every acknowledged message is looked for in the history over REST.
    Verify,
    /// Tell everything that was measured since the arrival, or since it began anew.
    Tell,
    /// Everybody stays, and all measurements begin anew.
    Anew,
}

/// Which rooms people listen to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Room {
    /// `user:{id}`, the person's own.
    Inbox,
    /// `project:{id}`: people create tasks in it, where they attend no meeting.
    Project,
    /// `meeting:{id}`: people speak in it.
    Meeting,
}

/// What stands at the other end of the connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wire {
    /// The server, with handshake, signing in and joins.
    Session,
    /// The bare loop: a connection, and frames.
    Bare,
}

/// How a crowd arrives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Arrival {
    /// Where the servers are.
    pub(crate) servers: Vec<SocketAddr>,
    /// What speaks there.
    pub(crate) wire: Wire,
    /// Who comes.
    pub(crate) share: Share,
    /// What they listen to.
    pub(crate) rooms: Vec<Room>,
    /// How many may be at the door at a time.
    pub(crate) at_once: usize,
    /// The last so many of the crowd can be made to stop reading; their receive buffer is small.
    pub(crate) slow: usize,
    /// Whether people come back by themselves after a connection ended.
    pub(crate) returns: bool,
    /// Distinguishes this run's messages from those of other runs.
    pub(crate) tag: u64,
    /// When to give up waiting for the last ones, in milliseconds.
    pub(crate) limit_ms: u64,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Speakers {
    /// Each message is said by anybody.
    Everyone,
    /// All are said by the first person of the crowd.
    First,
    /// This crowd only listens, and learns when the talk begins.
    Nobody,
}

/// A talk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Speech {
    /// When messages are meant to be said.
    pub(crate) schedule: Schedule,
    /// When the schedule begins, microseconds since the Unix epoch: the same for all crowds.
    pub(crate) starts_at_us: u64,
    /// The size of each message's text.
    pub(crate) body_bytes: usize,
    /// Who says them.
    pub(crate) speakers: Speakers,
}

/// What to wait for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Settling {
    /// Heads that another crowd knows of.
    pub(crate) heads: BTreeMap<String, u64>,
    /// When to give up, in milliseconds.
    pub(crate) limit_ms: u64,
}

/// What a crowd says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Report {
    /// How it goes, several times a second, unasked.
    Progress(Progress),
    /// Everybody is in, or the time is over.
    Arrived(Box<Arrived>),
    /// The schedule has ended.
    Spoken(Spoken),
    /// Everybody is level, or the time is over.
    Settled(Settled),
    /// A change of behaviour took effect.
    Done,
    /// The history was compared.
    Verified(Kept),
    /// Everything that was measured.
    Told(Box<Account>),
    /// The order could not be carried out.
    Failed {
        /// Why.
        why: String,
    },
}

/// A moment in the life of a crowd; counts run since the arrival.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// The moment, microseconds since the Unix epoch.
    pub(crate) at_us: u64,
    /// People who are in.
    pub(crate) connected: u64,
    /// People who are in, were answered, and have heard all that is known to have been said.
    pub(crate) level: u64,
    /// Messages said.
    pub(crate) said: u64,
    /// Messages acknowledged.
    pub(crate) answered: u64,
    /// Events heard.
    pub(crate) heard: u64,
}

/// How arriving went.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Arrived {
    /// People who are in.
    pub(crate) arrived: u64,
    /// People who should be.
    pub(crate) expected: u64,
    /// How long it took until the last one was in, in microseconds.
    pub(crate) took_us: u64,
    /// From connecting to the 101.
    pub(crate) opened: Histogram,
    /// From connecting to the hello.
    pub(crate) greeted: Histogram,
    /// From connecting to the answer of the last join.
    pub(crate) joined: Histogram,
    /// Why attempts failed, with their number.
    pub(crate) turned_away: BTreeMap<String, u64>,
}

/// How speaking went.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Spoken {
    /// Messages said.
    pub(crate) said: u64,
    /// How much later than intended the generator said them. Its own lateness is part of every latency,
    /// and stands here so that it can be told from the server's.
    pub(crate) lateness: Histogram,
}

/// How settling went.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Settled {
    /// When the last one became level, microseconds since the Unix epoch; `None` when it did not happen.
    pub(crate) level_at_us: Option<u64>,
    /// What is known of the rooms that people speak in.
    pub(crate) heads: BTreeMap<String, u64>,
}

/// What became of the acknowledged messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Messages whose acknowledgement was received.
    pub(crate) acknowledged: u64,
    /// Of those: in the history exactly once, under the acknowledged id and number.
    pub(crate) found: u64,
    /// Of those: not in the history.
    pub(crate) lost: u64,
    /// Messages that stand in the history more than once, acknowledged or not.
    pub(crate) twice: u64,
}

/// The rows of messages whose hearers are spread over crowds, by the crowd that said them.
pub(crate) type Rows = BTreeMap<u16, Vec<Row>>;
