//! Whom people report to: a line from each person upward that ends somewhere.

use super::tables::User;
use engine::{Context, Error, Result};
use schema::{change::Change, id::UserId};

/// The longest line that is followed: no organization has so many ranks.
const RANKS_MAX: usize = 50;

/// Refuses a manager who is not there, not active, or who reports to this very person. The line that was looked at
/// is what the decision leans on.
///
/// # Errors
/// `validation` at `/manager_id`, `rule-violation` for a circle.
pub(super) async fn may_report_to(
    cx: &Context,
    change: &mut Change,
    person: UserId,
    manager: UserId,
) -> Result<()> {
    let unknown = |_| Error::field("/manager_id", "unknown", "nobody active of this organization");
    let mut above: User = super::active(cx, cx.caller.org, manager).await.map_err(unknown)?;
    for _ in 0..RANKS_MAX {
        if above.id == person {
            return Err(Error::rule("nobody reports to themselves, not even through others"));
        }
        change.relies_on(&above);
        let Some(next) = above.manager_id else { return Ok(()) };
        above = super::find(cx, cx.caller.org, next).await?;
    }
    Err(Error::rule(format!("a line of more than {RANKS_MAX} ranks ends nowhere")))
}
