//! Who sees how somebody is: whoever reads all people, and whoever has something in common with them: a department, a
//! project, a meeting. Only up here all of that is known.

use crate::{
    meetings::tables::{Attendee, MeetingId},
    projects::tables::{ProjectId, ProjectMember},
};
use actors::{BoxFuture, Policy};
use engine::{Action, Module, Needs, Reader, Result, RoomKind, Standing};
use people::users::{self, tables::User};
use schema::{caller::Caller, id::UserId, key::KeyWriter, room::RoomId, table::Table};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Projects and meetings of one person that are looked at, the latest first.
const IN_COMMON_MAX: usize = 500;

/// A room beside each person, in which it is whispered how they are.
pub(crate) const PRESENCE: RoomKind = RoomKind {
    kind: "presence",
    policy: Some(Policy { presence: false, hooks: false, whispers: &[] }),
    hears: Needs::Level(Action::Read),
    standing,
    greeting: None,
    joined: None,
    left: None,
};

/// A piece of the module of people that stands up here: it has a room and nothing else.
pub(crate) static MODULE: Module = Module {
    name: "users",
    base: "/api/v1/users",
    endpoints: &[],
    tables: &[],
    rooms: &[PRESENCE],
    sockets: &[],
    events: &[],
    reactions: &[],
    entities: &[],
    jobs: &[],
    commands: &[],
};

fn standing<'a>(
    reader: &'a Reader,
    caller: &'a Caller,
    room: &'a RoomId,
) -> BoxFuture<'a, Result<Option<Standing>>> {
    Box::pin(async move {
        let them = UserId::new(room.id());
        let home = reader.home_of(User::SPEC, room.id()).await?;
        let Some(org) = home.map(|home| schema::id::OrgId::new(home.id())) else { return Ok(None) };
        let user = users::find(reader, org, them).await?;
        if !user.is_kept() {
            return Ok(None);
        }
        let own = caller.user == them;
        let open = own || (org == caller.org && knows(reader, caller, &user).await?);
        Ok(Some(Standing { own, open, ..Standing::in_org(org) }))
    })
}

/// Whether the caller has something in common with somebody of the same organization.
async fn knows(reader: &Reader, caller: &Caller, them: &User) -> Result<bool> {
    if them.is_active_staff() {
        // Anybody may need to turn to them.
        return Ok(true);
    }
    let me = users::find(reader, caller.org, caller.user).await?;
    if me.department_id.is_some() && me.department_id == them.department_id {
        return Ok(true);
    }
    Ok(share::<ProjectMember, ProjectId>(reader, "mine", "project_id", caller.user, them.id).await?
        || share::<Attendee, MeetingId>(reader, "calendar", "meeting_id", caller.user, them.id).await?)
}

/// Whether two people are in one container.
async fn share<T: Table, C: DeserializeOwned + Eq + Send>(
    reader: &Reader,
    index: &str,
    column: &str,
    one: UserId,
    other: UserId,
) -> Result<bool> {
    let mine: Vec<C> = containers::<T, C>(reader, index, column, one).await?;
    if mine.is_empty() {
        return Ok(false);
    }
    let theirs: Vec<C> = containers::<T, C>(reader, index, column, other).await?;
    Ok(theirs.iter().any(|container| mine.contains(container)))
}

async fn containers<T: Table, C: DeserializeOwned>(
    reader: &Reader,
    index: &str,
    column: &str,
    user: UserId,
) -> Result<Vec<C>> {
    let within = KeyWriter::new().with(&user);
    let entries = reader.index::<T>(index, within, IN_COMMON_MAX, |range| range.backward()).await?;
    let id = |mut entry: Value| entry.get_mut(column).map(Value::take);
    Ok(entries.into_iter().filter_map(id).filter_map(|id| serde_json::from_value(id).ok()).collect())
}
