//! What every module leans on: comments on any record, what was done to it, the organization itself, and the closed
//! sets that clients draw their forms from.

mod activity;
mod comments;
mod discussing;
pub mod events;
mod organization;
mod reference;
mod rules;
pub mod tables;

use crate::alerts;
use engine::{Module, Socket, op};
use schema::table::Table as _;

/// The face of the module.
pub static MODULE: Module = Module {
    name: "core",
    base: "/api/v1/core",
    endpoints: &[
        op::<comments::ListComments>(),
        op::<comments::CreateComment>(),
        op::<comments::EditComment>(),
        op::<comments::DeleteComment>(),
        op::<activity::ListActivityOf>(),
        op::<alerts::ListAlerts>(),
        op::<alerts::AcknowledgeAlert>(),
        op::<organization::GetOrganization>(),
        op::<organization::EditOrganization>(),
        op::<reference::GetReference>(),
    ],
    tables: &[tables::Comment::SPEC, alerts::tables::Alert::SPEC],
    rooms: &[alerts::SYSTEM],
    sockets: &[Socket {
        path: "/ws/system/",
        kind: "system",
        short: &[("ack", "AcknowledgeAlert", "org_id")],
    }],
    events: events::KINDS,
    reactions: &[alerts::RELAY_SECURITY, alerts::RELAY_SIGNUPS],
    entities: &[],
    commands: &[],
};
