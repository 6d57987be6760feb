//! How people prove who they are: passwords, sign-ins, tokens and tickets. What they may do is decided
//! elsewhere, from their role.

mod access;
mod api_keys;
mod auth;
mod config;
mod control;
mod decreed;
mod devices;
mod error;
pub mod events;
mod familiar;
mod forgotten;
mod hashing;
mod holds;
mod jwks;
mod key_use;
mod keys;
pub mod lock;
mod login;
mod logout;
mod me;
mod of_somebody;
mod opaque;
pub mod password;
mod passwords;
mod refresh;
mod secret;
mod session;
mod step_up;
pub mod tables;
mod tickets;
mod token;
mod ws_ticket;

pub use auth::Auth;
pub use config::Config;
pub use error::Error;
pub(crate) use opaque::Opaque;
pub use secret::Secret;
pub(crate) use step_up::stepped_up;

use engine::{Module, Shortcut, op};

/// The face of the module.
pub static MODULE: Module = Module {
    name: "auth",
    base: "/api/v1/auth",
    endpoints: &[
        op::<login::Login>(),
        op::<refresh::RefreshSession>(),
        op::<logout::Logout>(),
        op::<devices::LogoutEverywhere>(),
        op::<devices::ListSessions>(),
        op::<devices::EndSession>(),
        op::<passwords::ChangePassword>(),
        op::<forgotten::AskForPassword>(),
        op::<passwords::ConfirmPassword>(),
        op::<passwords::MakePasswordLink>(),
        op::<forgotten::UnlockUser>(),
        op::<api_keys::ListApiKeys>(),
        op::<api_keys::CreateApiKey>(),
        op::<api_keys::RevokeApiKey>(),
        op::<key_use::NoteKeyUse>(),
        op::<step_up::StepUp>(),
        op::<me::ShowMe>(),
        op::<ws_ticket::IssueTicket>(),
        op::<jwks::ListKeys>(),
    ],
    tables: tables::ALL,
    rooms: &[],
    sockets: &[],
    events: events::KINDS,
    reactions: &[
        control::END_SESSIONS,
        control::RELOAD_RIGHTS,
        control::RELOAD_ROLE,
        control::RELOAD_PROFILE,
        decreed::COUNT_FAILURE,
        decreed::UNLOCK,
        decreed::END_ONE,
        decreed::END_KEY,
        familiar::WARN,
    ],
    entities: &[],
    jobs: &[],
    commands: &[Shortcut {
        word: "whoami",
        operation: "ShowMe",
        arguments: &[],
        help: "Who you are signed in as, and what you may do",
    }],
};
