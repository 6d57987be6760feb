//! What people work on together: projects with their boards, meetings with their talk. Stands on people;
//! nothing here knows how they sign in.

mod acquaintance;
mod asked;
mod demo;
mod direct;
pub mod meetings;
mod named;
pub mod projects;
mod seed;
mod zones;

pub use demo::demo;
pub use seed::{seed, seed_meetings, seed_projects};

/// The modules of this crate, for the catalogue.
#[must_use]
pub fn modules() -> Vec<&'static engine::Module> {
    vec![&projects::MODULE, &meetings::MODULE, &acquaintance::MODULE]
}

/// Adds what these modules keep in memory to the engine's parts.
pub fn equip(parts: &mut engine::Parts) {
    parts.add(meetings::Markers::default());
}
