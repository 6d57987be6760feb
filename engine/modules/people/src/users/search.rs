//! Finding somebody while their name is being typed. Whoever is signed in may: a team is put together by people who
//! may not read the whole directory. So what is shown is a name and what its person does, and no address.

use super::tables::User;
use crate::folding::folded;
use engine::{Context, Endpoint, Error, Needs, Outcome, Param, Query, Result, Route, Scope, Whole};
use schema::{answer, caller::Caller, code::Code, id::UserId, key::KeyWriter, operation, role::Role};
use serde_json::{Value, from_value};
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

/// Finds active people by the beginning of their names, without regard to accents: 20 at most.
#[operation]
pub(super) struct SearchUsers {
    /// `q`.
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
        self.query.only(&["q"])?;
        let text = folded(self.query.get("q").unwrap_or_default());
        if text.is_empty() || text.chars().count() > TEXT_MAX {
            let refused = Error::new(Code::InvalidFilter, "q: 1 to 100 characters of a name");
            return Err(refused.and_field("/query/q", "length", "1 to 100 characters"));
        }
        let words: Vec<&str> = text.split(' ').collect();
        let mut found = BTreeMap::new();
        for word in &words {
            for index in ["by_first", "by_last"] {
                let entries = beginning(cx, index, word).await?;
                found.extend(entries.iter().filter_map(|entry| matching(entry, &words)));
            }
        }
        Outcome::ok(&AllFound { data: found.into_values().take(FOUND_MAX).collect() })
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
