//! Memory tables on their way out. The tree lets go of one under the lock that every read and write needs, and
//! whoever lets go last has its hundred thousand entries to free, which takes tens of milliseconds. A share of
//! each is held here until it is the last one, so that the freeing is done by a thread nobody waits for.

use fjall::{AbstractTree as _, Keyspace};
use std::{
    any::Any,
    io,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

/// A share of a table in memory, of which nothing is known but who else has one.
type Share = Arc<dyn Any + Send + Sync>;

/// How often tables that were retired are looked at.
const EVERY: Duration = Duration::from_millis(50);

/// Tables that may wait to be taken in. The tree lets five a keyspace live at once; with more, the tree frees them
/// itself, which is slower and no worse.
const WAITING_MAX: usize = 32;

/// The tables that are written to, one a keyspace, in the order of their keyspaces.
pub(super) struct Retired {
    written: Vec<Share>,
    retire: SyncSender<Share>,
}

impl Retired {
    /// Starts the thread; it ends when this is dropped.
    pub(super) fn start() -> io::Result<Self> {
        let (retire, retired) = sync_channel(WAITING_MAX);
        thread::Builder::new().name("storage-free".to_owned()).spawn(move || free(&retired))?;
        Ok(Self { written: Vec::new(), retire })
    }

    /// Called after each commit: tables that are not written to any more are retired. Between two commits a
    /// keyspace changes its table at most once, so none is missed.
    pub(super) fn look<'a>(&mut self, keyspaces: impl Iterator<Item = &'a Keyspace>) {
        for (at, keyspace) in keyspaces.enumerate() {
            let now: Share = keyspace.tree.active_memtable();
            match self.written.get_mut(at) {
                Some(before) if Arc::ptr_eq(before, &now) => {}
                Some(before) => {
                    let _ = self.retire.try_send(std::mem::replace(before, now));
                }
                None => self.written.push(now),
            }
        }
    }
}

fn free(retired: &Receiver<Share>) {
    let mut tables: Vec<Share> = Vec::new();
    loop {
        let next = match tables.is_empty() {
            true => retired.recv().map_err(|_| RecvTimeoutError::Disconnected),
            false => retired.recv_timeout(EVERY),
        };
        match next {
            Ok(table) => tables.push(table),
            Err(RecvTimeoutError::Timeout) => tables.retain(|table| Arc::strong_count(table) > 1),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::Weak, time::Instant};

    /// Waits until nobody holds the table any more.
    fn freed(table: &Weak<impl Sized>) -> bool {
        let late = Instant::now() + Duration::from_secs(10);
        while table.strong_count() > 0 && Instant::now() < late {
            thread::sleep(Duration::from_millis(5));
        }
        table.strong_count() == 0
    }

    /// Says which thread freed it.
    struct Table(SyncSender<Option<String>>);

    impl Drop for Table {
        fn drop(&mut self) {
            let _ = self.0.send(thread::current().name().map(str::to_owned));
        }
    }

    #[test]
    fn a_retired_table_is_freed_by_the_thread_for_it_once_everybody_else_let_go() {
        let retired = Retired::start().unwrap();
        let (freed, by) = sync_channel(1);
        let elsewhere = Arc::new(Table(freed));
        retired.retire.send(Arc::<Table>::clone(&elsewhere)).unwrap();

        assert!(by.recv_timeout(EVERY * 3).is_err(), "it was freed under a reader's hands");
        drop(elsewhere);

        let by = by.recv_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!(by.as_deref(), Some("storage-free"));
    }

    #[test]
    fn the_table_before_a_rotation_is_held_after_it() {
        let dir = tempfile::tempdir().unwrap();
        let database = fjall::Database::builder(dir.path()).open().unwrap();
        let keyspace = database.keyspace("rows", fjall::KeyspaceCreateOptions::default).unwrap();
        let mut retired = Retired::start().unwrap();
        keyspace.insert("key", "value").unwrap();
        retired.look(std::iter::once(&keyspace));
        let before = Arc::downgrade(&keyspace.tree.active_memtable());

        keyspace.rotate_memtable_and_wait().unwrap();
        retired.look(std::iter::once(&keyspace));

        assert!(before.strong_count() > 0);
        let after: Share = keyspace.tree.active_memtable();
        assert!(Arc::ptr_eq(&retired.written[0], &after));
    }

    #[test]
    fn whatever_is_held_goes_with_the_tree() {
        let dir = tempfile::tempdir().unwrap();
        let database = fjall::Database::builder(dir.path()).open().unwrap();
        let keyspace = database.keyspace("rows", fjall::KeyspaceCreateOptions::default).unwrap();
        let mut retired = Retired::start().unwrap();
        retired.look(std::iter::once(&keyspace));
        let table = Arc::downgrade(&keyspace.tree.active_memtable());

        drop((retired, keyspace, database));

        assert!(freed(&table), "the thread keeps what it should have let go");
    }
}
