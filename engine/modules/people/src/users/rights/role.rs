//! Roles: what there are, what each may do in the organization, and what the organization says of them.

use super::{grade::Grade, of_role, rules, tables::RoleLevels};
use crate::{
    authentication,
    users::{self, events, tables::User},
};
use engine::{Action, Context, Endpoint, Error, Needs, Outcome, Result, Route, Scope, Whole};
use schema::{
    answer, caller::Caller, change::Change, code::Code, id::UserId, key::KeyWriter, operation, reply::Reply,
    role::Role, text::Line, words,
};
use serde_json::json;
use std::collections::BTreeMap;

/// People whose devices are told at once that their role may do something else. Everybody's next call obeys within
/// seconds anyway.
const TOLD_MAX: usize = 1_000;

/// What kind of people have a role.
#[words]
pub(in crate::users) enum Category {
    /// They learn and begin.
    Youth,
    /// They bring work, teaching or money.
    Partner,
    /// They give of what they know.
    Contributor,
    /// They run the organization.
    Staff,
    /// They run the platform.
    SuperAdmin,
}

/// A role.
#[answer]
pub(in crate::users) struct RoleCard {
    /// Its word.
    role: Role,
    /// What kind of people have it.
    category: Category,
    /// In French.
    fr: String,
    /// In English.
    en: String,
}

/// All roles.
#[answer]
pub(in crate::users) struct Roles {
    /// In the order of the matrix.
    data: Vec<RoleCard>,
}

const fn card(role: Role) -> (Category, &'static str, &'static str) {
    use Category::{Contributor, Partner, Staff, SuperAdmin, Youth};
    match role {
        Role::Student => (Youth, "Étudiant", "Student"),
        Role::Entrepreneur => (Youth, "Entrepreneur", "Entrepreneur"),
        Role::Employer => (Partner, "Employeur", "Employer"),
        Role::Trainer => (Partner, "Formateur", "Trainer"),
        Role::Funder => (Partner, "Bailleur de fonds", "Funder"),
        Role::Implementer => (Partner, "Implémenteur", "Implementer"),
        Role::Mentor => (Contributor, "Mentor", "Mentor"),
        Role::Coach => (Contributor, "Coach", "Coach"),
        Role::Facilitator => (Contributor, "Facilitateur", "Facilitator"),
        Role::Publisher => (Contributor, "Éditeur", "Publisher"),
        Role::Editor => (Contributor, "Rédacteur", "Editor"),
        Role::Producer => (Contributor, "Producteur", "Producer"),
        Role::Artist => (Contributor, "Artiste", "Artist"),
        Role::Alumni => (Contributor, "Ancien élève", "Alumni"),
        Role::Intern => (Staff, "Stagiaire", "Intern"),
        Role::Supervisor => (Staff, "Superviseur", "Supervisor"),
        Role::Manager => (Staff, "Manager", "Manager"),
        Role::Administrator => (Staff, "Administrateur", "Administrator"),
        Role::SuperAdministrator => (SuperAdmin, "Super Administrateur", "Super Administrator"),
    }
}

/// Lists the roles with their categories and names.
#[operation]
pub(in crate::users) struct ListRoles {}

impl Endpoint for ListRoles {
    const ROUTE: Route = Route::get("/roles/");
    const NEEDS: Needs = Needs::Auth;
    type Output = Whole<Roles>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, _: &Context) -> Result<Outcome> {
        let shown = |role| {
            let (category, fr, en) = card(role);
            RoleCard { role, category, fr: fr.to_owned(), en: en.to_owned() }
        };
        Outcome::ok(&Roles { data: Role::ALL.into_iter().map(shown).collect() })
    }
}

/// What a role may do in an organization.
#[answer]
pub(in crate::users) struct RoleRights {
    /// The role.
    role: Role,
    /// Its level in each module.
    levels: BTreeMap<String, Grade>,
    /// What the organization says instead of the default.
    overridden: BTreeMap<String, Grade>,
    /// Why.
    reason: String,
}

impl RoleRights {
    fn of(role: Role, organization: Option<&RoleLevels>) -> Self {
        let said = organization.cloned().unwrap_or_default();
        Self { role, levels: rules::grades(role, organization), overridden: said.levels, reason: said.reason }
    }
}

/// What every role may do in an organization.
#[answer]
pub(in crate::users) struct Matrix {
    /// In the order of the roles.
    data: Vec<RoleRights>,
}

/// Shows what each role may do in the organization.
#[operation]
pub(in crate::users) struct ShowMatrix {}

impl Endpoint for ShowMatrix {
    const ROUTE: Route = Route::get("/roles/matrix/");
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Whole<Matrix>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let said: Vec<RoleLevels> = cx.rows(&users::home(cx.caller.org), Role::ALL.len()).await?;
        let rights = |role| RoleRights::of(role, said.iter().find(|said| said.role == role));
        Outcome::ok(&Matrix { data: Role::ALL.into_iter().map(rights).collect() })
    }
}

/// Says what a role may do in the organization instead of the default; nothing said, it is the default again. Needs a
/// step-up.
#[operation]
pub(in crate::users) struct EditRoleLevels {
    /// The role.
    role: Role,
    /// By module; modules that are not named have their default.
    #[serde(default)]
    levels: BTreeMap<String, Grade>,
    /// Why.
    #[serde(default)]
    reason: Option<Line<500>>,
}

impl Endpoint for EditRoleLevels {
    const ROUTE: Route = Route::put("/roles/{role}/permissions/")
        .tells(&[events::ROLE_LEVELS_CHANGED])
        .refuses(&[Code::StepUpRequired, Code::RuleViolation]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Whole<RoleRights>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        users::rules::may_give(cx.caller.role, self.role)?;
        if rules::runs_all(self.role) {
            return Err(Error::rule("whoever runs the organization keeps every right"));
        }
        for module in self.levels.keys() {
            rules::known_module(&format!("/levels/{module}"), module)?;
        }
        authentication::stepped_up(cx).await?;
        let old = of_role(cx, cx.caller.org, self.role).await?;
        let before = old.as_ref().map(|old| old.levels.clone()).unwrap_or_default();
        let modules = rules::changed(&before, &self.levels);
        if modules.is_empty() {
            return Outcome::ok(&RoleRights::of(self.role, old.as_ref()));
        }
        let role = self.role;
        let said = RoleLevels {
            id: cx.clock().new_id(),
            org_id: cx.caller.org,
            role,
            levels: self.levels.clone(),
            reason: self.reason.as_ref().map(Line::owned).unwrap_or_default(),
            ..old.clone().unwrap_or_default()
        };
        let mut change = Change::new();
        let slot = match &old {
            Some(old) => change.update(old, RoleLevels { id: old.id, ..said }),
            None => change.insert(said),
        };
        let within = KeyWriter::new().with(&cx.caller.org).with(&role);
        let people: Vec<UserId> = cx.column::<User, _>("by_role", within, "id", TOLD_MAX).await?;
        let data = json!({"title": role.word(), "role": role, "modules": modules, "people": people});
        let _ = change.tell(events::ROLE_LEVELS_CHANGED, slot).saying(move |_| data.clone());
        change.reply(move |filled| Reply::ok(json!(RoleRights::of(role, filled.get(slot)))));
        Ok(Outcome::Commit(change))
    }
}
