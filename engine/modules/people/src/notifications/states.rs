//! What may be said of one notification, and the row that follows. Pure: the row, the inbox and a wish in, the row out.

use super::tables::{Inbox, Notification};
use schema::time::Timestamp;

impl Notification {
    /// The row with what the inbox says of it: read together with others, or not.
    #[must_use]
    pub fn settled(&self, inbox: &Inbox) -> Self {
        Self { read_at: self.read_at.or_else(|| inbox.read_at(self)), ..self.clone() }
    }

    /// Read at this instant, unless it was read before.
    #[must_use]
    pub fn read(&self, inbox: &Inbox, at: Timestamp) -> Self {
        let settled = self.settled(inbox);
        Self { read_at: settled.read_at.or(Some(at)), ..settled }
    }

    /// Unread again, whatever was read at once before.
    #[must_use]
    pub fn unread_again(&self, inbox: &Inbox) -> Self {
        Self { read_at: None, turn: inbox.turn, ..self.clone() }
    }

    /// Out of sight for the counts until an instant.
    #[must_use]
    pub fn snoozed(&self, inbox: &Inbox, until: Timestamp) -> Self {
        Self { snoozed_until: Some(until), ..self.settled(inbox) }
    }

    /// Back from the snooze: what was read at once meanwhile was not this.
    #[must_use]
    pub fn woken(&self, inbox: &Inbox) -> Self {
        if self.snoozed_until.is_none() {
            return self.clone();
        }
        Self { snoozed_until: None, turn: inbox.turn, ..self.clone() }
    }

    /// Put aside at this instant.
    #[must_use]
    pub fn aside(&self, inbox: &Inbox, at: Timestamp) -> Self {
        let settled = self.settled(inbox);
        Self { archived_at: settled.archived_at.or(Some(at)), ..settled }
    }

    /// No longer put aside: what was read at once meanwhile was not this.
    #[must_use]
    pub fn back_in_sight(&self, inbox: &Inbox) -> Self {
        if self.archived_at.is_none() {
            return self.clone();
        }
        Self { archived_at: None, turn: inbox.turn, ..self.clone() }
    }
}
