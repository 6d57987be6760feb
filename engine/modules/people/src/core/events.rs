//! What is told of comments, and to whom.

use super::tables::Comment;
use engine::{EventKind, Words};
use schema::{
    change::{Change, Slot, Telling},
    id::UserId,
};
use serde_json::{Value, json};

/// Somebody wrote something about a record.
pub const CREATED: &str = "core.comment.created";
/// Its words were changed.
pub const EDITED: &str = "core.comment.edited";
/// What it says was settled, or not after all.
pub const RESOLVED: &str = "core.comment.resolved";
/// It was removed.
pub const DELETED: &str = "core.comment.deleted";
/// The organization calls itself otherwise, or counts by other rules.
pub const ORGANIZATION_UPDATED: &str = "core.organization.updated";

/// Work was asked for, or must be taken up again.
pub const JOB_QUEUED: &str = "core.job.queued";
/// Work came along.
pub const JOB_PROGRESS: &str = "core.job.progress";
/// Work is over: done, failed or called off.
pub const JOB_FINISHED: &str = "core.job.finished";

/// What people read in their inbox.
pub(super) static KINDS: &[EventKind] = &[EventKind {
    name: CREATED,
    category: "user",
    severity: "normal",
    link: "{link}",
    fr: Words { title: "{actor} a commenté « {title} »", body: "{excerpt}" },
    en: Words { title: "{actor} commented on “{title}”", body: "{excerpt}" },
}];

/// Characters of a comment that an inbox shows.
const EXCERPT: usize = 160;

/// Tells what became of a comment on a record of this title and page, to these people.
pub(super) fn comment<'a>(
    change: &'a mut Change,
    name: &'static str,
    slot: Slot<Comment>,
    (title, link): (&str, &str),
    told: Vec<UserId>,
) -> Telling<'a> {
    let (title, link) = (title.to_owned(), link.to_owned());
    let telling = change.tell(name, slot).saying(move |filled| {
        let Some(comment) = filled.get(slot) else { return Value::Null };
        json!({
            "title": title,
            "link": link,
            "entity": {"type": comment.entity_type, "id": comment.entity_id},
            "excerpt": comment.body.chars().take(EXCERPT).collect::<String>(),
            "comment": comment,
        })
    });
    telling.notify(told)
}
