//! People of an organization: who they are, what their role lets them do, whether they may sign in.
//! How they prove it is the business of authentication.

pub(crate) mod card;
mod create;
mod decide;
pub mod departments;
pub mod details;
mod directory;
mod entity;
pub mod events;
mod grants;
mod invitations;
pub mod matrix;
pub mod presence;
mod profile;
mod reports;
pub mod rights;
mod role;
pub mod rules;
mod search;
pub mod skills;
mod stats;
pub mod status;
pub mod tables;
mod transition;
mod trash;

use engine::{Error, Module, Reader, Result, op};
use schema::{
    id::{OrgId, UserId},
    key::KeyWriter,
    room::RoomId,
    table::Table,
    time::Date,
};
use tables::{Organization, User};

/// The face of the module.
pub static MODULE: Module = Module {
    name: "users",
    base: "/api/v1/users",
    endpoints: &[
        op::<create::CreateUser>(),
        op::<directory::ListUsers>(),
        op::<profile::ShowProfile>(),
        op::<profile::EditProfile>(),
        op::<search::SearchUsers>(),
        op::<presence::ListPresence>(),
        op::<presence::SetPresence>(),
        op::<stats::CountUsers>(),
        op::<rights::ListRoles>(),
        op::<rights::ShowMatrix>(),
        op::<rights::EditRoleLevels>(),
        op::<invitations::ListInvitations>(),
        op::<invitations::InviteUsers>(),
        op::<invitations::AcceptInvitation>(),
        op::<invitations::ResendInvitation>(),
        op::<invitations::RevokeInvitation>(),
        op::<departments::ListDepartments>(),
        op::<departments::CreateDepartment>(),
        op::<departments::ShowDepartment>(),
        op::<departments::EditDepartment>(),
        op::<departments::DeleteDepartment>(),
        op::<departments::ListDepartmentMembers>(),
        op::<departments::ReplaceDepartmentMembers>(),
        op::<skills::ListSkills>(),
        op::<skills::CreateSkill>(),
        op::<skills::ShowSkills>(),
        op::<skills::ReplaceSkills>(),
        op::<directory::ShowUser>(),
        op::<profile::EditUser>(),
        op::<trash::DeleteUser>(),
        op::<trash::RestoreUser>(),
        op::<rights::ShowPermissions>(),
        op::<rights::ReplacePermissions>(),
        op::<rights::ExplainPermission>(),
        op::<role::ChangeRole>(),
        op::<grants::ConfirmRole>(),
        op::<transition::TransitionUser>(),
    ],
    tables: &[
        tables::User::SPEC,
        tables::Organization::SPEC,
        departments::tables::Department::SPEC,
        rights::tables::RoleLevels::SPEC,
        invitations::tables::Invitation::SPEC,
        skills::tables::Skill::SPEC,
        skills::tables::UserSkill::SPEC,
        grants::RoleGrant::SPEC,
    ],
    rooms: &[crate::rooms::ORG],
    sockets: &[],
    events: events::KINDS,
    reactions: &[],
    entities: &[entity::PERSON],
    jobs: &[],
    commands: &[],
};

/// The room that owns the people of an organization.
#[must_use]
pub fn home(org: OrgId) -> RoomId {
    RoomId::with_topic("org", org.uuid(), "users")
}

/// The present day, in the zone that is nobody's.
fn today(reader: &Reader) -> Date {
    const DAY_MS: i64 = 86_400_000;
    let days = i32::try_from(reader.now().ms().div_euclid(DAY_MS)).unwrap_or(i32::MAX);
    Date::from_days(days).unwrap_or_default()
}

/// A person of this organization, whatever the account's state.
///
/// # Errors
/// `not-found` for nobody, and for a person of another organization.
pub async fn find(reader: &Reader, org: OrgId, id: UserId) -> Result<User> {
    let user: Option<User> = reader.by_id(&home(org), id.cast()).await?;
    user.ok_or_else(|| Error::not_found("user"))
}

/// A person of this organization who may sign in.
///
/// # Errors
/// As [`find`]; `rule-violation` when the account is not active.
pub async fn active(reader: &Reader, org: OrgId, id: UserId) -> Result<User> {
    let user = find(reader, org, id).await?;
    if user.is_active() { Ok(user) } else { Err(Error::rule(format!("{} is not active", user.name()))) }
}

/// The person of this organization who signs in with an address.
///
/// # Errors
/// When the store fails.
pub async fn by_email(reader: &Reader, org: OrgId, address: &str) -> Result<Option<UserId>> {
    let key = KeyWriter::new().with(tables::fold_email(address).as_str());
    let held = reader.holder::<User>("email", key).await?;
    let held = held.filter(|held| held.confirmed && held.home == home(org));
    Ok(held.map(|held| UserId::new(held.holder)))
}

/// An organization.
///
/// # Errors
/// `not-found` where there is none.
pub async fn organization(reader: &Reader, org: OrgId) -> Result<Organization> {
    let organization: Option<Organization> = reader.by_id(&home(org), org.cast()).await?;
    organization.ok_or_else(|| Error::not_found("organization"))
}

/// What a person is called.
///
/// # Errors
/// As [`find`].
pub async fn name_of(reader: &Reader, org: OrgId, id: UserId) -> Result<String> {
    Ok(find(reader, org, id).await?.name())
}
