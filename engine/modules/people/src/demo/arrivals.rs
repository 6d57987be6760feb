//! How the cast arrives: people with their accounts, then the departments they belong to and what they can do. Who is
//! there already stays as they are.

use super::{
    cast::{Cast, Person},
    scene::{Scene, once},
    stage::{Stage, named},
};
use crate::{
    authentication::tables::{ADDRESS, Credential, address},
    folding::folded,
    users::{
        self,
        departments::tables::Department,
        events,
        rights::rules::runs_all,
        skills::tables::{Skill, SkillId, UserSkill},
        tables::{self, User},
    },
};
use actors::room::Author;
use engine::{Engine, Result};
use schema::{
    change::{Change, Filled, Slot},
    id::{Id, OrgId, UserId},
    time::Timestamp,
};
use serde_json::{Value, json};
use std::collections::HashMap;

/// People made with one change: with their index entries and claims they stay well under its bytes.
const PEOPLE_AT_ONCE: usize = 16;
/// Departments and skills of the organization that a name is looked for among.
const KNOWN_MAX: usize = 5_000;
/// Who does what nobody else may.
const ADMINISTRATOR: &str = "binta";

/// The cast on its way into an organization.
pub(super) struct Arrivals<'a> {
    pub(super) engine: &'a Engine,
    pub(super) org: OrgId,
    pub(super) opened_at: Timestamp,
    pub(super) cast: &'a Cast,
}

