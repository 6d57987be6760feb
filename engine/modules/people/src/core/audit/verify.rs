//! Checking the chain: each entry against the one before it, and against the line that it stands for.

use super::{
    chain::{end_of, line_key},
    home,
    link::{End, flaw},
    tables::AuditEntry,
};
use crate::authentication::Auth;
use engine::{Action, Context, Endpoint, Error, Needs, Outcome, Param, Query, Result, Route, Scope, Whole};
use schema::{
    answer,
    caller::Caller,
    code::Code,
    key::KeyWriter,
    operation,
    table::{Slot, Spec, Table as _},
};
use std::sync::Arc;
use storage::Range;

/// Entries read in one go, and in one call.
const PAGE: usize = 500;
const CHECKED_MAX: u64 = 5_000;

/// What there was to see.
#[answer]
pub(in crate::core) struct Verdict {
    /// The first number that was checked.
    from: u64,
    /// The last.
    to: u64,
    /// How many entries were checked.
    checked: u64,
    /// Whether all of them hold.
    intact: bool,
    /// The first that does not.
    flaw: Option<Flaw>,
    /// Where to go on, when the range is not checked to its end.
    next: Option<u64>,
}

/// An entry that does not hold.
#[answer]
pub(in crate::core) struct Flaw {
    /// Its number.
    number: u64,
    /// Why not.
    reason: String,
}

/// Checks the chain of audit entries between two numbers: that none was changed, taken out or put in, and that the lines
/// in the rooms are still those that were chained. 5,000 at most in one call.
#[operation]
pub(in crate::core) struct VerifyAudit {
    /// `from`, `to`.
    query: Query,
}

impl Endpoint for VerifyAudit {
    const ROUTE: Route = Route::get("/audit/verify/");
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    const ASKS: &'static [Param] = &[
        Param { name: "from", format: "integer", help: "The first number; 1 without it.", required: false },
        Param { name: "to", format: "integer", help: "The last number; the last there is.", required: false },
    ];
    type Output = Whole<Verdict>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        self.query.only(&["from", "to"])?;
        let last = end_of(cx, cx.caller.org).await?.map_or(0, |chain| chain.number);
        let from: u64 = self.query.parsed("from")?.unwrap_or(1);
        let wished: u64 = self.query.parsed("to")?.unwrap_or(last).min(last);
        if from == 0 {
            return Err(Error::new(Code::InvalidFilter, "from: entries are counted from 1"));
        }
        let to = wished.min(from.saturating_add(CHECKED_MAX - 1));
        let (checked, flaw) = check(cx, from, to).await?;
        let next = (flaw.is_none() && to < wished).then_some(to + 1);
        Outcome::ok(&Verdict { from, to, checked, intact: flaw.is_none(), flaw, next })
    }
}

/// Checks entries until one does not hold; answers how many were looked at.
async fn check(cx: &Context, from: u64, to: u64) -> Result<(u64, Option<Flaw>)> {
    let auth: &Arc<Auth> = cx.part()?;
    let room = home(cx.caller.org);
    let before = match from.checked_sub(1).filter(|number| *number > 0) {
        None => End::default(),
        Some(number) => {
            let entry: Option<AuditEntry> = cx.get(&room, KeyWriter::new().with(&number)).await?;
            match entry {
                Some(entry) => End::of(&entry),
                None if from > to => return Ok((0, None)),
                None => return Ok((0, Some(missing(number)))),
            }
        }
    };
    let mut end = before;
    let mut checked = 0;
    let table = Slot::Rows.number(AuditEntry::SPEC.id);
    let until = KeyWriter::new().with(&to.saturating_add(1)).finish();
    while end.number < to {
        let range = Range::partition(table, Spec::partition(&room), PAGE);
        let range = range.after(KeyWriter::new().with(&end.number).finish()).before(until.clone());
        let entries: Vec<AuditEntry> = cx.range(&range).await?;
        // The chain's own row says how far it goes: what is not there was taken off.
        if entries.is_empty() {
            return Ok((checked, Some(missing(end.number + 1))));
        }
        for entry in entries {
            let written = entry.room.parse().map_err(Error::broken)?;
            let line = cx.store().get(&line_key(&written, entry.commit, entry.nth)?).await?;
            checked += 1;
            if let Some(reason) = flaw(auth.audit_key(), &end, &entry, line.as_deref()) {
                return Ok((checked, Some(Flaw { number: entry.number, reason: reason.to_owned() })));
            }
            end = End::of(&entry);
        }
    }
    Ok((checked, None))
}

fn missing(number: u64) -> Flaw {
    Flaw { number, reason: "the entry was removed".to_owned() }
}
