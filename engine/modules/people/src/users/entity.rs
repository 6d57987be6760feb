//! A person, as other records name them.

use super::home;
use actors::BoxFuture;
use engine::{Context, EntityKind, Error, Result, Seen};
use schema::{code::Code, id::UserId};
use uuid::Uuid;

/// Somebody of the caller's organization. Who they are called is no secret there.
pub(super) const PERSON: EntityKind = EntityKind {
    name: "user",
    columns: &[
        "user_id",
        "owner_id",
        "assignee_id",
        "reporter_id",
        "organizer_id",
        "author_id",
        "sender_id",
        "recipient_id",
        "actor_id",
        "manager_id",
        "created_by",
        "updated_by",
    ],
    seen,
    watchers: |_, _| Box::pin(async { Ok(Vec::new()) }),
};

fn seen(cx: &Context, id: Uuid) -> BoxFuture<'_, Result<Option<Seen>>> {
    Box::pin(async move {
        let user = UserId::new(id);
        let level = cx.engine().identity().level(cx, &cx.caller, super::MODULE.name).await?;
        match super::name_of(cx, cx.caller.org, user).await {
            Ok(title) => Ok(Some(Seen {
                title,
                link: format!("/people/{id}"),
                room: home(cx.caller.org),
                hidden: &[],
                moderates: false,
                // What was done to an account names what it holds.
                traced: user == cx.caller.user || level.manage,
            })),
            Err(error) if error.code() == Code::NotFound => Ok(None),
            Err(error) => Err::<_, Error>(error),
        }
    })
}
