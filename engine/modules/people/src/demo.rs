//! A small believable organization to look around in: a youth programme in Dakar with people of many
//! roles, in French and in English.

use crate::{
    authentication::{
        Auth,
        tables::{ADDRESS, Credential, address},
    },
    first_organization, server, users,
    users::tables::{Language, Person, User},
};
use actors::room::Author;
use engine::{Engine, Error, Result};
use schema::{change::Change, id::Id, role::Role};
use std::sync::Arc;

/// What everybody in the demo signs in with.
const PASSWORD: &str = "teranga-2025-demo";

use Language::{En, Fr};

/// Address before the @, given name, family name, role, language, what they do.
const PEOPLE: [(&str, &str, &str, Role, Language, &str); 12] = [
    ("fatou", "Fatou", "Diop", Role::Manager, Fr, "Directrice des programmes"),
    ("ibrahima", "Ibrahima", "Ndiaye", Role::Supervisor, Fr, "Superviseur terrain"),
    ("ama", "Ama", "Mensah", Role::Supervisor, En, "Regional coordinator"),
    ("moussa", "Moussa", "Traoré", Role::Trainer, Fr, "Formateur en développement web"),
    ("chinedu", "Chinedu", "Okafor", Role::Mentor, En, "Mentor, agribusiness"),
    ("aissatou", "Aïssatou", "Bâ", Role::Facilitator, Fr, "Facilitatrice d'ateliers"),
    ("kwame", "Kwame", "Boateng", Role::Entrepreneur, En, "Founder, solar kiosks"),
    ("mariama", "Mariama", "Camara", Role::Entrepreneur, Fr, "Fondatrice, jus de bissap"),
    ("awa", "Awa", "Sarr", Role::Student, Fr, "Étudiante en informatique"),
    ("yaw", "Yaw", "Asante", Role::Student, En, "Student, data analysis"),
    ("claire", "Claire", "Mendy", Role::Funder, Fr, "Chargée de mission, fondation"),
    ("ousmane", "Ousmane", "Kouyaté", Role::Intern, Fr, "Stagiaire, suivi-évaluation"),
];

/// The people of the demo and the password they share.
pub struct Demo {
    /// Their password.
    pub password: &'static str,
    /// The people, in a fixed order: the manager first.
    pub people: Vec<User>,
}

/// Fills the first organization with a dozen people; a second time it only finds them.
///
/// # Errors
/// When there is no organization yet, or a commit is refused.
pub async fn demo(engine: &Engine) -> Result<Demo> {
    let org = first_organization(engine.reader()).await?.ok_or_else(|| Error::not_found("organization"))?;
    let home = users::home(org);
    let auth: &Arc<Auth> = engine.part()?;
    // Hashed once: it is no secret, and twelve hashes would hold the start up.
    let hash = auth.hash(PASSWORD).await?;
    let mut ids = Vec::with_capacity(PEOPLE.len());
    let mut change = Change::new();
    for (local, first_name, last_name, role, language, job_title) in PEOPLE {
        let email = format!("{local}@demo.ecosystia.app");
        if let Some(held) = engine.reader().holder::<User>(ADDRESS, address(&email)).await? {
            ids.push(Id::new(held.holder));
            continue;
        }
        let person = Person {
            email,
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            role,
            language,
            job_title: Some(job_title.to_owned()),
        };
        let user = User::open(engine.node().clock().new_id(), org, person);
        ids.push(user.id);
        change.insert(Credential::of(&user, hash.clone(), false));
        change.insert(user);
    }
    if !change.rows.is_empty() {
        server::commit(engine, &home, Author::system(org, "Demo"), change).await?;
    }
    let mut people = Vec::with_capacity(ids.len());
    for id in ids {
        people.push(users::find(engine.reader(), org, id).await?);
    }
    Ok(Demo { password: PASSWORD, people })
}
