//! What people may do: the level of their role in each module, what their organization says instead, and what is
//! said for one person alone.

mod explain;
pub mod grade;
mod person;
mod role;
pub mod rules;
pub mod tables;

pub(super) use explain::ExplainPermission;
pub(super) use person::{ReplacePermissions, ShowPermissions};
pub(super) use role::{EditRoleLevels, ListRoles, ShowMatrix};

use super::home;
use engine::{Reader, Result};
use schema::{id::OrgId, key::KeyWriter, role::Role};
use tables::RoleLevels;

/// What an organization says of a role, where it says anything.
pub(crate) async fn of_role(reader: &Reader, org: OrgId, role: Role) -> Result<Option<RoleLevels>> {
    reader.get(&home(org), KeyWriter::new().with(&role)).await
}
