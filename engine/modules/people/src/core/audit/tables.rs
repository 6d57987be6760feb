//! The chain of an organization's audit lines. The lines stand in the rooms where they were written; the chain says in
//! which order they count, and holds each to the one before it.

use schema::{
    id::{OrgId, UserId},
    role::Role,
    row,
    time::Timestamp,
};
use uuid::Uuid;

/// One audit line's place in the chain.
#[row(
    name = "audit_entries",
    id = 33,
    entity = "audit_entry",
    home = "org",
    by = "org_id",
    topic = "audit",
    key = "number",
    lean
)]
#[table(index(name = "by_at", within = "org_id", sort = "at", carry = "all but org_id, version"))]
pub struct AuditEntry {
    /// The organization.
    pub org_id: OrgId,
    /// Its number: 1 for the first, and none is left out.
    pub number: u64,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it; absent for the server itself.
    pub actor_id: Option<UserId>,
    /// What they were then.
    pub actor_role: Role,
    /// The operation.
    pub action: String,
    /// The type of record that it was about.
    pub entity_type: String,
    /// The record.
    pub entity_id: Uuid,
    /// The room in which it was committed, its commit there, and its place in that.
    pub room: String,
    /// The commit's number in its room.
    pub commit: u64,
    /// Its place in the commit.
    pub nth: u64,
    /// BLAKE3 of the line as it is stored, in hex.
    pub digest: String,
    /// The hash of the entry before; empty for the first.
    pub prev_hash: String,
    /// BLAKE3 over this entry and the hash before, keyed with a secret of the server's, in hex.
    pub hash: String,
}

/// Up to where a room's lines are chained.
#[row(
    name = "audit_heads",
    id = 34,
    entity = "audit_head",
    home = "org",
    by = "org_id",
    topic = "audit",
    key = "room",
    lean
)]
pub struct AuditHead {
    /// The organization.
    pub org_id: OrgId,
    /// The room.
    pub room: String,
    /// The last commit whose lines are chained.
    pub commit: u64,
    /// The place of the last line in it.
    pub nth: u64,
}

/// The end of an organization's chain.
#[row(
    name = "audit_chains",
    id = 35,
    entity = "audit_chain",
    home = "org",
    by = "org_id",
    topic = "audit",
    key = "org_id",
    lean
)]
pub struct AuditChain {
    /// The organization.
    pub org_id: OrgId,
    /// The last entry's number.
    pub number: u64,
    /// Its hash.
    pub hash: String,
}
