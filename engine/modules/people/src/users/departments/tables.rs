//! Departments: the tree in which an organization's people stand. Each counts its people and the departments right
//! below it, so that "empty" is a fact of its own row.

use schema::{
    id::{Id, OrgId, UserId},
    row,
};

/// A department's id.
pub type DepartmentId = Id<Department>;

/// A department.
#[row(name = "departments", id = 19, entity = "department", home = "org", by = "org_id", topic = "users")]
#[table(unique(name = "name", on = "org_id, name_folded"))]
pub struct Department {
    /// The organization.
    pub org_id: OrgId,
    /// 1 to 200 characters.
    pub name: String,
    /// The name as names are compared: no two departments of an organization have one.
    pub name_folded: String,
    /// The department it belongs to; absent at the top.
    pub parent_id: Option<DepartmentId>,
    /// Who leads it.
    pub manager_id: Option<UserId>,
    /// Who leads it when the first is away.
    pub deputy_id: Option<UserId>,
    /// How many people belong to it, those in the trash included.
    pub members: u32,
    /// How many departments belong to it.
    pub children: u32,
}
