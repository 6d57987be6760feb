//! Departments: the tree, create, show, edit, remove.

use super::{
    DEPARTMENTS_MAX, all, find, rules,
    tables::{Department, DepartmentId},
};
use crate::{folding::folded, users, users::events};
use engine::{
    Action, Context, Created, Empty, Endpoint, Error, Needs, Outcome, Record, Result, Route, Scope, Whole,
};
use schema::{
    answer,
    caller::Caller,
    change::Change,
    code::Code,
    id::UserId,
    operation,
    patch::{Edit, Patch},
    text::Title,
};

/// A department with all that belongs to it.
#[answer]
pub(in crate::users) struct Branch {
    /// The department.
    #[serde(flatten)]
    department: Department,
    /// The departments right below it, by name.
    below: Vec<Branch>,
}

/// All departments of an organization.
#[answer]
pub(in crate::users) struct Tree {
    /// Those at the top, by name.
    data: Vec<Branch>,
}

/// Lists the organization's departments as a tree.
#[operation]
pub(in crate::users) struct ListDepartments {}

impl Endpoint for ListDepartments {
    const ROUTE: Route = Route::get("/departments/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    type Output = Whole<Tree>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let mut all = all(cx, cx.caller.org).await?;
        all.sort_by(|a, b| a.name_folded.cmp(&b.name_folded));
        Outcome::ok(&Tree { data: below(&all, None, rules::LEVELS_MAX) })
    }
}

fn below(all: &[Department], parent: Option<DepartmentId>, levels: usize) -> Vec<Branch> {
    if levels == 0 {
        return Vec::new();
    }
    let branch =
        |one: &Department| Branch { department: one.clone(), below: below(all, Some(one.id), levels - 1) };
    all.iter().filter(|one| one.parent_id == parent).map(branch).collect()
}

/// Makes a department. Its name is new in the organization.
#[operation]
pub(in crate::users) struct CreateDepartment {
    /// What it is called.
    name: Title,
    /// The department it belongs to; absent at the top.
    #[serde(default)]
    parent_id: Option<DepartmentId>,
    /// Who leads it.
    #[serde(default)]
    manager_id: Option<UserId>,
    /// Who leads it when the first is away.
    #[serde(default)]
    deputy_id: Option<UserId>,
}

impl Endpoint for CreateDepartment {
    const ROUTE: Route = Route::post("/departments/").tells(&[events::DEPARTMENT_CREATED]).refuses(&[
        Code::Duplicate,
        Code::RuleViolation,
        Code::CapacityReached,
    ]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Created<Department>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let all = all(cx, cx.caller.org).await?;
        if all.len() >= DEPARTMENTS_MAX {
            let detail = format!("an organization has {DEPARTMENTS_MAX} departments at most");
            return Err(Error::new(Code::CapacityReached, detail));
        }
        let id = cx.clock().new_id();
        let line = rules::place(&all, id, self.parent_id)?;
        let mut change = Change::new();
        leads(cx, &mut change, "/manager_id", self.manager_id).await?;
        leads(cx, &mut change, "/deputy_id", self.deputy_id).await?;
        let slot = change.insert(Department {
            id,
            org_id: cx.caller.org,
            name: self.name.owned(),
            name_folded: folded(self.name.text()),
            parent_id: self.parent_id,
            manager_id: self.manager_id,
            deputy_id: self.deputy_id,
            ..Department::default()
        });
        for (at, above) in line.into_iter().enumerate() {
            if at == 0 {
                change.update(above, Department { children: above.children + 1, ..above.clone() });
            } else {
                change.relies_on(above);
            }
        }
        let _ = change.tell(events::DEPARTMENT_CREATED, slot);
        change.reply_created(slot);
        Ok(Outcome::Commit(change))
    }
}

/// Refuses somebody who is not there or not active; the row is what the decision leans on.
async fn leads(cx: &Context, change: &mut Change, pointer: &str, person: Option<UserId>) -> Result<()> {
    let Some(person) = person else { return Ok(()) };
    let unknown = |_| Error::field(pointer, "unknown", "nobody active of this organization");
    let user = users::active(cx, cx.caller.org, person).await.map_err(unknown)?;
    change.relies_on(&user);
    Ok(())
}

