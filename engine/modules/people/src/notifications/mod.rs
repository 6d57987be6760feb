//! Each person's inbox, filled by what happens elsewhere.

use engine::{Module, Socket};

/// The face of the module.
pub static MODULE: Module = Module {
    name: "notif",
    base: "/api/v1/notifications",
    endpoints: &[],
    tables: &[],
    rooms: &[crate::rooms::USER],
    sockets: &[Socket { path: "/ws/notifications/{user_id}/", kind: "user", short: &[] }],
    events: &[],
    reactions: &[],
    commands: &[],
};
