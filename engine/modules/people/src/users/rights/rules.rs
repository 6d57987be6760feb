//! Which level holds, and who may change that. Pure.

use super::{
    grade::Grade,
    tables::{Override, RoleLevels},
};
use crate::users::{matrix, tables::User};
use engine::{Error, Level, Result};
use schema::{role::Role, time::Timestamp, words};
use std::collections::BTreeMap;

/// Who said a level.
#[words]
pub enum Source {
    /// The matrix that holds where nobody says anything else.
    Default,
    /// The organization, for everybody of a role.
    Organization,
    /// Somebody, for this person alone.
    Person,
}

/// The level that holds for somebody in a module, and who said so.
#[must_use]
pub fn level_of(
    role: Role,
    organization: Option<&RoleLevels>,
    person: &BTreeMap<String, Override>,
    module: &str,
    now: Timestamp,
) -> (Level, Source) {
    let default = matrix::level(role, module);
    if runs_all(role) {
        return (default, Source::Default);
    }
    let of_person = person.get(module).filter(|said| holds(said, now));
    let of_role = organization.and_then(|organization| organization.levels.get(module));
    match (of_person, of_role) {
        (Some(said), _) => (said.level.level(), Source::Person),
        (None, Some(grade)) => (grade.level(), Source::Organization),
        (None, None) => (default, Source::Default),
    }
}

/// True while something that is said for one person holds.
#[must_use]
pub fn holds(said: &Override, now: Timestamp) -> bool {
    said.expires_at.is_none_or(|end| end > now)
}

/// Whoever runs an organization keeps all levels: it could not be run any more otherwise.
pub(crate) const fn runs_all(role: Role) -> bool {
    matches!(role, Role::Administrator | Role::SuperAdministrator)
}

/// Refuses a module that there is not.
///
/// # Errors
/// `validation` at the pointer.
pub fn known_module(pointer: &str, module: &str) -> Result<()> {
    if matrix::MODULES.contains(&module) {
        return Ok(());
    }
    Err(Error::field(pointer, "unknown", format!("a module is one of {}", matrix::MODULES.join(", "))))
}

/// An account with other overrides; those that stay as they were keep who said them, and when.
#[must_use]
pub fn overridden(user: &User, wishes: BTreeMap<String, Override>) -> User {
    let kept = |(module, wish): (String, Override)| {
        let same = user.overrides.get(&module).filter(|old| {
            (old.level, old.expires_at, &old.reason) == (wish.level, wish.expires_at, &wish.reason)
        });
        let said = same.cloned().unwrap_or(wish);
        (module, said)
    };
    User { overrides: wishes.into_iter().map(kept).collect(), ..user.clone() }
}

/// The modules whose overrides differ.
#[must_use]
pub fn changed<V: PartialEq>(old: &BTreeMap<String, V>, new: &BTreeMap<String, V>) -> Vec<String> {
    let names = old.keys().chain(new.keys());
    let differs = |module: &&String| old.get(*module) != new.get(*module);
    let mut changed: Vec<String> = names.filter(differs).cloned().collect();
    changed.sort_unstable();
    changed.dedup();
    changed
}

/// The grades of a role in every module.
#[must_use]
pub fn grades(role: Role, organization: Option<&RoleLevels>) -> BTreeMap<String, Grade> {
    let nobody = BTreeMap::new();
    let grade = |module: &&str| {
        let (level, _) = level_of(role, organization, &nobody, module, Timestamp::default());
        ((*module).to_owned(), Grade::of(level))
    };
    matrix::MODULES.iter().map(grade).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{option, prelude::*, sample::select};

    fn said(level: Grade, expires_at: Option<i64>) -> Override {
        Override { level, expires_at: expires_at.map(Timestamp::from_ms), ..Override::default() }
    }

    proptest! {
        #[test]
        fn the_nearest_word_counts_and_no_word_takes_anything_from_who_runs_all(
            role in select(&Role::ALL[..]),
            module in select(&matrix::MODULES[..]),
            of_role in option::of(select(&Grade::ALL[..])),
            of_person in option::of((select(&Grade::ALL[..]), option::of(0_i64..20))),
            now in 0_i64..20,
        ) {
            let levels = of_role.map(|grade| (module.to_owned(), grade)).into_iter().collect();
            let organization = RoleLevels { role, levels, ..RoleLevels::default() };
            let person: BTreeMap<String, Override> =
                of_person.map(|(grade, end)| (module.to_owned(), said(grade, end))).into_iter().collect();

            let (level, source) =
                level_of(role, Some(&organization), &person, module, Timestamp::from_ms(now));

            let in_time = of_person.filter(|(_, end)| end.is_none_or(|end| end > now));
            let expected = match (in_time, of_role) {
                _ if runs_all(role) => (matrix::level(role, module), Source::Default),
                (Some((grade, _)), _) => (grade.level(), Source::Person),
                (None, Some(grade)) => (grade.level(), Source::Organization),
                (None, None) => (matrix::level(role, module), Source::Default),
            };
            prop_assert_eq!((level, source), expected);
        }
    }

    #[test]
    fn what_is_said_again_keeps_who_said_it_first() {
        let first = Override { at: Timestamp::from_ms(1), ..said(Grade::RO, None) };
        let user = User { overrides: BTreeMap::from([("crm".to_owned(), first.clone())]), ..User::default() };
        let wishes = |level| BTreeMap::from([("crm".to_owned(), said(level, None))]);

        assert_eq!(overridden(&user, wishes(Grade::RO)).overrides["crm"], first);
        assert_ne!(overridden(&user, wishes(Grade::W)).overrides["crm"], first);
        assert_eq!(changed(&user.overrides, &BTreeMap::new()), ["crm"]);
    }
}
