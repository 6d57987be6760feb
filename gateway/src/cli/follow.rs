//! Following one room through every interruption: reconnect with full jitter, resume where it was, drop
//! what was heard already.

use super::{Failure, connect::Connect};
use gateway::client::{Error, Socket};
use schema::{
    clock::Clock,
    frame::{Kind, Response},
    room::RoomId,
};
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

const WAIT_LEAST_MS: u64 = 500;
const WAIT_MOST_MS: u64 = 30_000;
/// The server closes who is silent for a minute.
const PING_EVERY: Duration = Duration::from_secs(25);
/// A server that says nothing for so long, not even a pong, is gone without having said so.
const SILENT: Duration = Duration::from_secs(60);

/// A room that is followed.
pub(super) struct Follow {
    connect: Connect,
    clock: Clock,
    /// `None` until the first greeting: then the person's own.
    room: Option<RoomId>,
    epoch: Option<String>,
    last: Option<u64>,
    socket: Option<Socket>,
    attempts: u32,
    heard_at: Instant,
    ping_at: Instant,
    /// How long the server asked to stay away.
    stay_away: Option<Duration>,
    was_in: bool,
}

/// What there is to tell.
pub(super) enum Told {
    /// The room is listened to, from its event of this number on.
    Joined { room: RoomId, seq: u64, missed: u64 },
    /// The connection broke; the next attempt is made after this time.
    Interrupted { reason: String, wait: Duration },
    /// A frame of the room.
    Frame(Response),
}

impl Follow {
    /// Follows a room, from after an event or from now on.
    pub(super) fn new(connect: Connect, room: Option<RoomId>, after: Option<u64>) -> Self {
        let now = Instant::now();
        Self {
            connect,
            clock: Clock::system(),
            room,
            epoch: None,
            last: after,
            socket: None,
            attempts: 0,
            heard_at: now,
            ping_at: now,
            stay_away: None,
            was_in: false,
        }
    }

    /// The next thing to tell.
    ///
    /// # Errors
    /// When the first attempt fails, or the room may not be heard: trying again would not help.
    pub(super) async fn next(&mut self) -> Result<Told, Failure> {
        loop {
            let Some(mut socket) = self.socket.take() else { return self.come_in().await };
            match self.listen(&mut socket).await {
                Ok(Some(frame)) => {
                    self.socket = Some(socket);
                    if let Some(told) = self.take(frame) {
                        return Ok(told);
                    }
                }
                Ok(None) => self.socket = Some(socket),
                Err(error) => return Ok(self.interrupted(&error)),
            }
        }
    }

    async fn come_in(&mut self) -> Result<Told, Failure> {
        if self.attempts > 0 {
            sleep(self.stay_away.take().unwrap_or_default()).await;
        }
        let entered = self.enter().await;
        match entered {
            Ok(told) => {
                (self.attempts, self.was_in) = (0, true);
                Ok(told)
            }
            Err(error) if self.was_in && worth_repeating(&error) => Ok(self.interrupted(&error.to_string())),
            Err(error) => Err(error),
        }
    }

    async fn enter(&mut self) -> Result<Told, Failure> {
        let (mut socket, hello) = self.connect.socket().await?;
        let own = || {
            let user = hello.get("user_id").and_then(Value::as_str)?;
            format!("user:{user}").parse().ok()
        };
        let room: RoomId = self.room.clone().or_else(own).ok_or("the server did not say who you are")?;
        self.room = Some(room.clone());
        let from = self.last.map(|last| (self.epoch.clone(), last));
        let joined = match &from {
            Some((Some(epoch), last)) => socket.join(&room, Some((epoch, *last))).await?,
            Some((None, last)) => socket.join_after(&room, *last).await?,
            None => socket.join(&room, None).await?,
        };
        let number = |name: &str| joined.get(name).and_then(Value::as_u64).unwrap_or_default();
        self.epoch = joined.get("epoch").and_then(Value::as_str).map(str::to_owned);
        self.last.get_or_insert(number("seq"));
        self.heard_at = Instant::now();
        self.ping_at = self.heard_at + PING_EVERY;
        self.socket = Some(socket);
        Ok(Told::Joined { room, seq: number("seq"), missed: number("missed") })
    }

    async fn listen(&mut self, socket: &mut Socket) -> Result<Option<Response>, String> {
        tokio::select! {
            frame = socket.next() => {
                self.heard_at = Instant::now();
                frame.map(Some).map_err(|error| error.to_string())
            }
            () = sleep_until(self.ping_at) => {
                if self.heard_at.elapsed() > SILENT {
                    return Err("the server is silent".into());
                }
                self.ping_at = Instant::now() + PING_EVERY;
                socket.ping().await.map(|()| None).map_err(|error| error.to_string())
            }
        }
    }

    fn take(&mut self, frame: Response) -> Option<Told> {
        match (frame.t, frame.seq) {
            (Kind::Goaway, _) => {
                let after = frame.d.get("after_ms").and_then(Value::as_u64).unwrap_or(WAIT_LEAST_MS);
                self.stay_away = Some(Duration::from_millis(after));
                return None;
            }
            // At least once: what was heard already is dropped.
            (Kind::Event, Some(seq)) if self.last.is_some_and(|last| seq <= last) => return None,
            (Kind::Event, seq) => self.last = seq.or(self.last),
            (Kind::Resync, _) => self.last = frame.d.get("seq").and_then(Value::as_u64).or(self.last),
            _ => {}
        }
        Some(Told::Frame(frame))
    }

    /// Full jitter: the whole wait is chance, so that many clients don't come back together.
    fn interrupted(&mut self, reason: &impl ToString) -> Told {
        let most = (WAIT_LEAST_MS << self.attempts.min(10)).min(WAIT_MOST_MS);
        self.attempts += 1;
        let wait = self
            .stay_away
            .take()
            .unwrap_or_else(|| Duration::from_millis(WAIT_LEAST_MS / 2 + self.clock.below(most)));
        self.stay_away = Some(wait);
        Told::Interrupted { reason: reason.to_string(), wait }
    }
}

/// A refusal by the caller's own fault stays one.
fn worth_repeating(error: &Failure) -> bool {
    match error.downcast_ref::<Error>() {
        Some(Error::Refused(problem)) => problem.status >= 500 || problem.status == 429,
        Some(Error::Closed { code, .. }) => !matches!(code, 4001 | 4003 | 4004 | 4009),
        Some(Error::Unreachable { .. }) => true,
        _ => false,
    }
}
