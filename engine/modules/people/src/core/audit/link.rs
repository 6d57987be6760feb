//! How one audit line is tied to the one before it. Pure.

use super::tables::AuditEntry;
use schema::{
    codec,
    id::{OrgId, UserId},
    role::Role,
    room::RoomId,
    time::Timestamp,
};
use serde::Deserialize;
use uuid::Uuid;

/// What the chain reads of a line.
#[derive(Deserialize)]
pub(super) struct Line {
    pub(super) at: Timestamp,
    actor_id: Option<UserId>,
    actor_role: Role,
    action: String,
    #[serde(default)]
    entity_type: String,
    #[serde(default)]
    entity_id: Uuid,
}

/// A line, as it stands in its room.
pub(super) struct Written<'a> {
    pub(super) room: &'a RoomId,
    pub(super) commit: u64,
    pub(super) nth: u64,
    pub(super) bytes: &'a [u8],
}

/// The end of a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct End {
    pub(super) number: u64,
    pub(super) hash: String,
}

impl End {
    /// The chain with one more line.
    pub(super) fn entry(&self, key: &[u8; 32], org: OrgId, line: Line, written: &Written<'_>) -> AuditEntry {
        let mut entry = AuditEntry {
            org_id: org,
            number: self.number + 1,
            at: line.at,
            actor_id: line.actor_id,
            actor_role: line.actor_role,
            action: line.action,
            entity_type: line.entity_type,
            entity_id: line.entity_id,
            room: written.room.to_string(),
            commit: written.commit,
            nth: written.nth,
            digest: digest(written.bytes),
            prev_hash: self.hash.clone(),
            ..AuditEntry::default()
        };
        entry.hash = hash(key, &entry);
        entry
    }

    pub(super) fn of(entry: &AuditEntry) -> Self {
        Self { number: entry.number, hash: entry.hash.clone() }
    }
}

/// What a line's bytes come to.
pub(super) fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// What an entry and the hash before it come to. Everything an entry says is in it, so that none of it can be changed.
pub(super) fn hash(key: &[u8; 32], entry: &AuditEntry) -> String {
    let bare = AuditEntry { hash: String::new(), version: 0, ..entry.clone() };
    let bytes = codec::to_msgpack(&bare).unwrap_or_default();
    blake3::keyed_hash(key, &bytes).to_hex().to_string()
}

/// Why an entry does not hold, if it does not: `line` is what stands in its room.
pub(super) fn flaw(
    key: &[u8; 32],
    before: &End,
    entry: &AuditEntry,
    line: Option<&[u8]>,
) -> Option<&'static str> {
    if entry.number != before.number + 1 {
        return Some("an entry is missing before it");
    }
    if entry.prev_hash != before.hash {
        return Some("it does not follow the entry before it");
    }
    if entry.hash != hash(key, entry) {
        return Some("the entry was changed");
    }
    match line {
        None => Some("its line was removed"),
        Some(line) if digest(line) != entry.digest => Some("its line was changed"),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: [u8; 32] = [7; 32];

    fn chain(lines: &[Vec<u8>]) -> Vec<AuditEntry> {
        let room = RoomId::new("user", Uuid::from_u128(1));
        let mut end = End::default();
        let mut entries = Vec::new();
        for (commit, bytes) in (1..).zip(lines) {
            let line = Line {
                at: Timestamp::from_ms(1_000),
                actor_id: None,
                actor_role: Role::Student,
                action: "Act".into(),
                entity_type: "task".into(),
                entity_id: Uuid::from_u128(2),
            };
            let entry = end.entry(&KEY, OrgId::NIL, line, &Written { room: &room, commit, nth: 0, bytes });
            end = End::of(&entry);
            entries.push(entry);
        }
        entries
    }

    fn first_flaw(entries: &[AuditEntry], lines: &[Vec<u8>]) -> Option<u64> {
        let mut before = End::default();
        for entry in entries {
            let at = usize::try_from(entry.commit).unwrap() - 1;
            if flaw(&KEY, &before, entry, lines.get(at).map(Vec::as_slice)).is_some() {
                return Some(entry.number);
            }
            before = End::of(entry);
        }
        None
    }

    proptest! {
        #[test]
        fn whatever_is_changed_or_taken_out_is_seen_where_it_was(
            lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 2..12),
            at: proptest::sample::Index,
            how in 0..5,
        ) {
            let (mut entries, mut changed) = (chain(&lines), lines.clone());
            prop_assert_eq!(first_flaw(&entries, &lines), None);
            // The last entry may be taken off unseen: its number stands in the chain's own row.
            let at = at.index(lines.len() - 1);
            match how {
                0 => changed[at].push(1),
                1 => entries[at].action.push('!'),
                2 => entries[at].actor_role = Role::Alumni,
                3 => { entries.remove(at); }
                _ => entries.swap(at, at + 1),
            }

            let seen = first_flaw(&entries, &changed);

            let number = u64::try_from(at).unwrap() + 1;
            prop_assert!(seen == Some(number) || seen == Some(number + 1), "{seen:?} for {number}");
        }
    }
}
