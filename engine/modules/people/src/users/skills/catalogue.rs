//! The catalogue of skills: list, add.

use super::{known, tables::Skill};
use crate::{folding::folded, users, users::events};
use engine::{
    Action, Context, Created, Endpoint, Error, Listed, Listing, Needs, Outcome, Query, Result, Route, Scope,
};
use schema::{
    caller::Caller,
    change::Change,
    code::Code,
    key::KeyWriter,
    operation,
    table::Table as _,
    text::{Line, Text},
};

static SKILLS: Listing =
    Listing { spec: Skill::SPEC, sorts: &[("name", "by_name")], filters: &["name", "aliases"] };

/// Lists the organization's skills by name.
#[operation]
pub(in crate::users) struct ListSkills {
    /// Filters, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListSkills {
    const ROUTE: Route = Route::get("/skills/");
    const NEEDS: Needs = Needs::Auth;
    const LISTING: Option<&'static Listing> = Some(&SKILLS);
    type Output = Listed<Skill>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let within = KeyWriter::new().with(&cx.caller.org);
        Outcome::ok(&SKILLS.page(cx, within, &self.query).await?)
    }
}

/// Adds a skill to the catalogue.
#[operation]
pub(in crate::users) struct CreateSkill {
    /// What it is called.
    name: Line<100>,
    /// Other names of the same.
    #[serde(default)]
    #[garde(dive, length(max = 10))]
    aliases: Vec<Line<100>>,
}

impl Endpoint for CreateSkill {
    const ROUTE: Route = Route::post("/skills/").tells(&[events::SKILL_CREATED]).refuses(&[Code::Duplicate]);
    const NEEDS: Needs = Needs::Level(Action::Write);
    type Output = Created<Skill>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let known = known(cx).await?;
        let mut names = [&self.name].into_iter().chain(&self.aliases).map(|name| folded(name.text()));
        if names.any(|name| known.iter().any(|skill| skill.is_called(&name))) {
            let refused = Error::new(Code::Duplicate, "there is a skill of this name");
            return Err(refused.and_field("/name", "duplicate", "already taken"));
        }
        let mut change = Change::new();
        let slot = change.insert(Skill {
            id: cx.clock().new_id(),
            org_id: cx.caller.org,
            name: self.name.owned(),
            name_folded: folded(self.name.text()),
            aliases: self.aliases.iter().map(Text::owned).collect(),
            ..Skill::default()
        });
        let _ = change.tell(events::SKILL_CREATED, slot);
        change.reply_created(slot);
        Ok(Outcome::Commit(change))
    }
}