/// Shows a department.
#[operation]
pub(in crate::users) struct ShowDepartment {
    /// The department.
    department_id: DepartmentId,
}

impl Endpoint for ShowDepartment {
    const ROUTE: Route = Route::get("/departments/{department_id}/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    type Output = Record<Department>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let department = find(cx, self.department_id).await?;
        Outcome::record(&department, department.version)
    }
}

/// Edits a department, or moves it with all that belongs to it.
#[operation]
pub(in crate::users) struct EditDepartment {
    /// The department.
    department_id: DepartmentId,
    /// What it is called.
    name: Edit<Title>,
    /// The department it belongs to; null puts it at the top.
    parent_id: Patch<DepartmentId>,
    /// Who leads it.
    manager_id: Patch<UserId>,
    /// Who leads it when the first is away.
    deputy_id: Patch<UserId>,
}

impl Endpoint for EditDepartment {
    const ROUTE: Route = Route::patch("/departments/{department_id}/")
        .tells(&[events::DEPARTMENT_UPDATED])
        .refuses(&[Code::Duplicate, Code::RuleViolation]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Record<Department>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = find(cx, self.department_id).await?;
        let mut new = old.clone();
        self.name.keep(&mut new.name);
        new.name_folded = folded(&new.name);
        self.parent_id.apply(&mut new.parent_id);
        self.manager_id.apply(&mut new.manager_id);
        self.deputy_id.apply(&mut new.deputy_id);
        if new == old {
            return Outcome::record(&old, old.version);
        }
        let mut change = Change::new();
        leads(cx, &mut change, "/manager_id", self.manager_id.value().copied()).await?;
        leads(cx, &mut change, "/deputy_id", self.deputy_id.value().copied()).await?;
        let slot = change.update(&old, new.clone());
        if new.parent_id != old.parent_id {
            let all = all(cx, cx.caller.org).await?;
            let line = rules::place(&all, old.id, new.parent_id)?;
            let former = all.iter().find(|one| Some(one.id) == old.parent_id);
            for (above, more) in
                line.first().map(|one| (*one, true)).into_iter().chain(former.map(|one| (one, false)))
            {
                let children = if more { above.children + 1 } else { above.children.saturating_sub(1) };
                change.update(above, Department { children, ..above.clone() });
            }
            let leaned = line.iter().skip(1).filter(|one| Some(one.id) != old.parent_id);
            leaned.for_each(|above| change.relies_on(*above));
            // What is below must not grow meanwhile, or the tree would become too deep.
            all.iter().filter(|one| is_below(&all, one, old.id)).for_each(|one| change.relies_on(one));
        }
        let _ = change.tell(events::DEPARTMENT_UPDATED, slot);
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

fn is_below(all: &[Department], one: &Department, id: DepartmentId) -> bool {
    let mut next = one.parent_id;
    for _ in 0..rules::LEVELS_MAX {
        if next == Some(id) {
            return true;
        }
        next = all.iter().find(|above| Some(above.id) == next).and_then(|above| above.parent_id);
    }
    false
}

/// Removes a department to which nobody and nothing belongs.
#[operation]
pub(in crate::users) struct DeleteDepartment {
    /// The department.
    department_id: DepartmentId,
}

impl Endpoint for DeleteDepartment {
    const ROUTE: Route = Route::delete("/departments/{department_id}/")
        .tells(&[events::DEPARTMENT_DELETED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Empty;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = find(cx, self.department_id).await?;
        if old.members > 0 || old.children > 0 {
            let refused =
                Error::rule("only an empty department is removed: move its people and departments first");
            return Err(refused.with("members", old.members).with("children", old.children));
        }
        let mut change = Change::new();
        let slot = change.remove(&old);
        if let Some(parent) = old.parent_id {
            let above = find(cx, parent).await?;
            change.update(&above, Department { children: above.children.saturating_sub(1), ..above.clone() });
        }
        let _ = change.tell(events::DEPARTMENT_DELETED, slot);
        Ok(Outcome::Commit(change))
    }
}
