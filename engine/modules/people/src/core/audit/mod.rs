//! What was done in an organization, by whom: chained so that nothing can be changed or taken out of it unseen, searched,
//! and checked.

mod chain;
mod link;
mod search;
pub mod tables;
mod verify;

pub(super) use chain::ChainAudit;
pub(super) use search::ListAudit;
pub(super) use verify::VerifyAudit;

use schema::{id::OrgId, room::RoomId};

/// The room in which an organization's chain is kept.
fn home(org: OrgId) -> RoomId {
    RoomId::with_topic("org", org.uuid(), "audit")
}
