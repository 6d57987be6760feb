//! Who belongs to a department: list, replace. A person belongs to one at most.

use super::{
    find,
    tables::{Department, DepartmentId},
};
use crate::users::{self, events, tables::User};
use engine::{
    Action, Context, Empty, Endpoint, Error, Extent, Listed, Listing, Needs, Outcome, Query, Result, Route,
    Scope,
};
use schema::{
    caller::Caller,
    change::{Change, Slot},
    code::Code,
    id::UserId,
    key::KeyWriter,
    operation,
    table::Table as _,
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// People who may come or go with one call: each is a row with its entries, and a change is bounded.
const MOVED_MAX: usize = 30;

static MEMBERS: Listing = Listing {
    spec: User::SPEC,
    sorts: &[("last_name", "by_department")],
    filters: &["role", "status", "last_name"],
};

/// Lists the people of a department by name.
#[operation]
pub(in crate::users) struct ListDepartmentMembers {
    /// The department.
    department_id: DepartmentId,
    /// Filters, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListDepartmentMembers {
    const ROUTE: Route = Route::get("/departments/{department_id}/members/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    const LISTING: Option<&'static Listing> = Some(&MEMBERS);
    type Output = Listed<User>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let department = find(cx, self.department_id).await?;
        if cx.level.read != Extent::Org && !leads(&department, cx.caller.user) {
            let me = users::find(cx, cx.caller.org, cx.caller.user).await?;
            if me.department_id != Some(department.id) {
                return Err(Error::forbidden("only its own people see who belongs to a department"));
            }
        }
        let within = KeyWriter::new().with(&Some(department.id));
        Outcome::ok(&MEMBERS.page(cx, within, &self.query).await?)
    }
}

/// Says who belongs to a department: whoever is not named leaves it, whoever is named leaves the one they were in.
#[operation]
pub(in crate::users) struct ReplaceDepartmentMembers {
    /// The department.
    department_id: DepartmentId,
    /// All of its people.
    #[garde(length(max = 50))]
    user_ids: Vec<UserId>,
}

impl Endpoint for ReplaceDepartmentMembers {
    const ROUTE: Route = Route::put("/departments/{department_id}/members/")
        .tells(&[events::MEMBER_ADDED, events::MEMBER_REMOVED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::Any(&[Needs::OrgLevel(Action::Manage), Needs::Own]);
    type Output = Empty;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let department = find(cx, self.department_id).await?;
        if !cx.level.manage && department.manager_id != Some(cx.caller.user) {
            return Err(Error::forbidden(
                "only its manager and administrators say who belongs to a department",
            ));
        }
        let within = KeyWriter::new().with(&Some(department.id));
        let present: Vec<UserId> = cx.column::<User, _>("by_department", within, "id", 10_000).await?;
        let leaving = present.iter().filter(|person| !self.user_ids.contains(person));
        let mut moves: Vec<(User, Option<DepartmentId>)> = Vec::new();
        for person in leaving {
            moves.push((users::find(cx, cx.caller.org, *person).await?, None));
        }
        let mut named = BTreeSet::new();
        let arriving = self.user_ids.iter().enumerate().filter(|(_, person)| !present.contains(person));
        for (at, person) in arriving.filter(|(_, person)| named.insert(**person)) {
            let unknown =
                |_| Error::field(&format!("/user_ids/{at}"), "unknown", "nobody active of this organization");
            let user = users::active(cx, cx.caller.org, *person).await.map_err(unknown)?;
            moves.push((user, Some(department.id)));
        }
        if moves.len() > MOVED_MAX {
            return Err(Error::rule(format!("{MOVED_MAX} people at most come or go at once")));
        }
        if moves.is_empty() {
            return Ok(Outcome::Answer(schema::reply::Reply::empty()));
        }
        let mut change = Change::new();
        let people: Vec<(&User, User)> =
            moves.iter().map(|(user, to)| (user, User { department_id: *to, ..user.clone() })).collect();
        moved(cx, &mut change, &people).await?;
        Ok(Outcome::Commit(change))
    }
}

/// Leans on a department in which somebody will be.
///
/// # Errors
/// `validation` at the pointer for one that is not there.
pub(in crate::users) async fn leaned_on(
    cx: &Context,
    change: &mut Change,
    pointer: &str,
    id: DepartmentId,
) -> Result<()> {
    let department =
        find(cx, id).await.map_err(|_| Error::field(pointer, "unknown", "no such department"))?;
    change.relies_on(&department);
    Ok(())
}

/// Counts a new person in their department; answers which one, for it may be gone by now. Runs where departments live.
pub(in crate::users) async fn joined(
    cx: &Context,
    change: &mut Change,
    id: Option<DepartmentId>,
) -> Result<Option<DepartmentId>> {
    let Some(id) = id else { return Ok(None) };
    let Some(department) = cx.by_id::<Department>(cx.room()?, id).await? else { return Ok(None) };
    change.update(&department, Department { members: department.members + 1, ..department.clone() });
    Ok(Some(id))
}

fn leads(department: &Department, person: UserId) -> bool {
    department.manager_id == Some(person) || department.deputy_id == Some(person)
}

/// Puts people whose department is another one now, counts in each department, and tells.
///
/// # Errors
/// `validation` at `/department_id` for one that is not there.
pub(in crate::users) async fn moved(
    cx: &Context,
    change: &mut Change,
    people: &[(&User, User)],
) -> Result<Vec<Slot<User>>> {
    let mut counts: BTreeMap<DepartmentId, i64> = BTreeMap::new();
    let changed = |(old, new): &&(&User, User)| old.department_id != new.department_id;
    for (old, new) in people.iter().filter(changed) {
        old.department_id.into_iter().for_each(|from| *counts.entry(from).or_default() -= 1);
        new.department_id.into_iter().for_each(|to| *counts.entry(to).or_default() += 1);
    }
    // The people first: it is their version that a caller may name.
    let slots: Vec<Slot<User>> = people.iter().map(|(old, new)| change.update(*old, new.clone())).collect();
    let mut departments = BTreeMap::new();
    for (id, by) in counts {
        let unknown = |_| Error::field("/department_id", "unknown", "no such department");
        let department = find(cx, id).await.map_err(unknown)?;
        let members = i64::from(department.members).saturating_add(by).max(0);
        let members = u32::try_from(members).unwrap_or(u32::MAX);
        change.update(&department, Department { members, ..department.clone() });
        departments.insert(id, department);
    }
    for ((old, new), slot) in people.iter().zip(&slots).filter(|(moved, _)| changed(moved)) {
        for (name, id) in
            [(events::MEMBER_REMOVED, old.department_id), (events::MEMBER_ADDED, new.department_id)]
        {
            let Some(department) = id.and_then(|id| departments.get(&id)) else { continue };
            let data = json!({
                "title": department.name, "department_id": department.id, "user_id": new.id, "name": new.name(),
            });
            let told = change.tell(name, *slot).saying(move |_| data.clone());
            if name == events::MEMBER_ADDED {
                let _ = told.notify(department.manager_id.into_iter().chain([new.id]));
            }
        }
    }
    Ok(slots)
}
