//! The skill passport: what one person can do, and how well.

use super::{
    known,
    tables::{Skill, SkillId, UserSkill},
};
use crate::{
    folding::folded,
    users::{self, directory::may_see, events, rules::still_somebody, tables::User},
};
use engine::{Action, Context, Endpoint, Error, Needs, Outcome, Result, Route, Scope, Whole};
use schema::{
    answer,
    caller::Caller,
    change::Change,
    id::UserId,
    key::KeyWriter,
    operation, part,
    reply::Reply,
    table::{Slot, Spec, Table as _},
    text::Line,
};
use serde_json::json;
use std::collections::BTreeMap;
use storage::Range;

/// Skills of one person.
const SKILLS_MAX: usize = 50;
/// How well somebody can do what they say nothing more of.
const LEVEL: u32 = 3;

/// How well somebody can do something.
#[answer]
pub(in crate::users) struct Ability {
    /// The skill.
    skill_id: SkillId,
    /// What it is called.
    name: String,
    /// From 1, a beginner, to 5, a master.
    level: u32,
}

/// What somebody can do.
#[answer]
pub(in crate::users) struct Passport {
    /// By name.
    data: Vec<Ability>,
}

impl Passport {
    fn of(mut data: Vec<Ability>) -> Self {
        data.sort_by_key(|ability| folded(&ability.name));
        Self { data }
    }
}

/// The rows of one person's passport.
pub(in crate::users) async fn of_person(cx: &Context, person: UserId) -> Result<Vec<UserSkill>> {
    let rows = Slot::Rows.number(UserSkill::SPEC.id);
    let home = Spec::partition(&users::home(cx.caller.org));
    let theirs = KeyWriter::new().with(&person).finish();
    cx.range(&Range::partition(rows, home, SKILLS_MAX).starting_with(&theirs)).await
}

/// Shows what somebody can do.
#[operation]
pub(in crate::users) struct ShowSkills {
    /// Who.
    user_id: UserId,
}

impl Endpoint for ShowSkills {
    const ROUTE: Route = Route::get("/{user_id}/skills/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    type Output = Whole<Passport>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let user = users::find(cx, cx.caller.org, self.user_id).await?;
        may_see(cx, &user)?;
        let mut abilities = Vec::new();
        for row in of_person(cx, user.id).await? {
            let skill: Skill = cx.here(row.skill_id).await?;
            abilities.push(Ability { skill_id: row.skill_id, name: skill.name, level: row.level });
        }
        Outcome::ok(&Passport::of(abilities))
    }
}

/// A skill that somebody says they have.
#[part]
pub(in crate::users) struct AbilityWish {
    /// What it is called; a name that nobody has used yet makes a skill.
    name: Line<100>,
    /// From 1, a beginner, to 5, a master; 3 unless said.
    #[serde(default = "level")]
    #[garde(range(min = 1, max = 5))]
    level: u32,
}

const fn level() -> u32 {
    LEVEL
}

/// Says what somebody can do, all of it: oneself, or whoever manages people.
#[operation]
pub(in crate::users) struct ReplaceSkills {
    /// Who.
    user_id: UserId,
    /// Up to 50 skills.
    #[garde(dive, length(max = SKILLS_MAX))]
    skills: Vec<AbilityWish>,
}

impl Endpoint for ReplaceSkills {
    const ROUTE: Route =
        Route::put("/{user_id}/skills/").tells(&[events::SKILLS_CHANGED, events::SKILL_CREATED]);
    const NEEDS: Needs = Needs::Any(&[Needs::OrgLevel(Action::Manage), Needs::Own]);
    type Output = Whole<Passport>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let user = users::find(cx, cx.caller.org, self.user_id).await?;
        if user.id != cx.caller.user && !cx.level.manage {
            may_see(cx, &user)?;
            return Err(Error::forbidden("what somebody can do is theirs to say"));
        }
        still_somebody(&user)?;
        let mut change = Change::new();
        let wanted = self.wanted(cx, &mut change).await?;
        let passport = Passport::of(wanted.values().cloned().collect());
        if !self.replace(cx, &mut change, &user, &wanted).await? {
            return Outcome::ok(&passport);
        }
        change.reply(move |_| Reply::ok(json!(passport)));
        Ok(Outcome::Commit(change))
    }
}

impl ReplaceSkills {
    /// The skills that are meant, new ones made.
    async fn wanted(&self, cx: &Context, change: &mut Change) -> Result<BTreeMap<SkillId, Ability>> {
        let known = known(cx).await?;
        let mut made: BTreeMap<String, SkillId> = BTreeMap::new();
        let mut wanted = BTreeMap::new();
        for (at, wish) in self.skills.iter().enumerate() {
            let name = folded(wish.name.text());
            let found = known.iter().find(|skill| skill.is_called(&name));
            let (skill_id, name) = match found {
                Some(skill) => (skill.id, skill.name.clone()),
                None => {
                    let id = *made.entry(name.clone()).or_insert_with(|| cx.clock().new_id());
                    (id, wish.name.owned())
                }
            };
            let ability = Ability { skill_id, name: name.clone(), level: wish.level };
            if wanted.insert(skill_id, ability).is_some() {
                return Err(Error::field(&format!("/skills/{at}/name"), "duplicate", "this is named twice"));
            }
            if found.is_none() {
                let slot = change.insert(Skill {
                    id: skill_id,
                    org_id: cx.caller.org,
                    name_folded: folded(&name),
                    name,
                    ..Skill::default()
                });
                let _ = change.tell(events::SKILL_CREATED, slot);
            }
        }
        Ok(wanted)
    }

    /// Puts the rows that differ; answers whether any did.
    async fn replace(
        &self,
        cx: &Context,
        change: &mut Change,
        user: &User,
        wanted: &BTreeMap<SkillId, Ability>,
    ) -> Result<bool> {
        let present = of_person(cx, user.id).await?;
        let mut slots = Vec::new();
        for row in &present {
            match wanted.get(&row.skill_id) {
                Some(ability) if ability.level == row.level => {}
                Some(ability) => {
                    slots.push(change.update(row, UserSkill { level: ability.level, ..row.clone() }));
                }
                None => slots.push(change.remove(row)),
            }
        }
        let new =
            wanted.values().filter(|ability| !present.iter().any(|row| row.skill_id == ability.skill_id));
        for ability in new {
            slots.push(change.insert(UserSkill {
                id: cx.clock().new_id(),
                org_id: cx.caller.org,
                user_id: user.id,
                skill_id: ability.skill_id,
                level: ability.level,
                ..UserSkill::default()
            }));
        }
        let Some(slot) = slots.first() else { return Ok(false) };
        let said = json!({"title": user.name(), "user_id": user.id, "skills": wanted.len()});
        let _ = change.tell(events::SKILLS_CHANGED, *slot).saying(move |_| said.clone());
        Ok(true)
    }
}
