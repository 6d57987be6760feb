//! Where the demonstration is played: who plays, what is called how, and in whose name something is done.

use super::{scene::Scene, script::broken};
use crate::{authentication::tables::Session, rooms, server, users::tables::User};
use actors::room::{Author, derived_id};
use engine::{Call, Called, Engine, Request, Result};
use schema::{
    caller::{ActorKind, Caller},
    change::Change,
    id::{Id, OrgId, UserId},
    room::RoomId,
    time::{Date, Timestamp},
};
use serde_json::Value;
use std::{collections::HashMap, sync::Arc};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// How long the players are signed in.
const SIGNED_IN_S: i64 = 600;
/// The zone that the demonstration's days are of.
const ZONE: &str = crate::users::tables::TIMEZONE;
const HOUR_S: i64 = 3_600;

/// Cheap to clone.
#[derive(Clone)]
pub struct Stage(Arc<Inner>);

struct Inner {
    engine: Engine,
    org: OrgId,
    opened_at: Timestamp,
    now: Timestamp,
    players: HashMap<String, Player>,
}

struct Player {
    user: User,
    caller: OnceCell<Caller>,
}

impl Stage {
    /// A stage for these people; `opened_at` is an instant that never changes, such as when their organization began.
    #[must_use]
    pub(super) fn new(engine: &Engine, org: OrgId, opened_at: Timestamp, people: &[User]) -> Self {
        let player = |user: &User| {
            let key = user.email.split('@').next().unwrap_or_default().to_owned();
            (key, Player { user: user.clone(), caller: OnceCell::new() })
        };
        let players = people.iter().map(player).collect();
        let now = engine.node().clock().now();
        Self(Arc::new(Inner { engine: engine.clone(), org, opened_at, now, players }))
    }

    /// The engine below.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// The organization.
    #[must_use]
    pub fn org(&self) -> OrgId {
        self.0.org
    }

    /// When this start plays.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.now
    }

    /// What something is called that the scripts name so: the same at each start.
    #[must_use]
    pub fn id<K>(&self, name: &str) -> Id<K> {
        Id::new(named(self.0.opened_at, self.0.org, name))
    }

    /// A day, counted from today. Instead of a weekend it is the Friday before where it has passed, else the Monday
    /// after: what lies behind stays behind.
    #[must_use]
    pub fn day(&self, from_today: i32) -> Date {
        let day = Date::at(self.0.now, ZONE).plus_days(from_today);
        match (day.civil().weekday().to_monday_zero_offset(), from_today < 0) {
            (5, true) => day.plus_days(-1),
            (6, true) => day.plus_days(-2),
            (5, false) => day.plus_days(2),
            (6, false) => day.plus_days(1),
            _ => day,
        }
    }

    /// A whole hour of a day.
    #[must_use]
    pub fn at(&self, from_today: i32, hour: i64) -> Timestamp {
        // The zone is at UTC all year round.
        Timestamp::from_ms(i64::from(self.day(from_today).days()) * 86_400_000).plus_seconds(hour * HOUR_S)
    }

    /// Somebody of the cast.
    ///
    /// # Errors
    /// When there is nobody of this name.
    pub fn person(&self, name: &str) -> Result<&User> {
        self.player(name).map(|player| &player.user)
    }

    fn player(&self, name: &str) -> Result<&Player> {
        self.0.players.get(name).ok_or_else(|| broken(&format!("nobody is called {name}")))
    }

    /// Their id.
    ///
    /// # Errors
    /// When there is nobody of this name.
    pub fn user(&self, name: &str) -> Result<UserId> {
        Ok(self.person(name)?.id)
    }

    /// Somebody as a caller, for rules; no call is let in as this.
    ///
    /// # Errors
    /// When there is nobody of this name.
    pub fn as_caller(&self, name: &str) -> Result<Caller> {
        let user = self.person(name)?;
        Ok(Caller { user: user.id, role: user.role, kind: ActorKind::User, ..Caller::system(user.org_id) })
    }

    /// The same, signed in for some minutes. No token of it leaves the server.
    ///
    /// # Errors
    /// When there is nobody of this name, or the commit is refused.
    pub async fn signed_in(&self, name: &str) -> Result<Caller> {
        let player = self.player(name)?;
        player.caller.get_or_try_init(|| self.sign_in(name, &player.user)).await.copied()
    }

    async fn sign_in(&self, name: &str, user: &User) -> Result<Caller> {
        let ends = self.now().plus_seconds(SIGNED_IN_S);
        let session = Session {
            id: self.engine().node().clock().new_id(),
            user_id: user.id,
            device_label: Some("Demo".to_owned()),
            native: true,
            last_used_at: self.now(),
            expires_at: ends,
            absolute_expires_at: Some(ends),
            ..Session::default()
        };
        let caller = Caller {
            session: session.id,
            token_version: user.token_version,
            expires_at: ends,
            ..self.as_caller(name)?
        };
        let mut change = Change::new();
        change.insert(session);
        change.unaudited();
        let author = Author::of(&caller, "Demo", None);
        server::commit(self.engine(), &rooms::of_user(user.id), author, change).await?;
        Ok(caller)
    }

    /// Asks something as somebody, outside of any scene.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn ask(&self, name: &str, operation: &str, input: Value) -> Result<Value> {
        let caller = Some(self.signed_in(name).await?);
        let (operation, request) = (operation.to_owned(), Request::default());
        let call = Call { caller, operation, input, key: None, if_match: None, request };
        self.engine().call(call).await.map(Called::into_reply).map(|reply| reply.body)
    }

    /// The scene of a name in a room, where an earlier start left it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn scene(&self, room: RoomId, name: &'static str) -> Result<Scene<'_>> {
        Scene::open(self, room, name).await
    }
}

/// An id that follows from what it is called.
pub(super) fn named(opened_at: Timestamp, org: OrgId, name: &str) -> Uuid {
    derived_id(opened_at, format!("demo\n{org}\n{name}").as_bytes())
}
