//! Comments. Each lives in the room of the record it is about, whatever kind that is: it is told there, in order with
//! what happens to the record, and heard by those who hear of it.

use schema::{
    id::{Id, UserId},
    room::RoomId,
    row,
    time::Timestamp,
};
use uuid::Uuid;

/// A comment's id.
pub type CommentId = Id<Comment>;

/// What somebody wrote about a record. Removed while it has answers, it stays as a tombstone without its words.
#[row(name = "comments", id = 39, entity = "comment", home = "*", by = "room", find)]
#[table(index(name = "of_entity", within = "entity_id", sort = "created_at", carry = "all but room"))]
#[table(index(name = "answers", within = "parent_id", sort = "created_at", when = "is_answer"))]
#[table(words = "body")]
pub struct Comment {
    /// The room of the record.
    pub room: RoomId,
    /// The record's type.
    pub entity_type: String,
    /// The record.
    pub entity_id: Uuid,
    /// Who wrote it.
    pub author_id: UserId,
    /// Markdown without raw HTML, up to 10,000 characters.
    pub body: String,
    /// The comment it answers, which is itself no answer.
    pub parent_id: Option<CommentId>,
    /// Who is meant.
    pub mention_ids: Vec<UserId>,
    /// When its words were changed.
    pub edited_at: Option<Timestamp>,
    /// When what it says was settled.
    pub resolved_at: Option<Timestamp>,
    /// When it was removed.
    pub deleted_at: Option<Timestamp>,
}

impl Comment {
    /// True while it answers another.
    #[must_use]
    pub const fn is_answer(&self) -> bool {
        self.parent_id.is_some()
    }
}
