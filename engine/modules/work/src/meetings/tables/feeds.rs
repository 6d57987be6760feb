//! Calendar feeds: homed in the room of whoever subscribes.

use super::UserId;
use schema::row;

/// Somebody's calendar feed. Its secret is not stored: the server's key makes it of what is.
#[row(
    name = "calendar_feeds",
    id = 72,
    entity = "calendar_feed",
    home = "user",
    by = "user_id",
    key = "user_id",
    private
)]
pub struct CalendarFeed {
    /// Whose.
    pub user_id: UserId,
    /// Drawn anew with each secret.
    pub nonce: String,
    /// What a presented secret must hash to.
    pub secret_hash: String,
}
