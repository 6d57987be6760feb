//! The rooms of people: one of each person's own, which nobody else hears, and those of an organization,
//! which nobody hears at all: they own what has no room of its own.

use crate::{notifications, users::tables::User};
use actors::{BoxFuture, Policy};
use engine::{Needs, Reader, Result, RoomKind, Standing};
use schema::{
    caller::{ActorKind, Caller},
    id::{OrgId, UserId},
    role::Role,
    room::RoomId,
    table::Table,
};
use serde_json::Value;

/// A person's own room: sign-ins, notifications, and the events that concern every device.
pub const USER: RoomKind = RoomKind {
    kind: "user",
    policy: Some(Policy { presence: false, hooks: false, whispers: &[] }),
    hears: Needs::Own,
    standing: towards_person,
    greeting: Some(greeting),
    joined: None,
    left: None,
};

/// A room of an organization, one for each module that needs one.
pub const ORG: RoomKind = RoomKind {
    kind: "org",
    policy: None,
    hears: Needs::Own,
    standing: towards_organization,
    greeting: None,
    joined: None,
    left: None,
};

/// The own room of a person.
#[must_use]
pub fn of_user(user: UserId) -> RoomId {
    RoomId::new("user", user.uuid())
}

fn towards_person<'a>(
    reader: &'a Reader,
    caller: &'a Caller,
    room: &'a RoomId,
) -> BoxFuture<'a, Result<Option<Standing>>> {
    Box::pin(async move {
        if caller.user.uuid() == room.id() {
            return Ok(Some(Standing::in_org(caller.org)));
        }
        // Whoever may do everything elsewhere would pass here too; but an inbox is heard by its person.
        if caller.role == Role::SuperAdministrator && caller.kind != ActorKind::System {
            return Ok(None);
        }
        let home = reader.home_of(User::SPEC, room.id()).await?;
        let org = home.map(|home| OrgId::new(home.id()));
        if caller.kind == ActorKind::System {
            // Whoever is not a caller yet presents a secret here, which says more than the room does.
            return Ok(Some(Standing::in_org(org.unwrap_or(caller.org))));
        }
        Ok(org.map(|org| Standing { own: false, open: false, ..Standing::in_org(org) }))
    })
}

fn towards_organization<'a>(
    _: &'a Reader,
    _: &'a Caller,
    room: &'a RoomId,
) -> BoxFuture<'a, Result<Option<Standing>>> {
    // What a caller may see of it depends on the record, so each operation filters for itself.
    Box::pin(async move { Ok(Some(Standing::in_org(OrgId::new(room.id())))) })
}

fn greeting<'a>(reader: &'a Reader, caller: &'a Caller, _: &'a RoomId) -> BoxFuture<'a, Result<Value>> {
    Box::pin(notifications::greeting(reader, caller.user))
}
