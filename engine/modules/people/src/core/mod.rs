//! What every module leans on: comments on any record, what was done to it, the organization itself, and the closed
//! sets that clients draw their forms from.

mod activity;
pub mod audit;
mod comments;
mod discussing;
pub mod events;
pub mod jobs;
mod modules;
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
        op::<modules::ShowModules>(),
        op::<modules::SwitchModules>(),
        op::<reference::GetReference>(),
        op::<jobs::ListJobs>(),
        op::<jobs::GetJob>(),
        op::<jobs::CancelJob>(),
        op::<jobs::RunJob>(),
        op::<audit::ListAudit>(),
        op::<audit::VerifyAudit>(),
        op::<audit::ChainAudit>(),
    ],
    tables: &[
        tables::Comment::SPEC,
        alerts::tables::Alert::SPEC,
        jobs::tables::Job::SPEC,
        audit::tables::AuditEntry::SPEC,
        audit::tables::AuditHead::SPEC,
        audit::tables::AuditChain::SPEC,
    ],
    rooms: &[alerts::SYSTEM],
    sockets: &[Socket {
        path: "/ws/system/",
        kind: "system",
        short: &[("ack", "AcknowledgeAlert", "org_id")],
    }],
    events: events::KINDS,
    reactions: &[jobs::START, alerts::RELAY_SECURITY, alerts::RELAY_SIGNUPS, alerts::RELAY_JOBS],
    entities: &[],
    jobs: &[],
    commands: &[],
};
