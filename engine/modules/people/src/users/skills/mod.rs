//! What people can do: the organization's catalogue, and each person's passport.

mod catalogue;
mod passport;
pub mod tables;

pub(super) use catalogue::{CreateSkill, ListSkills};
pub(super) use passport::{ReplaceSkills, ShowSkills, of_person};

use super::tables::User;
use crate::folding::folded;
use engine::{Context, Result};
use schema::{id::UserId, key::KeyWriter};
use serde::Deserialize;
use serde_json::from_value;
use tables::{Skill, SkillId, UserSkill};

/// Skills of one organization that a name is looked for among.
const KNOWN_MAX: usize = 5_000;
/// Skills that a text may begin, and people of each, where people are found by what they can do.
const BEGUN_MAX: usize = 5;
const PEOPLE_MAX: usize = 50;

/// A skill as far as it is found by its names.
#[derive(Deserialize)]
struct Known {
    id: SkillId,
    name: String,
    aliases: Vec<String>,
}

impl Known {
    fn is_called(&self, name: &str) -> bool {
        folded(&self.name) == name || self.aliases.iter().any(|alias| folded(alias) == name)
    }
}

/// The skills of the caller's organization.
async fn known(cx: &Context) -> Result<Vec<Known>> {
    let within = KeyWriter::new().with(&cx.caller.org);
    let entries = cx.index::<Skill>("by_name", within, KNOWN_MAX, |range| range).await?;
    Ok(entries.into_iter().filter_map(|entry| from_value(entry).ok()).collect())
}

/// Active people who can do what a text begins.
pub(super) async fn people_who_can(cx: &Context, text: &str) -> Result<Vec<User>> {
    let within = KeyWriter::new().with(&cx.caller.org);
    let begin = text.as_bytes().to_vec();
    let begun =
        cx.index::<Skill>("by_name", within, BEGUN_MAX, move |range| range.starting_with(&begin)).await?;
    let mut people = Vec::new();
    for skill in begun.into_iter().filter_map(|entry| from_value::<Known>(entry).ok()) {
        let within = KeyWriter::new().with(&skill.id);
        let able = cx.index::<UserSkill>("by_skill", within, PEOPLE_MAX, |range| range.backward()).await?;
        for entry in able {
            let id = entry.get("user_id").cloned().unwrap_or_default();
            let Ok(id) = from_value::<UserId>(id) else { continue };
            let user = super::find(cx, cx.caller.org, id).await?;
            if user.is_found() {
                people.push(user);
            }
        }
    }
    Ok(people)
}
