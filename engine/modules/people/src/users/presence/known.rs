//! Who is there, kept in memory where each person's own room lives and nowhere else. A server that goes takes it along:
//! connections attach to the room's next home, and clients say again how their people are.

use super::state::{IDLE_S, Presence, State, Wish, own, rounded, shown};
use crate::{recent::Recent, rooms, users::tables::User};
use dashmap::DashMap;
use engine::{Call, Engine, Request};
use futures_util::{StreamExt as _, stream};
use parking_lot::Mutex;
use schema::{caller::Caller, id::UserId, room::RoomId, time::Timestamp};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use tracing::debug;

/// Whoever comes is shown after so long: a client has time to say first that its person is not to be seen.
const COMING_S: i64 = 2;
/// Whoever goes is there for so long: a page that is loaded again, or a server that was lost, is not told about.
const GOING_S: i64 = 10;
/// Activity travels to a person's home once in so many seconds at most: five minutes are what it is looked at for.
const NOTED_S: i64 = 60;
/// How often it is looked who has to be told about.
const PERIOD: Duration = Duration::from_secs(1);
/// People whose state is settled at once; each may cost a read.
const AT_ONCE: usize = 64;
/// People whose last activity is remembered after they went: some 4 MB.
const LEFT_MAX: usize = 100_000;
/// People of whom it is remembered that their activity was noted.
const NOTED_MAX: usize = 100_000;

/// What is known of people.
pub(crate) struct Presences {
    known: DashMap<UserId, Known>,
    /// Whom to look at again, and when.
    due: Mutex<BTreeSet<(Timestamp, UserId)>>,
    left: Recent<UserId, Timestamp>,
    noted: Recent<UserId, Timestamp>,
}

/// Somebody who is connected, or was until a moment ago.
#[derive(Clone, Copy)]
struct Known {
    wish: Wish,
    active_at: Timestamp,
    /// What others were told last.
    told: State,
    told_at: Timestamp,
    /// Until then nobody is told anything: they have just come.
    quiet_until: Timestamp,
    /// Until then they count as connected: they have just gone, or said how they are before they came.
    awaited_until: Timestamp,
    /// Whether they never want to be seen; read once, and again after their profile changed.
    hides: Option<bool>,
    /// How often it changed.
    profile: u32,
}

impl Known {
    const fn new(now: Timestamp) -> Self {
        Self {
            wish: Wish::Online,
            active_at: now,
            told: State::Offline,
            told_at: now,
            quiet_until: now.plus_seconds(COMING_S),
            awaited_until: now,
            hides: None,
            profile: 0,
        }
    }

    /// What others see, where they may see this person at all.
    fn shown(&self, is_present: bool, now: Timestamp) -> State {
        match shown(self.wish, self.active_at, now) {
            State::Offline => State::Offline,
            _ if now < self.quiet_until => self.told,
            state if is_present => state,
            _ if now < self.awaited_until => self.told,
            _ => State::Offline,
        }
    }
}

impl Presences {
    pub(crate) fn new() -> Self {
        Self {
            known: DashMap::new(),
            due: Mutex::default(),
            left: Recent::new(LEFT_MAX),
            noted: Recent::new(NOTED_MAX),
        }
    }

    /// Connections of somebody who lives here came or went.
    pub(crate) fn stirred(&self, engine: &Engine, user: UserId) {
        let now = engine.node().clock().now();
        if engine.node().is_present(user) {
            let mut fresh = false;
            self.known.entry(user).or_insert_with(|| {
                fresh = true;
                Known::new(now)
            });
            if fresh && engine.node().is_clustered() {
                // Another node may have known how they are, and is their home no longer.
                say(engine, &rooms::of_user(user), &json!({"name": "presence.asked"}));
            }
            self.look_again(user, now.plus_seconds(COMING_S));
        } else if let Some(mut known) = self.known.get_mut(&user) {
            known.awaited_until = now.plus_seconds(GOING_S);
            self.look_again(user, known.awaited_until);
        }
    }

    /// Whether somebody wants to be seen may have changed.
    pub(crate) fn reread(&self, engine: &Engine, user: UserId) {
        if let Some(mut known) = self.known.get_mut(&user) {
            known.hides = None;
            known.profile = known.profile.wrapping_add(1);
            self.look_again(user, engine.node().clock().now());
        }
    }

    /// Somebody did something on this node. Their home may be another.
    pub(crate) fn acted(&self, engine: &Engine, caller: &Caller) {
        let now = engine.node().clock().now();
        if self.noted.get(&caller.user).is_some_and(|at| now < at.plus_seconds(NOTED_S)) {
            return;
        }
        self.noted.put(caller.user, now);
        if engine.node().homes(&rooms::of_user(caller.user)) {
            return self.touch(caller.user, now);
        }
        let call = Call {
            caller: Some(*caller),
            operation: "SetPresence".to_owned(),
            input: json!({}),
            key: None,
            if_match: None,
            request: Request::default(),
        };
        let (engine, user) = (engine.clone(), caller.user);
        tokio::spawn(async move {
            if let Err(error) = engine.call(call).await {
                debug!(%user, %error, "activity was not noted");
            }
        });
    }

