//! Commits made by the server itself, past the operations but through the rooms: markers, and what fills a server for
//! measuring or for showing around.

use actors::room::Author;
use engine::{Engine, Result};
use schema::{change::Change, room::RoomId};

/// Commits a change under a name nobody else uses.
///
/// # Errors
/// When the commit is refused.
pub(crate) async fn commit(engine: &Engine, room: &RoomId, author: Author, change: Change) -> Result<()> {
    engine.node().directory().commit_own(room, author, change).await?;
    Ok(())
}
