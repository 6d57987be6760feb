//! The record that is talked about, as its module shows it, and who of those that are meant may know of it.

use crate::users;
use engine::{Context, EntityKind, Error, Result, Seen};
use schema::{
    caller::{ActorKind, Caller},
    id::UserId,
};
use uuid::Uuid;

/// The record, as the caller sees it.
///
/// # Errors
/// `validation` for a type that nobody knows, `not-found` for a record that the caller may not know of.
pub(super) async fn record(cx: &Context, kind: &str, id: Uuid) -> Result<Seen> {
    seen(cx, kind, id).await?.ok_or_else(|| Error::not_found(kind))
}

/// People who want to know what is said about it.
///
/// # Errors
/// As [`record`].
pub(super) async fn watchers(cx: &Context, kind: &str, id: Uuid) -> Result<Vec<UserId>> {
    (entity(cx, kind)?.watchers)(cx, id).await
}

async fn seen(cx: &Context, kind: &str, id: Uuid) -> Result<Option<Seen>> {
    (entity(cx, kind)?.seen)(cx, id).await
}

fn entity<'a>(cx: &'a Context, kind: &str) -> Result<&'a EntityKind> {
    let entity = cx.engine().catalog().entity(kind);
    entity.ok_or_else(|| Error::field("/entity_type", "unknown", "there is no such type of record"))
}

/// Those of these people who may know of the record: nobody else learns that it is talked about.
///
/// # Errors
/// When the store fails.
pub(super) async fn readers(cx: &Context, kind: &str, id: Uuid, people: &[UserId]) -> Result<Vec<UserId>> {
    let mut readers: Vec<UserId> = Vec::new();
    for person in people.iter().filter(|person| **person != cx.caller.user) {
        let Ok(user) = users::active(cx, cx.caller.org, *person).await else { continue };
        // They are asked for themselves, whatever the caller came with.
        let caller = Caller { user: *person, role: user.role, kind: ActorKind::User, ..cx.caller };
        if !readers.contains(person) && seen(&cx.engine().context_of(caller), kind, id).await?.is_some() {
            readers.push(*person);
        }
    }
    Ok(readers)
}
