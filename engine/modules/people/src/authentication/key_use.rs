//! When a program's key was last used: written at most once an hour, because a program may call many times a second.

use super::tables::ApiKey;
use crate::{recent::Recent, rooms};
use engine::{Call, Context, Empty, Endpoint, Engine, Needs, Outcome, Request, Result, Route, Scope};
use schema::{
    caller::Caller,
    change::Change,
    id::{Id, SessionId, UserId},
    operation,
    reply::Reply,
    time::Timestamp,
};
use serde_json::json;
use tracing::debug;

/// How long a use stands for those after it.
const HOUR_S: i64 = 3_600;
/// Keys of which a node remembers that their use is written down.
const NOTED_MAX: usize = 100_000;

/// The keys whose use this node has had written down lately.
pub(super) struct KeyUses(Recent<SessionId, Timestamp>);

impl KeyUses {
    pub(super) fn new() -> Self {
        Self(Recent::new(NOTED_MAX))
    }

    /// A program used its key. It is written down behind its back: no call waits for that.
    pub(super) fn note(&self, engine: &Engine, caller: &Caller) {
        let now = engine.node().clock().now();
        if self.0.get(&caller.session).is_some_and(|at| now < at.plus_seconds(HOUR_S)) {
            return;
        }
        self.0.put(caller.session, now);
        let call = Call {
            caller: Some(Caller::system(caller.org)),
            operation: "NoteKeyUse".to_owned(),
            input: json!({"key_id": caller.session, "user_id": caller.user}),
            key: None,
            if_match: None,
            request: Request::default(),
        };
        let (engine, key) = (engine.clone(), caller.session);
        tokio::spawn(async move {
            if let Err(error) = engine.call(call).await {
                debug!(%key, %error, "the use of a key was not noted");
            }
        });
    }
}

/// Notes that a key is in use, once an hour at most. The server does so when a program calls.
#[operation]
pub(super) struct NoteKeyUse {
    /// The key.
    key_id: Id<ApiKey>,
    /// Whose it is.
    user_id: UserId,
}

impl Endpoint for NoteKeyUse {
    const ROUTE: Route = Route::post("/api-keys/{key_id}/use/")
        .tells_nobody("when a key was used is looked up by those who wonder");
    const NEEDS: Needs = Needs::Own;
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(rooms::of_user(self.user_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let row: ApiKey = cx.here(self.key_id).await?;
        let now = cx.now();
        if row.last_used_at.is_some_and(|at| now < at.plus_seconds(HOUR_S)) {
            return Ok(Outcome::Answer(Reply::empty()));
        }
        let mut change = Change::new();
        change.update(&row, ApiKey { last_used_at: Some(now), ..row.clone() });
        change.unaudited();
        Ok(Outcome::Commit(change))
    }
}
