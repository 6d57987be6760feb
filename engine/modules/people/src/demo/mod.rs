//! A believable organization to look around in: a youth programme of West Africa with people of all nineteen roles, in
//! French and in English. Its words are in scripts; here they become rows.

mod arrivals;
mod cast;
mod scene;
pub mod script;
mod stage;

pub use scene::Scene;
pub use stage::Stage;

use crate::{
    authentication::Auth,
    first_organization,
    users::{
        self,
        tables::{Organization, User},
    },
};
use engine::{Engine, Error, Result};
use std::sync::Arc;

/// What everybody in the demo signs in with.
const PASSWORD: &str = "teranga-2025-demo";

/// The people of the demo and the password they share.
pub struct Demo {
    /// Their password. Those who may do everything have none, for this one is known to everybody.
    pub password: &'static str,
    /// The people, in a fixed order: the manager first.
    pub people: Vec<User>,
    /// Where they play.
    pub stage: Stage,
}

/// Fills the first organization with people; a second time it only finds them.
///
/// # Errors
/// When there is no organization yet, or a commit is refused.
pub async fn demo(engine: &Engine) -> Result<Demo> {
    let none = || Error::not_found("organization");
    let org = first_organization(engine.reader()).await?.ok_or_else(none)?;
    let found: Option<Organization> = engine.reader().by_id(&users::home(org), org.cast()).await?;
    let opened_at = found.ok_or_else(none)?.created_at;
    let auth: &Arc<Auth> = engine.part()?;
    // Hashed once: it is no secret, and as many hashes as people would hold the start up.
    let hash = auth.hash(PASSWORD).await?;
    let cast = cast::cast()?;
    let arrivals = arrivals::Arrivals { engine, org, opened_at, cast: &cast };
    let people = arrivals.people(&hash).await?;
    let stage = Stage::new(engine, org, opened_at, &people);
    let scene = stage.scene(users::home(org), "people").await?;
    arrivals.belong(&stage, scene).await?;
    Ok(Demo { password: PASSWORD, people, stage })
}
