//! Who is asking: the identity that every call and every socket carries.

use crate::{
    id::{OrgId, SessionId, UserId},
    role::Role,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// What kind of actor did something.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A signed-in person.
    User,
    /// The server itself: a reaction, a timer, the first start.
    System,
    /// A program with an API key.
    ApiKey,
}

/// A verified identity. Small and copied freely.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Caller {
    /// The person; nil for the server itself.
    pub user: UserId,
    /// The organization whose rows may be seen.
    pub org: OrgId,
    /// The global role.
    pub role: Role,
    /// The sign-in, so that it can be ended; nil for the server itself.
    pub session: SessionId,
    /// Credential version: a token of an older one is refused.
    pub token_version: u64,
    /// When the token ends.
    pub expires_at: Timestamp,
    /// A person, a program or the server.
    pub kind: ActorKind,
}

impl Caller {
    /// The server acting inside one organization.
    #[must_use]
    pub const fn system(org: OrgId) -> Self {
        Self {
            user: UserId::NIL,
            org,
            role: Role::SuperAdministrator,
            session: SessionId::NIL,
            token_version: 0,
            expires_at: Timestamp::from_ms(i64::MAX),
            kind: ActorKind::System,
        }
    }

    /// The person, when it is one.
    #[must_use]
    pub fn actor_id(&self) -> Option<UserId> {
        (self.kind != ActorKind::System).then_some(self.user)
    }
}
