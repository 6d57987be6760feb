//! Going to where a room lives. Where rooms live on several nodes, an operation about one of them is carried out on the
//! node that homes it: the call is sent there as a value, under one command however often it is sent, and its answer
//! comes back as one.

use crate::{Called, Engine, Error, Request, Result, reaction::Cause};
use actors::Away;
use bytes::Bytes;
use schema::{caller::Caller, code::Code, codec, event::Envelope, id::UserId, reply::Reply, room::RoomId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a call waits for the home of its room: longer than a home that answers ever needs.
const ANSWER_WAIT: Duration = Duration::from_secs(10);
/// How long a call looks for a room that is moving. A node that was killed is missed within about four seconds.
const MOVING_WAIT: Duration = Duration::from_secs(6);
const PAUSE_MAX: Duration = Duration::from_millis(250);

/// A call under way to another node, already admitted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Passport {
    pub(crate) caller: Option<Caller>,
    pub(crate) operation: String,
    pub(crate) input: Value,
    /// What makes it one command. Reads have none.
    pub(crate) key: Option<String>,
    pub(crate) if_match: Option<u64>,
    pub(crate) request: Request,
    /// The room it is about, as it was found where the call came in: what is about to begin has its id.
    pub(crate) home: Option<RoomId>,
}

/// What one engine asks of another.
#[derive(Serialize, Deserialize)]
enum Errand {
    Call(Box<Passport>),
    React(Box<Stirred>),
    Redeem(String),
}

/// An event, and the rooms in which a rule acts on it there.
#[derive(Serialize, Deserialize)]
struct Stirred {
    rule: String,
    room: RoomId,
    seq: u64,
    event: Envelope,
    notify: Vec<UserId>,
    targets: Vec<RoomId>,
}

/// What comes back.
#[derive(Serialize, Deserialize)]
enum Brought {
    Called { reply: Reply, text: Option<Bytes>, replayed: bool },
    Reacted,
    Caller(Caller),
    Refused(Error),
}

impl Engine {
    /// Takes a call to where a room lives.
    pub(crate) async fn travel(&self, passport: Passport, to: RoomId, reads: bool) -> Result<Called> {
        metrics::counter!("calls_carried_total").increment(1);
        let errand = Errand::Call(Box::new(passport.clone()));
        let here = || async { Box::pin(self.receive(passport.clone())).await.map(Brought::from) };
        match self.send(errand, to, here).await {
            Ok(Brought::Called { reply, text, replayed }) => Ok(Called { reply, text, replayed }),
            Ok(_) => Err(nonsense()),
            Err(error) if reads && error.code() == Code::OutcomeUnknown => {
                Err(Error::new(Code::Draining, "the server that has this did not answer, try again"))
            }
            Err(error) => Err(error),
        }
    }

    /// Lets a rule act on an event in rooms that live together elsewhere.
    pub(crate) async fn react_there(&self, cause: &Cause, targets: Vec<RoomId>) -> Result<()> {
        let Some(to) = targets.first().cloned() else { return Ok(()) };
        let stirred = Stirred {
            rule: cause.rule.to_owned(),
            room: cause.room.clone(),
            seq: cause.seq,
            event: cause.event.clone(),
            notify: cause.notify.clone(),
            targets,
        };
        // They have moved here meanwhile: whoever tries again will notice.
        let here = || async { Err(Error::new(Code::Draining, "the rooms have moved")) };
        self.send(Errand::React(Box::new(stirred)), to, here).await.map(drop)
    }

    /// Takes a socket ticket: once, and only while it is fresh. It is kept where its person's room lives.
    ///
    /// # Errors
    /// `not-authenticated`.
    pub async fn redeem(&self, ticket: &str) -> Result<Caller> {
        let here = || async { self.identity().redeem(ticket).map(Brought::Caller) };
        let Some(room) = self.identity().ticket_room(ticket).filter(|room| !self.node().homes(room)) else {
            return self.identity().redeem(ticket);
        };
        match self.send(Errand::Redeem(ticket.to_owned()), room, here).await? {
            Brought::Caller(caller) => Ok(caller),
            _ => Err(nonsense()),
        }
    }

    /// Sends an errand to where a room lives, wherever that is by then, and waits for what it brings back.
    async fn send<F>(&self, errand: Errand, mut to: RoomId, here: impl Fn() -> F + Send) -> Result<Brought>
    where
        F: Future<Output = Result<Brought>> + Send,
    {
        let body = codec::to_bytes(&errand)?;
        let until = Instant::now() + MOVING_WAIT;
        let mut pause = Duration::from_millis(10);
        loop {
            let brought = if self.node().homes(&to) {
                here().await.unwrap_or_else(Brought::Refused)
            } else {
                match self.node().carry(&to, body.clone(), ANSWER_WAIT).await {
                    Ok(body) => codec::from_msgpack(&body)?,
                    Err(Away::Moving) => Brought::Refused(Error::elsewhere(to.clone())),
                    Err(Away::Unanswered) => {
                        return Err(Error::new(
                            Code::OutcomeUnknown,
                            "it may or may not have happened: repeat with the same key",
                        ));
                    }
                    Err(Away::TooLarge) => {
                        return Err(Error::new(Code::PayloadTooLarge, "this is too much at once"));
                    }
                }
            };
            let Brought::Refused(error) = brought else { return Ok(brought) };
            match error.place() {
                Some(place) if Instant::now() + pause < until => to = place.clone(),
                _ => return Err(error),
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Does what another engine asks for.
    pub(crate) async fn run_errand(&self, body: &[u8]) -> Bytes {
        let brought = match codec::from_msgpack::<Errand>(body) {
            Ok(Errand::Call(passport)) => Box::pin(self.receive(*passport)).await.map(Brought::from),
            Ok(Errand::React(stirred)) => self.react_here(*stirred).await.map(|()| Brought::Reacted),
            Ok(Errand::Redeem(ticket)) => self.identity().redeem(&ticket).map(Brought::Caller),
            Err(error) => {
                Err(Error::new(Code::Internal, "another server said what this one can't read").because(error))
            }
        };
        codec::to_bytes(&brought.unwrap_or_else(Brought::Refused)).unwrap_or_default()
    }

    async fn react_here(&self, stirred: Stirred) -> Result<()> {
        let Stirred { rule, room, seq, event, notify, targets } = stirred;
        let Some(reaction) = self.catalog().reactions().find(|reaction| reaction.name == rule) else {
            return Err(Error::new(Code::Draining, "this server is older and knows no such rule"));
        };
        let cause = Cause { rule: reaction.name, room, seq, event, notify };
        (reaction.run)(self, &cause, &targets).await
    }
}

impl From<Called> for Brought {
    fn from(called: Called) -> Self {
        let Called { reply, text, replayed } = called;
        Self::Called { reply, text, replayed }
    }
}

fn nonsense() -> Error {
    Error::new(Code::Internal, "something broke on our side")
        .because("another server answered something else")
}
