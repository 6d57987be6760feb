//! The departments of an organization: their tree, and who belongs to which.

mod department;
mod members;
mod rules;
pub mod tables;

pub(super) use department::{
    CreateDepartment, DeleteDepartment, EditDepartment, ListDepartments, ShowDepartment,
};
pub(super) use members::{ListDepartmentMembers, ReplaceDepartmentMembers, joined, leaned_on, moved};

use engine::{Context, Error, Reader, Result};
use schema::id::OrgId;
use tables::{Department, DepartmentId};

/// Departments of one organization.
const DEPARTMENTS_MAX: usize = 500;

/// All departments of an organization.
async fn all(reader: &Reader, org: OrgId) -> Result<Vec<Department>> {
    reader.rows(&super::home(org), DEPARTMENTS_MAX).await
}

/// A department of the caller's organization.
async fn find(cx: &Context, id: DepartmentId) -> Result<Department> {
    let found: Option<Department> = cx.by_id(&super::home(cx.caller.org), id).await?;
    found.ok_or_else(|| Error::not_found("department"))
}
