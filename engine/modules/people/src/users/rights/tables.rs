//! Rights that are not as the matrix has them. What is said for one person stands in their account, which every call
//! looks at anyway; what is said for a role is a row of the organization's.

use super::grade::Grade;
use schema::{
    answer,
    id::{OrgId, UserId},
    role::Role,
    row,
    time::Timestamp,
};
use std::collections::BTreeMap;

/// What somebody may do in one module, whatever their role.
#[answer]
#[derive(Eq)]
pub struct Override {
    /// The level.
    pub level: Grade,
    /// Until when; absent without an end.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub by: Option<UserId>,
    /// When.
    pub at: Timestamp,
}

/// What an organization lets a role do, where that is not the default.
#[row(
    name = "role_levels",
    id = 16,
    entity = "role_levels",
    home = "org",
    by = "org_id",
    topic = "users",
    key = "role"
)]
pub struct RoleLevels {
    /// The organization.
    pub org_id: OrgId,
    /// The role.
    pub role: Role,
    /// By module.
    pub levels: BTreeMap<String, Grade>,
    /// Why.
    pub reason: String,
}
