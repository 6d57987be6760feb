//! How people prove who they are: passwords, sign-ins, tokens and tickets. What they may do is decided
//! elsewhere, from their role.

mod auth;
mod config;
mod error;

pub use auth::Auth;
pub use config::Config;
pub use error::Error;

use engine::Module;

/// The face of the module.
pub static MODULE: Module = Module {
    name: "auth",
    base: "/api/v1/auth",
    endpoints: &[],
    tables: &[],
    rooms: &[],
    sockets: &[],
    events: &[],
    reactions: &[],
    commands: &[],
};
