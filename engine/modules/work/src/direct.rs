//! Commits made by the server itself, past the operations but through the rooms: what fills a server for
//! measuring or for showing around.

use actors::{own::Command, room::Author};
use engine::{Engine, Result};
use schema::{
    caller::ActorKind,
    change::Change,
    id::{OrgId, UserId},
    role::Role,
    room::RoomId,
};

/// The server as author.
pub(crate) const fn server(org: OrgId, action: &'static str) -> Author {
    Author {
        org,
        user: None,
        kind: ActorKind::System,
        role: Role::SuperAdministrator,
        action,
        request_id: None,
    }
}

/// Commits a change under a name nobody else uses.
///
/// # Errors
/// When the commit is refused.
pub(crate) async fn commit(engine: &Engine, room: &RoomId, author: Author, change: Change) -> Result<()> {
    let key = Command::fresh_key(engine.node().clock());
    let command = Command { caller: UserId::NIL, key, hash: [0; 32] };
    engine.node().directory().commit(room, command, author, change).await?;
    Ok(())
}
