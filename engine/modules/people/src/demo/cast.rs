//! Who is in the demonstration: people of all nineteen roles, their departments and what they can do, read from
//! `cast.txt`. Nothing here writes.

use super::script::{self, Line};
use crate::users::tables::Language;
use engine::Result;
use schema::role::Role;

const CAST: &str = include_str!("cast.txt");

/// Everybody, and where they belong.
#[derive(Default)]
pub(super) struct Cast {
    pub(super) departments: Vec<Department>,
    pub(super) people: Vec<Person>,
}

pub(super) struct Department {
    pub(super) key: &'static str,
    pub(super) parent: Option<&'static str>,
    pub(super) manager: Option<&'static str>,
    pub(super) deputy: Option<&'static str>,
    pub(super) name: &'static str,
}

pub(super) struct Person {
    /// What stands before the @ of their address, and what others call them in the scripts.
    pub(super) key: &'static str,
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    pub(super) role: Role,
    pub(super) language: Language,
    pub(super) department: Option<&'static str>,
    pub(super) manager: Option<&'static str>,
    pub(super) job_title: &'static str,
    pub(super) location: &'static str,
    /// What they can do, and how well.
    pub(super) skills: Vec<(&'static str, u32)>,
}

/// Reads the cast.
///
/// # Errors
/// When a line can't be read.
pub(super) fn cast() -> Result<Cast> {
    let mut cast = Cast::default();
    for line in script::lines(CAST) {
        match line.word {
            "department" => cast.departments.push(Department {
                key: line.text(0)?,
                parent: line.at(1),
                manager: line.at(2),
                deputy: line.at(3),
                name: line.text(4)?,
            }),
            "person" => cast.people.push(person(&line)?),
            "can" => {
                let person = cast.people.last_mut().ok_or_else(|| line.unreadable("nobody can"))?;
                person.skills = skills(&line)?;
            }
            _ => return Err(line.unreadable("no such word")),
        }
    }
    Ok(cast)
}

fn person(line: &Line<'static>) -> Result<Person> {
    Ok(Person {
        key: line.text(0)?,
        first_name: line.text(1)?,
        last_name: line.text(2)?,
        role: line.one_of(3)?,
        language: line.one_of(4)?,
        department: line.at(5),
        manager: line.at(6),
        job_title: line.text(7)?,
        location: line.text(8)?,
        skills: Vec::new(),
    })
}

fn skills(line: &Line<'static>) -> Result<Vec<(&'static str, u32)>> {
    let skill = |text: &'static str| {
        let (name, level) = text.trim().rsplit_once(' ')?;
        Some((name, level.parse().ok().filter(|level| (1..=5).contains(level))?))
    };
    let skills = line.rest.split(',').map(skill);
    skills.collect::<Option<_>>().ok_or_else(|| line.unreadable("a skill is a name and a level"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_cast_has_all_roles_and_everybody_named_is_in_it() {
        let cast = cast().unwrap();

        let roles: HashSet<Role> = cast.people.iter().map(|person| person.role).collect();
        assert_eq!(roles.len(), Role::ALL.len());
        let keys: HashSet<&str> = cast.people.iter().map(|person| person.key).collect();
        assert_eq!(keys.len(), cast.people.len());
        let departments: HashSet<&str> = cast.departments.iter().map(|one| one.key).collect();
        let named = cast.departments.iter().flat_map(|one| one.manager.into_iter().chain(one.deputy));
        assert!(named.chain(cast.people.iter().filter_map(|one| one.manager)).all(|key| keys.contains(key)));
        let named = cast.departments.iter().filter_map(|one| one.parent);
        let named = named.chain(cast.people.iter().filter_map(|one| one.department));
        assert!(named.into_iter().all(|key| departments.contains(key)));
    }
}
