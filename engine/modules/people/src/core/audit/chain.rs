//! Chaining: the lines of all rooms of an organization, in the order in which they are met. The server does it some
//! seconds after they were written; each room's lines are taken in their own order and none is taken twice, because
//! how far a room was chained stands in the commit that chains it.

use super::{
    home,
    link::{End, Line, Written},
    tables::{AuditChain, AuditEntry, AuditHead},
};
use crate::{authentication::Auth, server};
use actors::{
    own::{AUDIT, AUDITED, AuditHour, Audited, CHAIN_AUDIT, audit_key, audit_place},
    room::Author,
};
use bytes::Bytes;
use engine::{Action, Context, Endpoint, Error, Needs, Outcome, Reader, Result, Route, Scope, Whole};
use schema::{
    answer,
    caller::Caller,
    change::Change,
    codec,
    id::OrgId,
    key::{Key, KeyWriter},
    operation,
    room::RoomId,
    table::Spec,
    time::Timestamp,
};
use serde_json::json;
use std::sync::Arc;
use storage::Range;

/// Lines chained by one commit: each is a row and an index entry.
const AT_ONCE: usize = 64;
/// Commits made by one call; where more is to be done, the next follows at once.
const COMMITS_MAX: usize = 64;
/// Rooms looked at in one go.
const ROOMS_AT_ONCE: usize = 256;

/// Where the chain stands.
#[answer]
pub(in crate::core) struct Chained {
    /// How many lines were added.
    added: u64,
    /// The number of the last entry.
    number: u64,
    /// Its hash.
    hash: String,
}

/// Chains the audit lines that were written in an hour and are not chained yet. The server does so by itself, ten
/// seconds after they were written; here it is done at once.
#[operation]
pub(in crate::core) struct ChainAudit {
    /// Hours since 1970 began; without one, the present.
    #[garde(range(min = 0, max = 2_000_000))]
    hour: Option<i64>,
    /// Only rooms in which lines were written at this instant or later.
    since: Option<Timestamp>,
}

impl Endpoint for ChainAudit {
    const ROUTE: Route = Route::put("/audit/chain/")
        .tells_nobody("it adds nothing to what was done: whoever looks for it finds it in the audit");
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Whole<Chained>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let auth: &Arc<Auth> = cx.part()?;
        let org = cx.caller.org;
        let hour = self.hour.map_or_else(|| AuditHour::of(org, cx.now()), |hour| AuditHour { org, hour });
        let stretch = Stretch { hour, since: self.since.unwrap_or_default() };
        let before = end_of(cx, org).await?.map_or(0, |chain| chain.number);
        // A room in which nothing is left is not looked at again: the next commit goes on where the last one stopped.
        let mut from = Bytes::new();
        for left in (0..COMMITS_MAX).rev() {
            let chained = || chain_some(cx, auth.audit_key(), stretch, from.clone(), left == 0);
            let Some(next) = server::settle(chained).await? else { break };
            from = next;
        }
        let chain = end_of(cx, org).await?.unwrap_or_default();
        let added = chain.number.saturating_sub(before);
        Outcome::ok(&Chained { added, number: chain.number, hash: chain.hash })
    }
}

/// Where lines are looked for.
#[derive(Clone, Copy)]
struct Stretch {
    hour: AuditHour,
    since: Timestamp,
}

/// The end of an organization's chain.
pub(super) async fn end_of(reader: &Reader, org: OrgId) -> Result<Option<AuditChain>> {
    reader.get(&home(org), KeyWriter::new().with(&org)).await
}

/// Chains the next lines in one commit, looking for them in the listed rooms from a place on; answers the place of the
/// room to go on with where there may be more, which a timer does if this is the last commit of its call.
async fn chain_some(
    cx: &Context,
    key: &[u8; 32],
    stretch: Stretch,
    from: Bytes,
    last: bool,
) -> Result<Option<Bytes>> {
    let Stretch { hour, since } = stretch;
    let old = end_of(cx, hour.org).await?;
    let start = old.clone().unwrap_or(AuditChain { org_id: hour.org, ..AuditChain::default() });
    let mut end = End { number: start.number, hash: start.hash.clone() };
    let mut change = Change::new();
    change.unaudited();
    let (mut added, mut next) = (0, None);
    let mut rooms = Range::partition(AUDITED, hour.partition(), ROOMS_AT_ONCE).since(from);
    'rooms: loop {
        let listed = cx.store().scan(&rooms).await?;
        let Some(last) = listed.last() else { break };
        rooms = rooms.after(last.sort.clone());
        for row in &listed {
            let listed: Audited = codec::from_msgpack(&row.value)?;
            if listed.at < since {
                continue;
            }
            added += chain_room(cx, key, &listed.room, &mut end, (&mut change, AT_ONCE - added)).await?;
            if added == AT_ONCE {
                next = Some(row.sort.clone());
                break 'rooms;
            }
        }
    }
    if added == 0 {
        return Ok(None);
    }
    let new = AuditChain { number: end.number, hash: end.hash, ..start };
    match &old {
        Some(old) => change.update(old, new),
        None => change.insert(new),
    };
    if next.is_some() && last {
        change.later(cx.now(), CHAIN_AUDIT, json!({"hour": hour.hour, "since": since}));
    }
    let author = Author::system(hour.org, CHAIN_AUDIT);
    server::commit(cx.engine(), &home(hour.org), author, change).await?;
    Ok(next)
}

/// Adds lines of one room, `most` at most; answers how many.
async fn chain_room(
    cx: &Context,
    key: &[u8; 32],
    room: &RoomId,
    end: &mut End,
    (change, most): (&mut Change, usize),
) -> Result<usize> {
    let org = cx.caller.org;
    let name = room.as_str();
    let head: Option<AuditHead> = cx.get(&home(org), KeyWriter::new().with(name)).await?;
    let mut range = Range::partition(AUDIT, Spec::partition(room), most);
    if let Some(head) = &head {
        range = range.after(line_key(room, head.commit, head.nth)?.sort);
    }
    let lines = cx.store().scan(&range).await?;
    let until = AuditHour::settled_before(cx.now());
    let mut last: Option<AuditEntry> = None;
    let mut added = 0;
    for row in &lines {
        let line: Line = codec::from_msgpack(&row.value)?;
        // What comes after it is younger still, and has a timer of its own.
        if line.at > until {
            break;
        }
        let place = audit_place(&row.sort);
        let (commit, nth) = place.ok_or_else(|| Error::broken("an audit line without a place"))?;
        let entry = end.entry(key, org, line, &Written { room, commit, nth, bytes: &row.value });
        *end = End::of(&entry);
        last = Some(entry.clone());
        change.insert(entry);
        added += 1;
    }
    if let Some(last) = last {
        let new = AuditHead {
            org_id: org,
            room: name.to_owned(),
            commit: last.commit,
            nth: last.nth,
            ..head.clone().unwrap_or_default()
        };
        match &head {
            Some(head) => change.update(head, new),
            None => change.insert(new),
        };
    }
    Ok(added)
}

/// Where a line stands.
pub(super) fn line_key(room: &RoomId, commit: u64, place: u64) -> Result<Key> {
    Ok(audit_key(room, commit, usize::try_from(place).map_err(Error::broken)?))
}
