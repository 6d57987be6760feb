//! What every backend must keep: one list of checks, run by each backend's test. A check panics where a
//! promise is broken. It counts on nothing but the verbs, and it writes under partitions of its own, so
//! that checks may share a store and run on one that has data.

mod backups;
mod claims;
mod commits;
mod ground;
mod scans;
mod values;

use crate::{Error, Store};
use std::{fmt, path::PathBuf, pin::Pin};

/// What a check is under way to say.
pub type Verdict = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// One promise.
pub struct Check {
    /// The promise, as a sentence.
    pub name: &'static str,
    /// Checks it against a store. An error says that the store could not be asked.
    pub run: fn(Store) -> Verdict,
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A promise about copying a store into another.
pub struct Copying {
    /// The promise, as a sentence.
    pub name: &'static str,
    /// Checks it with a store, another in which nothing was written yet, and a folder for files.
    pub run: fn(Store, Store, PathBuf) -> Verdict,
}

/// All of those.
pub const COPYING: &[Copying] = &[
    Copying {
        name: "a copy reads the same elsewhere and goes on from there, and nothing else is restored",
        run: |store, empty, dir| Box::pin(backups::restored(store, empty, dir)),
    },
    Copying {
        name: "a copy made while commits go on is a state of each room",
        run: |store, empty, dir| Box::pin(backups::busy(store, empty, dir)),
    },
];

/// All that are about one store.
pub const CHECKS: &[Check] = &[
    Check { name: "a key never written holds nothing", run: |s| Box::pin(values::absent(s)) },
    Check { name: "what was put is read back, an empty value too", run: |s| Box::pin(values::put(s)) },
    Check { name: "the last of several puts stands", run: |s| Box::pin(values::replaced(s)) },
    Check { name: "a deleted key holds nothing", run: |s| Box::pin(values::deleted(s)) },
    Check { name: "a large value comes back whole", run: |s| Box::pin(values::large(s)) },
    Check { name: "a batch beyond the limits is refused whole", run: |s| Box::pin(values::too_large(s)) },
    Check { name: "every kind of table keeps its keys apart", run: |s| Box::pin(values::spaces(s)) },
    Check { name: "an answered write is visible at once", run: |s| Box::pin(values::visible(s)) },
    Check { name: "a probe is answered", run: |s| Box::pin(values::probe(s)) },
    Check { name: "a scan honours every pair of bounds", run: |s| Box::pin(scans::bounds(s)) },
    Check { name: "a limit keeps the rows nearest the start", run: |s| Box::pin(scans::limit(s)) },
    Check { name: "a scan never leaves its partition", run: |s| Box::pin(scans::partition(s)) },
    Check { name: "zero and full bytes sort as bytes do", run: |s| Box::pin(scans::odd_bytes(s)) },
    Check { name: "a prefix names what starts with it", run: |s| Box::pin(scans::prefix(s)) },
    Check { name: "a scan sees what a commit wrote and removed", run: |s| Box::pin(scans::after_commit(s)) },
    Check { name: "a commit writes its log row and all its rows", run: |s| Box::pin(commits::whole(s)) },
    Check { name: "a second commit under a key is fenced", run: |s| Box::pin(commits::fenced(s)) },
    Check { name: "of contending commits exactly one is applied", run: |s| Box::pin(commits::contended(s)) },
    Check { name: "sixty-four rooms write at once without a gap", run: |s| Box::pin(commits::rooms(s)) },
    Check { name: "the fence is the room's own", run: |s| Box::pin(commits::own_fence(s)) },
    Check { name: "a free value is taken once", run: |s| Box::pin(claims::once(s)) },
    Check { name: "where one value is held none is taken", run: |s| Box::pin(claims::all_or_none(s)) },
    Check { name: "a value is taken over only as it stands", run: |s| Box::pin(claims::taken_over(s)) },
    Check { name: "of contending claims exactly one is applied", run: |s| Box::pin(claims::contended(s)) },
    Check { name: "overlapping claims never both win", run: |s| Box::pin(claims::overlapping(s)) },
    Check { name: "a commit confirms a claim and releases it", run: |s| Box::pin(claims::confirmed(s)) },
    Check { name: "a late commit leaves a claim that moved on", run: |s| Box::pin(claims::moved_on(s)) },
    Check { name: "claims are given up all or none", run: |s| Box::pin(claims::given_up(s)) },
    Check { name: "a condition can't be stepped round", run: |s| Box::pin(values::misplaced(s)) },
    Check { name: "redoing a finished commit changes nothing", run: |s| Box::pin(commits::redone(s)) },
];
