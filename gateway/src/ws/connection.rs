//! One connection as its parts share it: the outbox that rooms write to, the inbox, and who it is. A crowd
//! of quiet ones is the usual case, so whatever is rare is boxed and whatever can be looked up is not kept.

use super::{
    Config, entrance,
    handshake::{Opening, Wish},
    inbox::Inbox,
    pace::{Pace, Verdict},
    parser::Rules,
    pump::Pump,
};
use crate::door::Guest;
use actors::{
    outbox::{Close, Line, Outbox},
    session::Handle,
};
use bytes::Bytes;
use engine::{Engine, Error};
use parking_lot::Mutex;
use schema::{
    caller::Caller,
    codec::Codec,
    frame::{self, Response},
};
use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};
use tokio::net::TcpStream;

/// Signing in failed, or did not come.
pub(super) const NOT_SIGNED_IN: Close = Close { code: 4001, reason: "not authenticated" };
/// How far two clocks may differ, in seconds.
const SKEW_S: u32 = 30;

/// The shared side of one connection.
pub(super) struct Connection {
    pub(super) guest: Guest,
    pub(super) outbox: Arc<Outbox>,
    pub(super) inbox: Inbox,
    pub(super) ip: IpAddr,
    pub(super) french: bool,
    /// It brought a ticket, and signs in by that.
    invited: bool,
    over: AtomicBool,
    /// Seconds since the epoch; 0 before signing in.
    expires_at_s: AtomicU32,
    pub(super) user_agent: Option<Box<str>>,
    caller: Mutex<Option<Caller>>,
    wish: Mutex<Option<Box<Wish>>>,
    manners: Mutex<Manners>,
}

/// How this client has been behaving.
#[derive(Default)]
struct Manners {
    pace: Pace,
    /// When it last whispered, by kind.
    whispered: Vec<(&'static str, i64)>,
}

/// Makes a connection of a stream whose handshake was answered; `read` came with the handshake's last bytes.
pub(crate) fn open(guest: Guest, stream: TcpStream, read: Bytes, opening: Opening) {
    let node = guest.engine.node();
    let number = node.sessions().next_connection();
    let bytes_max = node.config().outbox_bytes_max;
    let outbox = Outbox::new(number, opening.codec, Line::Tcp(stream), bytes_max, node.now_s());
    let pass = opening.pass;
    let invited = pass.is_some();
    let connection = Arc::new(Connection {
        outbox: Arc::new(outbox),
        inbox: if invited { Inbox::at_work() } else { Inbox::default() },
        ip: opening.ip,
        french: opening.french,
        invited,
        over: AtomicBool::new(false),
        expires_at_s: AtomicU32::new(0),
        user_agent: opening.user_agent,
        caller: Mutex::new(None),
        wish: Mutex::new((opening.wish != Wish::Nothing).then(|| Box::new(opening.wish))),
        manners: Mutex::default(),
        guest,
    });
    if let Some(pass) = pass {
        tokio::spawn(entrance::by_pass(Arc::clone(&connection), pass));
    }
    tokio::spawn(Pump::new(connection, read));
}

impl Connection {
    pub(super) fn engine(&self) -> &Engine {
        &self.guest.engine
    }

    pub(super) fn config(&self) -> &Config {
        &self.guest.config.socket
    }

    /// Milliseconds since the epoch.
    pub(super) fn now_ms(&self) -> i64 {
        self.engine().node().clock().now().ms()
    }

    /// Who it is, once it is signed in.
    pub(super) fn caller(&self) -> Option<Caller> {
        *self.caller.lock()
    }

    pub(super) fn sign_in(&self, caller: Caller) {
        let expires = u32::try_from(caller.expires_at.seconds()).unwrap_or(u32::MAX).max(1);
        self.expires_at_s.store(expires, Ordering::Release);
        *self.caller.lock() = Some(caller);
    }

    pub(super) fn is_signed_in(&self) -> bool {
        self.expires_at_s.load(Ordering::Acquire) != 0
    }

    /// What it may send. A stranger's message is held while it is incomplete, so it may not be large.
    pub(super) fn rules(&self) -> Rules {
        let (config, codec) = (self.config(), self.outbox.codec);
        let known = self.invited || self.is_signed_in();
        let message_bytes_max = if known { config.message_bytes_max } else { config.frame_bytes_max };
        Rules { text: codec == Codec::Json, message_bytes_max, fragments_max: config.fragments_max }
    }

    /// Whether the sign-in is over. Looked at whenever the client is heard, which is at least every
    /// heartbeat: no connection needs a timer for it.
    pub(super) fn has_expired(&self, now_s: u32) -> bool {
        let expires = self.expires_at_s.load(Ordering::Acquire);
        expires != 0 && now_s > expires.saturating_add(SKEW_S)
    }

    /// The session's actor, while there is one.
    pub(super) fn session(&self) -> Option<Handle> {
        self.engine().node().sessions().get(self.outbox.id)
    }

    /// Where it wants to go by itself; told once.
    pub(super) fn take_wish(&self) -> Wish {
        self.wish.lock().take().map_or(Wish::Nothing, |wish| *wish)
    }

    /// Whether another operation may be asked for now.
    pub(super) fn pace(&self) -> Verdict {
        if !self.guest.limits.are_on() {
            return Verdict::Go;
        }
        self.manners.lock().pace.take(self.now_ms(), self.config())
    }

    /// Whether a whisper of this kind may be sent now.
    pub(super) fn may_whisper(&self, kind: &'static str) -> bool {
        let (now, every) = (self.now_ms(), self.config().whisper_every_ms);
        let mut manners = self.manners.lock();
        match manners.whispered.iter_mut().find(|(whispered, _)| *whispered == kind) {
            Some((_, at)) if now.saturating_sub(*at) < every => false,
            Some((_, at)) => {
                *at = now;
                true
            }
            None => {
                manners.whispered.push((kind, now));
                true
            }
        }
    }

    /// Sends a frame that may not be lost.
    pub(super) fn send(&self, response: &Response) {
        let codec = self.outbox.codec;
        if let Ok(payload) = codec.encode(response) {
            self.outbox.insist(&frame::message(codec, &payload));
        }
    }

    /// The same for the reply to a change, which its sender's own event follows within moments: both go out
    /// together if whoever tells it, and was asked to before the reply was made, gets there first.
    pub(super) async fn send_with_event(&self, response: &Response) {
        let codec = self.outbox.codec;
        if let Ok(payload) = codec.encode(response) {
            self.outbox.insist_soon(frame::message(codec, &payload));
            tokio::task::yield_now().await;
            self.outbox.release();
        }
    }

    /// Refuses a request.
    pub(super) fn refuse(&self, reference: Option<String>, error: &Error) {
        self.send(&Response::refusal(reference, self.now_ms(), &error.problem(self.french)));
    }

    /// Refuses a request and ends the connection.
    pub(super) fn turn_away(&self, reference: Option<String>, error: &Error, close: Close) {
        self.refuse(reference, error);
        self.outbox.close(close);
    }

    /// Ends the session: nothing is delivered or handled any more. Safe to repeat.
    pub(super) fn leave(&self) {
        self.over.store(true, Ordering::SeqCst);
        self.inbox.end();
        self.engine().node().sessions().remove(self.outbox.id);
    }

    /// True once [`Connection::leave`] was called. Whoever opens a session looks here afterwards: either
    /// it sees this, or `leave` sees the session.
    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }
}
