//! Why somebody may do something, or may not: the very decision that a call would meet, with what it leans on.

use super::{
    grade::Grade,
    of_role,
    person::Right,
    rules::{self, Source},
};
use crate::users;
use engine::{
    Action, Context, Endpoint, Error, Level, Needs, Outcome, Param, Query, Result, Route, Scope, Standing,
    Whole, permission::permit,
};
use schema::{
    answer,
    caller::{ActorKind, Caller},
    code::Code,
    id::{SessionId, UserId},
    operation,
    time::Timestamp,
    words,
};

/// On which records somebody may do something.
#[words]
pub(in crate::users) enum Reach {
    /// On none.
    None,
    /// On those of containers in which they have a role that it names.
    Member,
    /// On their own, and on those of such containers.
    Own,
    /// On all of the organization's.
    Organization,
}

/// A decision and its reasons.
#[answer]
pub(in crate::users) struct Explanation {
    /// The operation.
    operation: String,
    /// Its module.
    module: String,
    /// What it needs.
    needs: String,
    /// On which records they may.
    may_on: Reach,
    /// Their level in the module.
    right: Right,
    /// Sentences, in the order in which things are looked at.
    reasons: Vec<String>,
}

/// Explains what lets somebody carry out an operation, or keeps them from it.
#[operation]
pub(in crate::users) struct ExplainPermission {
    /// Who.
    user_id: UserId,
    /// `operation`.
    query: Query,
}

impl Endpoint for ExplainPermission {
    const ROUTE: Route = Route::get("/{user_id}/permissions/explain/");
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    const ASKS: &'static [Param] = &[Param {
        name: "operation",
        format: "text",
        help: "The operation's name, such as `EditProfile`.",
        required: true,
    }];
    type Output = Whole<Explanation>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        self.query.only(&["operation"])?;
        let user = users::find(cx, cx.caller.org, self.user_id).await?;
        let name = self.query.get("operation").unwrap_or_default();
        let Some(entry) = cx.engine().catalog().operation(name) else {
            let refused = Error::new(Code::InvalidFilter, "operation: there is none of this name");
            return Err(refused.and_field("/query/operation", "unknown", "no such operation"));
        };
        let organization = of_role(cx, user.org_id, user.role).await?;
        let now = cx.now();
        let (level, from) =
            rules::level_of(user.role, organization.as_ref(), &user.overrides, entry.module, now);
        let caller = Caller {
            user: user.id,
            org: user.org_id,
            role: user.role,
            session: SessionId::NIL,
            token_version: user.token_version,
            expires_at: Timestamp::from_ms(i64::MAX),
            kind: ActorKind::User,
        };
        let needs = entry.operation.needs;
        let may_on = if user.is_active() { reach(&needs, &caller, level) } else { Reach::None };
        let mut reasons = vec![if user.is_active() {
            "The account is active.".to_owned()
        } else {
            format!("The account is {}, so nothing is allowed.", state(&user))
        }];
        reasons.push(said(from, level, &user, entry.module));
        reasons.push(format!("{name} needs {}.", needs.words()));
        reasons.push(verdict(may_on, &needs));
        Outcome::ok(&Explanation {
            operation: name.to_owned(),
            module: entry.module.to_owned(),
            needs: needs.words(),
            may_on,
            right: Right { level: Grade::of(level), from },
            reasons,
        })
    }
}

fn state(user: &users::tables::User) -> &'static str {
    if user.is_kept() { user.status.word() } else { "in the trash" }
}

fn said(from: Source, level: Level, user: &users::tables::User, module: &str) -> String {
    let level = level.word();
    let role = user.role.word();
    match from {
        Source::Default => format!("A {role} has the level {level} in {module}."),
        Source::Organization => format!("The organization gives a {role} the level {level} in {module}."),
        Source::Person => {
            let said = user.overrides.get(module);
            let why = said.map(|said| said.reason.as_str()).unwrap_or_default();
            let end =
                said.and_then(|said| said.expires_at).map(|end| format!(" until {end}")).unwrap_or_default();
            format!("They have the level {level} in {module}{end}, whatever their role: {why}")
        }
    }
}

fn verdict(reach: Reach, needs: &Needs) -> String {
    match reach {
        Reach::Organization => "So they may, on all records of the organization.".to_owned(),
        Reach::Own => "So they may, on records of their own.".to_owned(),
        Reach::Member => format!("So they may where they are one of: {}.", members(needs).join(", ")),
        Reach::None => "So they may not.".to_owned(),
    }
}

/// The widest reach, found by asking the decision itself.
fn reach(needs: &Needs, caller: &Caller, level: Level) -> Reach {
    let nobody = || Standing { own: false, open: false, ..Standing::in_org(caller.org) };
    let may = |standing: &Standing| permit(needs, Action::Write, caller, level, standing).is_ok();
    let as_member = |role: &&str| may(&Standing { role: Some((*role).to_owned()), ..nobody() });
    if may(&nobody()) {
        Reach::Organization
    } else if may(&Standing { own: true, open: true, ..nobody() }) {
        Reach::Own
    } else if members(needs).iter().any(as_member) {
        Reach::Member
    } else {
        Reach::None
    }
}

/// The membership roles that an expression names.
fn members(needs: &Needs) -> Vec<&'static str> {
    match needs {
        Needs::Member(roles) => roles.to_vec(),
        Needs::Any(any) => any.iter().flat_map(members).collect(),
        Needs::Public | Needs::Auth | Needs::Own | Needs::Level(_) | Needs::OrgLevel(_) => Vec::new(),
    }
}