    /// Somebody who lives here did something.
    pub(super) fn touch(&self, user: UserId, now: Timestamp) {
        if let Some(mut known) = self.known.get_mut(&user) {
            // What who is not to be seen does, is not to be seen either.
            if known.wish != Wish::Invisible {
                known.active_at = now;
            }
            if known.told == State::Away {
                self.look_again(user, now);
            }
        }
    }

    /// Somebody who lives here says how they are.
    pub(super) fn wish(&self, user: UserId, wish: Wish, now: Timestamp) {
        let mut known = self.known.entry(user).or_insert_with(|| Known::new(now));
        if wish != Wish::Invisible {
            known.active_at = now;
        }
        known.wish = wish;
        known.quiet_until = now;
        // Who says so without a connection is forgotten unless one comes.
        known.awaited_until = now.plus_seconds(GOING_S);
        let until = known.awaited_until;
        drop(known);
        self.look_again(user, now);
        self.look_again(user, until);
    }

    /// What others see of somebody who lives here.
    pub(super) fn seen(&self, user: UserId, now: Timestamp) -> Presence {
        let Some(known) = self.known.get(&user).map(|known| *known) else {
            let last_activity_at = self.left.get(&user).map(rounded);
            return Presence { user_id: user, state: State::Offline, last_activity_at, at: now };
        };
        let last_activity_at = Some(rounded(known.active_at)).filter(|_| known.hides == Some(false));
        Presence { user_id: user, state: known.told, last_activity_at, at: known.told_at }
    }

    /// What somebody who lives here sees of themselves.
    pub(super) fn own(&self, user: UserId, now: Timestamp) -> Presence {
        let known = self.known.get(&user).map(|known| *known);
        let state = known.map(|known| own(known.wish, known.active_at, now));
        Presence { state: state.unwrap_or_default(), ..self.seen(user, now) }
    }

    fn look_again(&self, user: UserId, at: Timestamp) {
        self.due.lock().insert((at, user));
    }

    /// Everybody who is due by now.
    fn take_due(&self, now: Timestamp) -> BTreeSet<UserId> {
        let mut due = self.due.lock();
        let later = due.split_off(&(Timestamp::from_ms(now.ms() + 1), UserId::NIL));
        std::mem::replace(&mut *due, later).into_iter().map(|(_, user)| user).collect()
    }

    /// Tells whoever watches, as long as the engine serves.
    pub(super) async fn keep(&self, engine: &Engine) {
        while !engine.is_draining() {
            let due = self.take_due(engine.node().clock().now());
            stream::iter(due).for_each_concurrent(AT_ONCE, |user| self.settle(engine, user)).await;
            tokio::time::sleep(PERIOD).await;
        }
    }

    async fn settle(&self, engine: &Engine, user: UserId) {
        let now = engine.node().clock().now();
        if !engine.node().homes(&rooms::of_user(user)) {
            self.known.remove(&user);
            return;
        }
        let Some(before) = self.known.get(&user).map(|known| *known) else { return };
        let hides_now = match before.hides {
            Some(hides) => Some(hides),
            None => read(engine, user).await,
        };
        // Who can't be read is not shown, until they can.
        let hides = hides_now.unwrap_or(true);
        let present = engine.node().is_present(user);
        let state = if hides { State::Offline } else { before.shown(present, now) };
        // A wish or a profile that changed meanwhile is due by itself.
        if let Some(mut known) = self.known.get_mut(&user) {
            if known.profile == before.profile {
                known.hides = hides_now;
            }
            if state != before.told {
                (known.told, known.told_at) = (state, now);
            }
        }
        if state != before.told {
            say(engine, &of_person(user), &difference(before.told, self.seen(user, now)));
        }
        if state == State::Online {
            self.look_again(user, before.active_at.plus_seconds(IDLE_S));
        }
        if !present && now >= before.awaited_until {
            self.known.remove(&user);
            if !hides {
                self.left.put(user, before.active_at);
            }
        }
    }
}

/// Whether somebody wishes not to be seen; nothing where it can't be read at this moment.
async fn read(engine: &Engine, user: UserId) -> Option<bool> {
    let row = engine.reader().find::<User>(user.cast()).await.ok()?;
    Some(row.is_none_or(|user| user.hides_presence))
}

/// The room in which it is whispered how somebody is.
pub(super) fn of_person(user: UserId) -> RoomId {
    RoomId::new("presence", user.uuid())
}

/// Whispers something in a room, in nobody's name.
pub(super) fn say(engine: &Engine, room: &RoomId, d: &Value) {
    engine.node().audiences().whisper(room, 0, d.clone());
}

fn difference(before: State, now: Presence) -> Value {
    let who = [now.user_id];
    let (came, went) = (before == State::Offline, now.state == State::Offline);
    json!({
        "name": "presence.diff",
        "joined": if came { &who[..] } else { &[] },
        "left": if went { &who[..] } else { &[] },
        "changed": [now],
    })
}
