//! What one person may do: shown with its reasons, and said for them alone.

use super::{
    grade::Grade,
    of_role,
    rules::{self, Source},
    tables::{Override, RoleLevels},
};
use crate::{
    authentication,
    authentication::events::PERMISSION_CHANGED,
    users::{self, matrix, rules::may_give, tables::User},
};
use engine::{Action, Context, Endpoint, Error, Needs, Outcome, Record, Result, Route, Scope};
use schema::{
    answer, caller::Caller, change::Change, code::Code, id::UserId, operation, part, reply::Reply,
    role::Role, text::Line, time::Timestamp,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Somebody's level in one module.
#[answer]
pub(super) struct Right {
    /// The level that holds now.
    pub(super) level: Grade,
    /// Who said so.
    pub(super) from: Source,
}

/// What somebody may do.
#[answer]
pub(in crate::users) struct Permissions {
    /// Who.
    user_id: UserId,
    /// Their role.
    role: Role,
    /// By module.
    levels: BTreeMap<String, Right>,
    /// What is said for this person alone, also what has ended.
    overrides: BTreeMap<String, Override>,
}

impl Permissions {
    fn of(user: &User, organization: Option<&RoleLevels>, now: Timestamp) -> Self {
        let right = |module: &&str| {
            let (level, from) = rules::level_of(user.role, organization, &user.overrides, module, now);
            ((*module).to_owned(), Right { level: Grade::of(level), from })
        };
        Self {
            user_id: user.id,
            role: user.role,
            levels: matrix::MODULES.iter().map(right).collect(),
            overrides: user.overrides.clone(),
        }
    }
}

/// Shows somebody's level in each module and where it comes from: to themselves, and to whoever manages people.
#[operation]
pub(in crate::users) struct ShowPermissions {
    /// Who.
    user_id: UserId,
}

impl Endpoint for ShowPermissions {
    const ROUTE: Route = Route::get("/{user_id}/permissions/");
    const NEEDS: Needs = Needs::Any(&[Needs::OrgLevel(Action::Manage), Needs::Own]);
    type Output = Record<Permissions>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        if self.user_id != cx.caller.user && !cx.level.manage {
            return Err(Error::not_found("user"));
        }
        let user = users::find(cx, cx.caller.org, self.user_id).await?;
        let organization = of_role(cx, user.org_id, user.role).await?;
        Outcome::record(&Permissions::of(&user, organization.as_ref(), cx.now()), user.version)
    }
}

/// One override.
#[part]
pub(in crate::users) struct OverrideWish {
    /// The module.
    #[garde(length(chars, max = 32))]
    module: String,
    /// The level in it.
    level: Grade,
    /// Until when; without an end unless said.
    #[serde(default)]
    expires_at: Option<Timestamp>,
    /// Why.
    reason: Line<500>,
}

/// Says what somebody may do whatever their role: all overrides at once, none takes them all back. Their devices
/// reload what they may do within seconds. Needs a step-up.
#[operation]
pub(in crate::users) struct ReplacePermissions {
    /// Who.
    user_id: UserId,
    /// One for a module at most.
    #[garde(dive, length(max = 15))]
    overrides: Vec<OverrideWish>,
}

impl Endpoint for ReplacePermissions {
    const ROUTE: Route = Route::put("/{user_id}/permissions/")
        .tells(&[PERMISSION_CHANGED])
        .refuses(&[Code::StepUpRequired, Code::RuleViolation]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Record<Permissions>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = users::find(cx, cx.caller.org, self.user_id).await?;
        users::rules::still_somebody(&old)?;
        if cx.caller.actor_id() == Some(old.id) {
            return Err(Error::rule("nobody changes their own rights"));
        }
        may_give(cx.caller.role, old.role)?;
        let new = rules::overridden(&old, self.wishes(cx)?);
        if rules::runs_all(old.role) && !new.overrides.is_empty() {
            return Err(Error::rule("whoever runs the organization has every right already"));
        }
        authentication::stepped_up(cx).await?;
        let organization = of_role(cx, old.org_id, old.role).await?;
        let now = cx.now();
        let modules = rules::changed(&old.overrides, &new.overrides);
        if modules.is_empty() {
            return Outcome::record(&Permissions::of(&old, organization.as_ref(), now), old.version);
        }
        let mut change = Change::new();
        let slot = change.update(&old, new);
        let data = json!({"title": old.name(), "modules": modules});
        let _ = change.tell(PERMISSION_CHANGED, slot).saying(move |_| data.clone()).notify([old.id]);
        change.reply(move |filled| {
            let Some(user) = filled.get(slot) else { return Reply::ok(Value::Null) };
            Reply::ok(json!(Permissions::of(user, organization.as_ref(), now))).tagged(user.version)
        });
        Ok(Outcome::Commit(change))
    }
}

impl ReplacePermissions {
    fn wishes(&self, cx: &Context) -> Result<BTreeMap<String, Override>> {
        let mut wishes = BTreeMap::new();
        for (at, wish) in self.overrides.iter().enumerate() {
            let pointer = |field| format!("/overrides/{at}/{field}");
            rules::known_module(&pointer("module"), &wish.module)?;
            if wish.expires_at.is_some_and(|end| end <= cx.now()) {
                return Err(Error::field(&pointer("expires_at"), "invalid", "this is over already"));
            }
            let said = Override {
                level: wish.level,
                expires_at: wish.expires_at,
                reason: wish.reason.owned(),
                by: cx.caller.actor_id(),
                at: cx.now(),
            };
            if wishes.insert(wish.module.clone(), said).is_some() {
                return Err(Error::field(&pointer("module"), "duplicate", "one override for a module"));
            }
        }
        Ok(wishes)
    }
}
