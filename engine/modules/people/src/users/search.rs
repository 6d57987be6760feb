//! Finding somebody while their name is being typed. Whoever is signed in may: a team is put together by people who
//! may not read the whole directory. So what is shown is a name and what its person does, and no address.

use super::{skills, tables::User};
use crate::folding::folded;
use engine::{Context, Endpoint, Error, Needs, Outcome, Param, Query, Result, Route, Scope, Whole};
use schema::{answer, caller::Caller, code::Code, id::UserId, key::KeyWriter, operation, role::Role};
use serde_json::{Value, from_value, json};
use std::collections::BTreeMap;

/// People found at once.
const FOUND_MAX: usize = 20;
/// Entries looked at in each index: names that begin alike.
const LOOKED_AT: usize = 200;
/// The longest text that is looked for, in characters.
const TEXT_MAX: usize = 100;

/// Somebody who was found.
#[answer]
pub(super) struct Found {
    /// Who.
    id: UserId,
    /// Given name.
    first_name: String,
    /// Family name.
    last_name: String,
    /// The global role.
    role: Role,
    /// What they do.
    job_title: Option<String>,
}

/// People who were found.
#[answer]
pub(super) struct AllFound {
    /// By name, 20 at most.
    data: Vec<Found>,
}

/// Finds active people by the beginning of their names, or by what they can do, without regard to accents: 20 at most.
#[operation]
pub(super) struct SearchUsers {
    /// `q`, `skill` or both.
    query: Query,
}

impl Endpoint for SearchUsers {
    const ROUTE: Route = Route::get("/search/");
    const NEEDS: Needs = Needs::Auth;
    const ASKS: &'static [Param] =
        &[Param { name: "q", format: "text", help: "The beginnings of one or more names.", required: true }];
    type Output = Whole<AllFound>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(super::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        self.query.only(&["q", "skill"])?;
        let (name, skill) = (self.text("q")?, self.text("skill")?);
        let words: Vec<&str> = name.iter().flat_map(|name| name.split(' ')).collect();
        let mut found = BTreeMap::new();
        if let Some(skill) = skill {
            let able = skills::people_who_can(cx, &skill).await?;
            found.extend(able.iter().filter_map(|user| matching(&json!(user), &words)));
        } else if name.is_some() {
            for word in &words {
                for index in ["by_first", "by_last"] {
                    let entries = beginning(cx, index, word).await?;
                    found.extend(entries.iter().filter_map(|entry| matching(entry, &words)));
                }
            }
        } else {
            let refused = Error::new(Code::InvalidFilter, "q: the beginning of a name, or skill: of a skill");
            return Err(refused.and_field("/query/q", "required", "1 to 100 characters"));
        }
        Outcome::ok(&AllFound { data: found.into_values().take(FOUND_MAX).collect() })
    }
}

impl SearchUsers {
    /// A text that is looked for, folded.
    fn text(&self, name: &str) -> Result<Option<String>> {
        let Some(text) = self.query.get(name).map(folded) else { return Ok(None) };
        if (1..=TEXT_MAX).contains(&text.chars().count()) {
            return Ok(Some(text));
        }
        let refused = Error::new(Code::InvalidFilter, format!("{name}: 1 to {TEXT_MAX} characters"));
        Err(refused.and_field(&format!("/query/{name}"), "length", "1 to 100 characters"))
    }
}

/// Index entries whose folded name begins so.
async fn beginning(cx: &Context, index: &str, word: &str) -> Result<Vec<Value>> {
    let within = KeyWriter::new().with(&cx.caller.org);
    let word = word.as_bytes().to_vec();
    cx.index::<User>(index, within, LOOKED_AT, move |range| range.starting_with(&word)).await
}

/// The person of an entry and their place among those found, when each word begins one of their names.
fn matching(entry: &Value, words: &[&str]) -> Option<((String, UserId), Found)> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    let names = format!("{} {}", text("first_folded"), text("last_folded"));
    let all = words.iter().all(|word| names.split(' ').any(|name| name.starts_with(word)));
    let person: Found = from_value(entry.clone()).ok().filter(|_| all)?;
    Some(((format!("{} {}", text("last_folded"), text("first_folded")), person.id), person))
}
