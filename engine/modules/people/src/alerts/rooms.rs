//! The rooms of administrators, one for each topic, so that each is without a gap for those who hear it. The platform's
//! belong to no organization: their id is nil, and super administrators alone hear them.

use crate::users::{self, rights};
use actors::{BoxFuture, Policy};
use engine::{Needs, Reader, Result, RoomKind, Standing};
use schema::{
    caller::{ActorKind, Caller},
    id::OrgId,
    role::Role,
    room::RoomId,
    words,
};

/// What stands before the first colon.
const KIND: &str = "system";
/// The modules of which somebody must be in charge to hear these rooms.
const IN_CHARGE_OF: [&str; 2] = ["core", "users"];
/// Whoever is in charge.
pub(super) const OPERATOR: &str = "operator";

/// What a room of administrators is about.
#[words]
pub enum Topic {
    /// Locks, stolen tokens, rights given away.
    Security,
    /// How the servers are.
    Health,
    /// What runs in the background.
    Jobs,
    /// New accounts.
    Signups,
}

/// One room for each topic of an organization.
pub const SYSTEM: RoomKind = RoomKind {
    kind: KIND,
    policy: Some(Policy { presence: false, hooks: false, whispers: &[] }),
    hears: Needs::Member(&[OPERATOR]),
    standing,
    greeting: None,
    joined: None,
    left: None,
};

/// The room of a topic in an organization.
#[must_use]
pub fn of(org: OrgId, topic: Topic) -> RoomId {
    RoomId::with_topic(KIND, org.uuid(), topic.word())
}

/// The room of a topic for the platform as a whole.
#[must_use]
pub fn platform(topic: Topic) -> RoomId {
    of(OrgId::NIL, topic)
}

/// Every such room that there is for a caller; whether they may hear it is asked when they join it.
pub fn open_to(caller: &Caller) -> impl Iterator<Item = RoomId> {
    let everywhere = (caller.role == Role::SuperAdministrator).then_some(OrgId::NIL);
    let orgs = [caller.org].into_iter().chain(everywhere);
    orgs.flat_map(|org| Topic::ALL.iter().map(move |topic| of(org, *topic)))
}

fn standing<'a>(
    reader: &'a Reader,
    caller: &'a Caller,
    room: &'a RoomId,
) -> BoxFuture<'a, Result<Option<Standing>>> {
    Box::pin(async move {
        if !Topic::ALL.iter().any(|topic| topic.word() == room.topic()) {
            return Ok(None);
        }
        let org = OrgId::new(room.id());
        let role = is_in_charge(reader, caller, org).await?.then(|| OPERATOR.to_owned());
        Ok(Some(Standing { role, ..Standing::in_org(org) }))
    })
}

/// Whether somebody manages one of these modules there.
async fn is_in_charge(reader: &Reader, caller: &Caller, org: OrgId) -> Result<bool> {
    if caller.org != org || caller.kind != ActorKind::User {
        // Whoever may do everything everywhere, and the server itself, are not asked.
        return Ok(false);
    }
    let user = users::find(reader, org, caller.user).await?;
    let of_role = rights::of_role(reader, org, user.role).await?;
    let (now, of_role) = (reader.now(), of_role.as_ref());
    let manages = |module: &&str| {
        let (level, _) = rights::rules::level_of(user.role, of_role, &user.overrides, module, now);
        level.manage
    };
    Ok(user.is_active() && IN_CHARGE_OF.iter().any(manages))
}
