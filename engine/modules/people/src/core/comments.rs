//! Comments on any record: list, write, edit or settle, remove.

use super::{
    discussing::{readers, record, watchers},
    events,
    rules::{self, Editor},
    tables::{Comment, CommentId},
};
use engine::{
    Context, Created, Empty, Endpoint, Error, Listed, Listing, Needs, Outcome, Param, Query, Record, Result,
    Route, Scope,
};
use schema::{
    caller::Caller,
    change::Change,
    code::Code,
    id::UserId,
    key::KeyWriter,
    operation,
    patch::Edit,
    table::Table as _,
    text::{Line, Markdown},
};
use serde_json::json;
use uuid::Uuid;

/// The comments on one record, the oldest first.
static COMMENTS: Listing = Listing {
    spec: Comment::SPEC,
    sorts: &[("created_at", "of_entity")],
    filters: &["author_id", "parent_id", "resolved_at", "created_at"],
};

/// Which record is asked about.
const RECORD: &[Param] = &[
    Param { name: "entity_type", format: "text", help: "The record's type, such as `task`.", required: true },
    Param { name: "entity_id", format: "uuid", help: "The record.", required: true },
];

/// Lists the comments on a record.
#[operation]
pub(super) struct ListComments {
    /// `entity_type`, `entity_id`, filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListComments {
    const ROUTE: Route = Route::get("/comments/");
    const NEEDS: Needs = Needs::Auth;
    const LISTING: Option<&'static Listing> = Some(&COMMENTS);
    const ASKS: &'static [Param] = RECORD;
    type Output = Listed<Comment>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let (kind, id) = asked(cx, &self.query)?;
        record(cx, &kind, id).await?;
        let query = crate::query::rewritten(&self.query, |members| {
            members.retain(|name, _| !["entity_type", "entity_id"].contains(&name.as_str()));
        })?;
        Outcome::ok(&COMMENTS.page(cx, KeyWriter::new().with(&schema::id::Id::<()>::new(id)), &query).await?)
    }
}

/// The record that a query names.
///
/// # Errors
/// `invalid-filter` where it names none.
pub(super) fn asked(cx: &Context, query: &Query) -> Result<(String, Uuid)> {
    let missing = || Error::new(Code::InvalidFilter, "say which record: entity_type and entity_id");
    let kind = query.get("entity_type").ok_or_else(missing)?;
    if cx.engine().catalog().entity(kind).is_none() {
        return Err(Error::new(Code::InvalidFilter, "entity_type: there is no such type of record"));
    }
    let id = query.parsed::<Uuid>("entity_id")?.ok_or_else(missing)?;
    Ok((kind.to_owned(), id))
}

/// Writes a comment on a record, or answers one. Those who follow the record and those who are meant are told.
#[operation]
pub(super) struct CreateComment {
    /// The record's type, such as `task`.
    entity_type: Line<40>,
    /// The record.
    entity_id: Uuid,
    /// The words, in Markdown.
    body: Markdown,
    /// The comment it answers.
    parent_id: Option<CommentId>,
    /// Who is meant.
    #[serde(default)]
    #[garde(length(max = 50))]
    mention_ids: Vec<UserId>,
}

impl Endpoint for CreateComment {
    const ROUTE: Route = Route::post("/comments/").tells(&[events::CREATED]).refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::Auth;
    type Output = Created<Comment>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Entity(self.entity_type.owned(), self.entity_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let (kind, id) = (self.entity_type.text(), self.entity_id);
        let seen = record(cx, kind, id).await?;
        if self.body.text().trim().is_empty() {
            return Err(Error::field("/body", "required", "must not be blank"));
        }
        let mut change = Change::new();
        let mut interested = watchers(cx, kind, id).await?;
        if let Some(parent) = self.parent_id {
            let parent = self.answered(cx, parent).await?;
            change.relies_on(&parent);
            interested.push(parent.author_id);
        }
        interested.extend(&self.mention_ids);
        let told = readers(cx, kind, id, &interested).await?;
        let slot = change.insert(Comment {
            id: cx.clock().new_id(),
            org_id: cx.caller.org,
            room: seen.room,
            entity_type: kind.to_owned(),
            entity_id: id,
            author_id: cx.caller.user,
            body: self.body.owned(),
            parent_id: self.parent_id,
            mention_ids: self.mention_ids.clone(),
            ..Comment::default()
        });
        events::comment(&mut change, events::CREATED, slot, (&seen.title, &seen.link), told);
        change.reply_created(slot);
        Ok(Outcome::Commit(change))
    }
}

