//! What a frame of the server does to a person: the whole client side of the protocol, and none of its
//! input and output. Everything heard is examined before it is counted.

use super::{
    hall::Hall,
    ledger::Acknowledged,
    member::{Listening, Member, Phase},
    nodes::LEAVING,
    order::Wire,
};
use crate::{
    client::{
        frame::{self, Fault, Frame, Opcode},
        handshake::Refusal,
        heard::{Heard, Joined, Posted, chat_body, created_task},
        said,
    },
    clock::now_us,
    stamp::Stamp,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::{io, rc::Rc, time::Duration};
use tokio::task::spawn_local;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum End {
    /// The server closed it with this code.
    #[error("close {0}")]
    Closed(u16),
    /// The handshake was not accepted.
    #[error("refused at the door: {0}")]
    Refused(#[from] Refusal),
    /// The bytes are no frames.
    #[error("broken frames: {0}")]
    Broken(#[from] Fault),
    /// Signing in or joining was refused.
    #[error("{asked} refused: {status} {code}")]
    Denied {
        /// What was asked for.
        asked: &'static str,
        /// The HTTP status.
        status: u64,
        /// The problem code.
        code: Box<str>,
    },
    /// Coming in took too long.
    #[error("not in after {0:?}")]
    Late(Duration),
    /// The system ended it.
    #[error("{0}")]
    System(io::ErrorKind),
}

impl End {
    /// Whether coming back would meet the same end.
    pub(crate) const fn is_final(&self) -> bool {
        match self {
            Self::Broken(_) | Self::Refused(Refusal::Broken(_)) => true,
            Self::Refused(Refusal::Status(status)) => matches!(status, 400..=428),
            Self::Denied { status, .. } => matches!(status, 400..=428),
            Self::Closed(_) | Self::Late(_) | Self::System(_) => false,
        }
    }
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        Self::System(error.kind())
    }
}

/// How long to wait before saying again what was refused for the moment.
const SAY_AGAIN_AFTER: Duration = Duration::from_millis(250);

impl Member {
    /// Hears what was read, and says how many bytes of it were whole.
    ///
    /// # Errors
    /// When the connection has ended, or can't go on.
    pub(crate) fn hear(self: &Rc<Self>, hall: &Rc<Hall>, bytes: &[u8]) -> Result<usize, End> {
        // One reading of the clock for all frames of one read: they came at the same time.
        let now = now_us();
        let mut rest = bytes;
        if self.phase.get() == Phase::Upgrading {
            let Some(frames) = hall.handshake.check(rest)? else { return Ok(0) };
            hall.arrived.borrow_mut().opened.record(now.saturating_sub(self.began_us.get()));
            rest = frames;
            self.sign_in();
        }
        while let Some((Frame { opcode, payload }, after)) = frame::split(rest)? {
            match opcode {
                Opcode::Binary => self.told(hall, payload, now)?,
                Opcode::Ping => {
                    let mut answer = Vec::new();
                    said::pong(&mut answer, payload);
                    self.say(&answer);
                }
                Opcode::Close => return Err(End::Closed(frame::close_code(payload))),
                Opcode::Pong => {}
                Opcode::Text => hall.odd("text", payload),
            }
            rest = after;
        }
        let used = bytes.len() - rest.len();
        hall.account.borrow_mut().bytes_read += u64::try_from(used).unwrap_or_default();
        Ok(used)
    }

    fn told(self: &Rc<Self>, hall: &Rc<Hall>, payload: &[u8], now: u64) -> Result<(), End> {
        match Heard::read(payload) {
            Some(Heard::Event { room, seq, d }) => self.event(hall, room, seq, d, now, payload),
            Some(Heard::Reply { reference, d }) => self.reply(hall, reference, d, now),
            Some(Heard::Error { reference, status, code }) => {
                return self.refused(hall, reference, status, code);
            }
            Some(Heard::Hello) => {
                hall.arrived.borrow_mut().greeted.record(now.saturating_sub(self.began_us.get()));
                self.join_all();
            }
            Some(Heard::Resync { room, seq }) => {
                let faults = &mut hall.account.borrow_mut().faults;
                if let Some(listening) = find(&mut self.listening.borrow_mut(), room) {
                    listening.cursor.resynced(seq, faults);
                }
            }
            Some(Heard::Revoked) => hall.account.borrow_mut().faults.revoked += 1,
            Some(Heard::GoAway { after_ms }) => {
                self.stay_away_ms.set(Some(after_ms));
                if let Some(node) = self.at.get() {
                    hall.nodes.shut(node, LEAVING);
                }
            }
            Some(Heard::Aside) => {}
            None => hall.odd("a frame", payload),
        }
        Ok(())
    }

    fn event(&self, hall: &Hall, room: &str, seq: u64, d: &[u8], now: u64, payload: &[u8]) {
        let mut account = hall.account.borrow_mut();
        account.deliveries += 1;
        if hall.arrival.wire == Wire::Session {
            match find(&mut self.listening.borrow_mut(), room) {
                Some(listening) => {
                    listening.cursor.heard(seq, &mut account.faults);
                    hall.rooms.raise(listening.room, seq);
                }
                None => account.faults.strays += 1,
            }
        }
        if self.makes_tasks() {
            drop(account);
            if let Some(task) = created_task(d).and_then(|id| id.parse().ok()) {
                hall.heard_of(self, task, now);
            }
            return;
        }
        let Some(stamp) = chat_body(d).and_then(Stamp::read) else { return };
        if account.sample.is_none() {
            account.sample = Some(STANDARD.encode(payload));
        }
        drop(account);
        hall.heard(self, stamp, now);
    }

    fn reply(&self, hall: &Hall, reference: &str, d: &[u8], now: u64) {
        let (asked, number) = reference.split_at_checked(1).unwrap_or_default();
        match (asked, number.parse()) {
            ("j", Ok(place)) => self.joined(hall, place, d),
            ("m", Ok(number)) => self.answered(hall, number, d, now),
            _ => {}
        }
    }

    fn joined(&self, hall: &Hall, place: u32, d: &[u8]) {
        let mut all = self.listening.borrow_mut();
        let listening = usize::try_from(place).ok().and_then(|place| all.get_mut(place));
        let (Some(answer), Some(listening)) = (Joined::read(d), listening) else {
            hall.odd("the answer to a join", d);
            return;
        };
        let faults = &mut hall.account.borrow_mut().faults;
        listening.cursor.joined(answer.epoch, answer.seq, answer.missed, faults);
        hall.rooms.raise(listening.room, answer.seq);
        drop(all);
        self.phase.set(match self.phase.get() {
            Phase::Joining(1) => Phase::In,
            Phase::Joining(more) => Phase::Joining(more - 1),
            other => other,
        });
    }

    fn answered(&self, hall: &Hall, number: u32, d: &[u8], now: u64) {
        let posted = Posted::read(d).and_then(|posted| Some((posted, posted.id.parse().ok()?)));
        let (Some(stamp), Some((posted, id)), Some(room)) =
            (self.unanswered(number), posted, self.room_spoken_in())
        else {
            hall.odd("the answer to a message", d);
            return;
        };
        self.let_go(stamp);
        if matches!(posted.status, 200..300) {
            hall.rooms.raise(room, posted.seq);
            hall.ledger.borrow_mut().acknowledge(Acknowledged { stamp, room, id, seq: posted.seq });
            if self.makes_tasks() {
                hall.made(self, id, stamp);
            }
            let latency = now.saturating_sub(stamp.intended_us);
            hall.account.borrow_mut().answered.record(stamp.intended_us, latency);
        } else {
            let mut account = hall.account.borrow_mut();
            *account.refusals.entry(posted.status.to_string()).or_default() += 1;
            account.given_up += 1;
        }
    }

    /// An operation was refused. 503, a running twin and an outcome that is not known mean "again, with the same
    /// key"; signing in and joining end the connection; another refusal of a message is final.
    fn refused(
        self: &Rc<Self>,
        hall: &Rc<Hall>,
        reference: &str,
        status: u64,
        code: &str,
    ) -> Result<(), End> {
        let (asked, number) = reference.split_at_checked(1).unwrap_or_default();
        let denied = |asked| Err(End::Denied { asked, status, code: code.into() });
        match (asked, number.parse().ok().and_then(|number| self.unanswered(number))) {
            ("a", _) => return denied("auth"),
            ("j", _) => return denied("join"),
            ("m", Some(stamp)) => {
                *hall.account.borrow_mut().refusals.entry(format!("{status} {code}")).or_default() += 1;
                if status == 503 || matches!(code, "idempotency-in-progress" | "outcome-unknown") {
                    let (member, hall) = (Rc::clone(self), Rc::clone(hall));
                    spawn_local(async move {
                        tokio::time::sleep(SAY_AGAIN_AFTER).await;
                        member.send(stamp, hall.arrival.tag, hall.body_bytes.get());
                    });
                } else {
                    hall.account.borrow_mut().given_up += 1;
                    self.let_go(stamp);
                }
            }
            _ => hall.odd("a refusal of nothing asked for", code.as_bytes()),
        }
        Ok(())
    }
}

fn find<'a>(all: &'a mut [Listening], room: &str) -> Option<&'a mut Listening> {
    all.iter_mut().find(|listening| &*listening.name == room)
}
