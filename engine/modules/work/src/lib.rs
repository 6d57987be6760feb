//! What people work on together: projects with their boards, meetings with their talk. Stands on people;
//! nothing here knows how they sign in.

mod named;
pub mod projects;
mod text;

/// The modules of this crate, for the catalogue.
#[must_use]
pub fn modules() -> Vec<&'static engine::Module> {
    vec![&projects::MODULE]
}
