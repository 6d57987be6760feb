//! What a decision over a person needs: the row, who else administers, and the guards that make two
//! decisions at once notice each other.

use super::{rules::Decision, tables::User};
use engine::{Context, Result};
use schema::{change::Change, id::UserId, key::KeyWriter};
use serde_json::Value;

/// Administrators looked at: one of each kind is enough for every rule, so a handful is plenty.
const ADMINISTRATORS_MAX: usize = 8;

/// A person about to be decided over.
pub(super) struct Case {
    pub(super) user: User,
    others: Vec<User>,
}

impl Case {
    pub(super) async fn open(cx: &Context, id: UserId) -> Result<Self> {
        let user = super::find(cx, cx.caller.org, id).await?;
        let mut others = Vec::new();
        if user.is_active_administrator() {
            let within = KeyWriter::new().with(&cx.caller.org);
            // Super administrators sort last: read backward, they come first.
            let entries =
                cx.index::<User>("administrators", within, ADMINISTRATORS_MAX, |range| range.backward());
            for entry in entries.await? {
                let id: Option<UserId> =
                    entry.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok());
                if let Some(id) = id.filter(|id| *id != user.id) {
                    others.push(super::find(cx, cx.caller.org, id).await?);
                }
            }
        }
        Ok(Self { user, others })
    }

    pub(super) fn decision(&self, cx: &Context) -> Decision<'_> {
        Decision { by: cx.caller.actor_id(), role: cx.caller.role, others: &self.others }
    }

    /// The first who stays: if that changes meanwhile, so may the decision.
    pub(super) fn guard(&self, change: &mut Change) {
        for other in self.others.iter().take(1) {
            change.relies_on(other);
        }
    }
}