impl Arrivals<'_> {
    fn id<K>(&self, kind: &str, key: &str) -> Id<K> {
        Id::new(named(self.opened_at, self.org, &format!("{kind} {key}")))
    }

    /// Everybody, in the order of the cast; those who were not there are now.
    pub(super) async fn people(&self, hash: &str) -> Result<Vec<User>> {
        let mut ids: HashMap<&str, UserId> = HashMap::new();
        let mut missing = Vec::new();
        for person in &self.cast.people {
            let reader = self.engine.reader();
            let held = reader.holder::<User>(ADDRESS, address(&email(person))).await?;
            let id: UserId = held.map_or_else(|| self.id("person", person.key), |held| Id::new(held.holder));
            // An address may have been claimed by a start that ended before there was anybody.
            if reader.by_id::<User>(&users::home(self.org), id.cast()).await?.is_none() {
                missing.push(person);
            }
            ids.insert(person.key, id);
        }
        for some in missing.chunks(PEOPLE_AT_ONCE) {
            let mut change = Change::new();
            for person in some {
                self.arrive(&mut change, person, &ids, hash);
            }
            let (author, key) =
                (Author::system(self.org, "Demo"), some.first().map_or("", |first| first.key));
            once(self.engine, &users::home(self.org), &format!("demo.person.{key}"), author, change).await?;
        }
        let mut people = Vec::with_capacity(ids.len());
        for id in self.cast.people.iter().filter_map(|person| ids.get(person.key)) {
            people.push(users::find(self.engine.reader(), self.org, *id).await?);
        }
        Ok(people)
    }

    fn arrive(&self, change: &mut Change, person: &Person, ids: &HashMap<&str, UserId>, hash: &str) {
        let of = |key: Option<&str>| key.and_then(|key| ids.get(key)).copied();
        let opened = User::open(
            self.id("person", person.key),
            self.org,
            tables::Person {
                email: email(person),
                first_name: person.first_name.to_owned(),
                last_name: person.last_name.to_owned(),
                role: person.role,
                language: person.language,
                job_title: Some(person.job_title.to_owned()),
            },
        );
        let user = User {
            location: Some(person.location.to_owned()),
            manager_id: of(person.manager),
            department_id: person.department.map(|key| self.id("department", key)),
            ..opened
        };
        if !runs_all(user.role) {
            change.insert(Credential::of(&user, hash.to_owned(), false));
        }
        let (id, name) = (user.id, user.name());
        let slot: Slot<User> = change.insert(user);
        let card = move |filled: &Filled<'_>| filled.get(slot).map_or(Value::Null, User::card);
        let _ = change.tell(events::CREATED, slot).saying(card).notify([id]);
        let department = self.cast.departments.iter().find(|one| Some(one.key) == person.department);
        if let Some(department) = department {
            let said = json!({
                "title": department.name, "department_id": self.id::<Department>("department", department.key),
                "user_id": id, "name": name,
            });
            let told = change.tell(events::MEMBER_ADDED, slot).saying(move |_| said.clone());
            let _ = told.notify(of(department.manager).into_iter().chain([id]));
        }
    }

    /// Makes the departments with the people who have arrived in them, and says what everybody can do.
    pub(super) async fn belong(&self, stage: &Stage, mut scene: Scene<'_>) -> Result<()> {
        scene.commit(ADMINISTRATOR, self.departments(stage).await?).await?;
        for some in self.cast.people.chunks(PEOPLE_AT_ONCE) {
            scene.commit(ADMINISTRATOR, self.skills(stage, some).await?).await?;
        }
        Ok(())
    }

    async fn departments(&self, stage: &Stage) -> Result<Change> {
        let mut change = Change::new();
        let known: Vec<Department> = self.engine.reader().rows(&users::home(self.org), KNOWN_MAX).await?;
        for one in &self.cast.departments {
            if known.iter().any(|known| known.name_folded == folded(one.name)) {
                continue;
            }
            let id: Id<Department> = self.id("department", one.key);
            let of = |key: Option<&str>| key.map(|key| stage.user(key)).transpose();
            let people = self.cast.people.iter().filter_map(|person| stage.person(person.key).ok());
            let members = people.filter(|user| user.department_id == Some(id)).count();
            let children = self.cast.departments.iter().filter(|below| below.parent == Some(one.key)).count();
            let slot = change.insert(Department {
                id,
                org_id: self.org,
                name: one.name.to_owned(),
                name_folded: folded(one.name),
                parent_id: one.parent.map(|key| self.id("department", key)),
                manager_id: of(one.manager)?,
                deputy_id: of(one.deputy)?,
                members: u32::try_from(members).unwrap_or(u32::MAX),
                children: u32::try_from(children).unwrap_or(u32::MAX),
                ..Department::default()
            });
            let _ = change.tell(events::DEPARTMENT_CREATED, slot);
        }
        Ok(change)
    }

    async fn skills(&self, stage: &Stage, people: &[Person]) -> Result<Change> {
        let mut change = Change::new();
        let home = users::home(self.org);
        let known: Vec<Skill> = self.engine.reader().rows(&home, KNOWN_MAX).await?;
        let mut skills: HashMap<String, SkillId> =
            known.into_iter().map(|skill| (skill.name_folded, skill.id)).collect();
        for person in people {
            let mut slots = Vec::new();
            for (name, level) in &person.skills {
                let name_folded = folded(name);
                let skill_id = match skills.get(&name_folded) {
                    Some(id) => *id,
                    None => {
                        let id = self.id("skill", name);
                        skills.insert(name_folded.clone(), id);
                        let (org_id, name) = (self.org, (*name).to_owned());
                        let slot = change.insert(Skill { id, org_id, name, name_folded, ..Skill::default() });
                        let _ = change.tell(events::SKILL_CREATED, slot);
                        id
                    }
                };
                slots.push(change.insert(UserSkill {
                    id: self.id("ability", &format!("{} {name}", person.key)),
                    org_id: self.org,
                    user_id: stage.user(person.key)?,
                    skill_id,
                    level: *level,
                    ..UserSkill::default()
                }));
            }
            if let Some(slot) = slots.first() {
                let user = stage.person(person.key)?;
                let said = json!({"title": user.name(), "user_id": user.id, "skills": slots.len()});
                let _ = change.tell(events::SKILLS_CHANGED, *slot).saying(move |_| said.clone());
            }
        }
        Ok(change)
    }
}

fn email(person: &Person) -> String {
    format!("{}@demo.ecosystia.app", person.key)
}
