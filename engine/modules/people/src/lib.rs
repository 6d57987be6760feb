//! People: how they sign in, who they are, what reaches them. The engine learns who calls and what a
//! role may do from here; nothing here knows what people work on.

pub mod alerts;
pub mod authentication;
pub mod calendar;
pub mod core;
pub mod demo;
mod folding;
pub mod notifications;
mod query;
mod recent;
pub mod rooms;
mod seed;
mod server;
mod start;
pub mod users;

pub use demo::{Demo, demo};
pub use seed::{persist, seed, seed_for};
pub use start::{FirstAdministrator, FirstStart, first_organization, first_start, found};

/// What the modules of this crate bring along.
pub fn parts(parts: &mut engine::Parts, auth: std::sync::Arc<authentication::Auth>) {
    parts.add(auth);
    parts.add(core::jobs::Benches::default());
}

/// The modules of this crate, for the catalogue.
#[must_use]
pub fn modules() -> Vec<&'static engine::Module> {
    vec![&authentication::MODULE, &users::MODULE, &notifications::MODULE, &core::MODULE]
}