impl CreateComment {
    /// The comment that is answered: one on the same record, and itself no answer.
    async fn answered(&self, cx: &Context, id: CommentId) -> Result<Comment> {
        let parent: Option<Comment> = cx.by_id(cx.room()?, id).await?;
        let parent = parent.filter(|parent| parent.entity_id == self.entity_id);
        let parent = parent.ok_or_else(|| {
            Error::field("/parent_id", "unknown", "there is no such comment on this record")
        })?;
        if parent.is_answer() {
            return Err(Error::field("/parent_id", "too_deep", "answer the comment that this one answers"));
        }
        Ok(parent)
    }
}

/// Changes the words of one's own comment within a quarter of an hour, or settles what one says.
#[operation]
pub(super) struct EditComment {
    /// The comment.
    comment_id: CommentId,
    /// The words, in Markdown.
    body: Edit<Markdown>,
    /// Whether what it says is settled.
    resolved: Edit<bool>,
}

impl Endpoint for EditComment {
    const ROUTE: Route = Route::patch("/comments/{comment_id}/")
        .tells(&[events::EDITED, events::RESOLVED])
        .refuses(&[Code::RuleViolation, Code::Forbidden]);
    const NEEDS: Needs = Needs::Auth;
    type Output = Record<Comment>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.comment_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let (old, seen) = known(cx, self.comment_id).await?;
        let editor = Editor { user: cx.caller.user, moderates: seen.moderates };
        let mut new = old.clone();
        if let Some(body) = self.body.value().filter(|body| body.text() != old.body) {
            if body.text().trim().is_empty() {
                return Err(Error::field("/body", "required", "must not be blank"));
            }
            new = rules::reword(&old, editor, body.owned(), cx.now())?;
        }
        if let Some(resolved) = self.resolved.value() {
            new = rules::resolve(&new, editor, *resolved, cx.now())?;
        }
        if new == old {
            return Outcome::record(&old, old.version);
        }
        let name = if new.body == old.body { events::RESOLVED } else { events::EDITED };
        let mut change = Change::new();
        let slot = change.update(&old, new);
        events::comment(&mut change, name, slot, (&seen.title, &seen.link), Vec::new());
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

/// A comment, and the record it is about, if the caller may still know of that.
async fn known(cx: &Context, id: CommentId) -> Result<(Comment, engine::Seen)> {
    let comment = cx.here(id).await?;
    let seen = record(cx, &comment.entity_type, comment.entity_id).await;
    Ok((comment, seen.map_err(|_| Error::not_found("comment"))?))
}

/// Removes a comment: its author, and who keeps order. One that has answers stays without its words.
#[operation]
pub(super) struct DeleteComment {
    /// The comment.
    comment_id: CommentId,
}

impl Endpoint for DeleteComment {
    const ROUTE: Route =
        Route::delete("/comments/{comment_id}/").tells(&[events::DELETED]).refuses(&[Code::Forbidden]);
    const NEEDS: Needs = Needs::Auth;
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.comment_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let (old, seen) = known(cx, self.comment_id).await?;
        let editor = Editor { user: cx.caller.user, moderates: seen.moderates };
        let gone = rules::tombstone(&old, editor, cx.now())?;
        let within = KeyWriter::new().with(&Some(old.id));
        let answers: Vec<CommentId> = cx.column::<Comment, _>("answers", within, "id", 1).await?;
        let mut change = Change::new();
        let slot = if answers.is_empty() { change.remove(&old) } else { change.update(&old, gone) };
        // Told without its words either way.
        let said = json!({"title": seen.title, "entity": {"type": old.entity_type, "id": old.entity_id}});
        let _ = change.tell(events::DELETED, slot).saying(move |_| said.clone());
        Ok(Outcome::Commit(change))
    }
}
