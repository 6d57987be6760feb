//! What an operation may read while it decides. A [`Reader`] reads rows and indexes by type; a
//! [`Context`] adds who is calling and where the operation runs. Neither writes.

use crate::{Action, Engine, Error, Level, Request, Result, Standing};
use actors::{claims::Held, room::Author};
use bytes::Bytes;
use parking_lot::Mutex;
use schema::{
    caller::Caller,
    clock::Clock,
    code::Code,
    codec::{self, Packed},
    id::{Id, OrgId},
    key::{Key, KeyWriter},
    room::RoomId,
    table::{Slot, Spec, Table, claim_key},
    time::Timestamp,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{ops::Deref, sync::Arc};
use storage::{Range, Store};
use uuid::Uuid;

/// Typed reads; cheap to clone.
#[derive(Clone)]
pub struct Reader {
    store: Store,
    clock: Clock,
    noted: Noted,
}

/// Rows that the permission of a call leaned on: its operation often wants the same ones.
#[derive(Clone)]
enum Noted {
    /// Every read goes to the store.
    Nothing,
    /// The permission is being looked at; what it reads is put down.
    Noting(Arc<Notes>),
    /// The operation runs. It gets each row that was put down once, and reads it anew after that: an
    /// operation that goes round because a row changed must see the change.
    Recalling(Arc<Notes>),
}

/// Rows as they were read, absent ones too.
type Notes = Mutex<Vec<(Key, Option<Bytes>)>>;

/// Rows put down for one call.
const NOTED_MAX: usize = 16;

impl Reader {
    /// Reads from this store.
    #[must_use]
    pub const fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock, noted: Noted::Nothing }
    }

    /// A reader for the permission of one call.
    pub(crate) fn noting(&self) -> Self {
        Self { noted: Noted::Noting(Arc::default()), ..self.clone() }
    }

    /// The reader for the call's operation, once it is permitted.
    pub(crate) fn recalling(self) -> Self {
        match self.noted {
            Noted::Noting(notes) => Self { noted: Noted::Recalling(notes), ..self },
            _ => self,
        }
    }

    async fn bytes(&self, key: Key) -> Result<Option<Bytes>> {
        let known = match &self.noted {
            Noted::Nothing => None,
            Noted::Noting(notes) => {
                notes.lock().iter().find(|(noted, _)| *noted == key).map(|(_, value)| value.clone())
            }
            Noted::Recalling(notes) => {
                let mut notes = notes.lock();
                notes.iter().position(|(noted, _)| *noted == key).map(|at| notes.swap_remove(at).1)
            }
        };
        if let Some(value) = known {
            return Ok(value);
        }
        let value = self.store.get(&key).await?;
        if let Noted::Noting(notes) = &self.noted {
            let mut notes = notes.lock();
            if notes.len() < NOTED_MAX {
                notes.push((key, value.clone()));
            }
        }
        Ok(value)
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The clock, for ids and chance.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The store under it, for ranges that no method here covers.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The row of a room whose key columns are `parts`.
    ///
    /// # Errors
    /// When the store fails or the row can't be read.
    pub async fn get<T: Table>(&self, room: &RoomId, parts: KeyWriter) -> Result<Option<T>> {
        let bytes = self.bytes(T::SPEC.row_key(room, parts)).await?;
        Ok(bytes.map(|bytes| codec::from_msgpack(&bytes)).transpose()?)
    }

    /// The row of a room that is named by its id.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub async fn by_id<T: Table>(&self, room: &RoomId, id: Id<T>) -> Result<Option<T>> {
        self.get(room, KeyWriter::new().with(&id)).await
    }

    /// The row of a table declared `find`, wherever it is homed.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub async fn find<T: Table>(&self, id: Id<T>) -> Result<Option<T>> {
        match self.home_of(T::SPEC, id.uuid()).await? {
            Some(home) => self.by_id(&home, id).await,
            None => Ok(None),
        }
    }

    /// The room that homes a record of a table declared `find`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn home_of(&self, spec: &Spec, id: Uuid) -> Result<Option<RoomId>> {
        let bytes = self.store.get(&spec.find_key(id)).await?;
        Ok(bytes
            .as_deref()
            .and_then(|name| std::str::from_utf8(name).ok())
            .and_then(|name| name.parse().ok()))
    }

    /// Who holds a unique value; unconfirmed holders too.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn holder<T: Table>(&self, unique: &str, value: KeyWriter) -> Result<Option<Held>> {
        match claim_key::<T>(unique, value) {
            Some(key) => self.held(&key).await,
            None => Ok(None),
        }
    }

    pub(crate) async fn held(&self, key: &Key) -> Result<Option<Held>> {
        let bytes = self.store.get(key).await?;
        Ok(bytes.map(|bytes| codec::from_msgpack(&bytes)).transpose()?)
    }

    /// All rows of a table in a room, in key order, `limit` at most.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub async fn rows<T: Table>(&self, room: &RoomId, limit: usize) -> Result<Vec<T>> {
        let table = Slot::Rows.number(T::SPEC.id);
        self.range(&Range::partition(table, Spec::partition(room), limit)).await
    }

    /// Rows of a range of a table.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub async fn range<T: Table>(&self, range: &Range) -> Result<Vec<T>> {
        let rows = self.store.scan(range).await?;
        rows.iter().map(|row| codec::from_msgpack(&row.value).map_err(Error::from)).collect()
    }

    /// The carried columns of an index's entries in one partition, `limit` at most; `narrow` sets
    /// bounds and direction.
    ///
    /// # Errors
    /// When the store fails or the index is not declared.
    pub async fn index<T: Table>(
        &self,
        index: &str,
        within: KeyWriter,
        limit: usize,
        narrow: impl FnOnce(Range) -> Range + Send,
    ) -> Result<Vec<Value>> {
        let packed = self.index_packed::<T>(index, within, limit, narrow).await?;
        packed.iter().map(|entry| codec::from_msgpack(&entry.0).map_err(Error::from)).collect()
    }

    /// One column of an index's entries in one partition, in their order, `limit` at most.
    ///
    /// # Errors
    /// As [`Reader::index`].
    pub async fn column<T: Table, C: DeserializeOwned>(
        &self,
        index: &str,
        within: KeyWriter,
        column: &str,
        limit: usize,
    ) -> Result<Vec<C>> {
        let entries = self.index::<T>(index, within, limit, |range| range).await?;
        let value = |mut entry: Value| entry.get_mut(column).map(Value::take);
        Ok(entries
            .into_iter()
            .filter_map(value)
            .filter_map(|value| serde_json::from_value(value).ok())
            .collect())
    }

    /// The same as they are stored, for whoever only passes them on.
    ///
    /// # Errors
    /// As [`Reader::index`].
    pub async fn index_packed<T: Table>(
        &self,
        index: &str,
        within: KeyWriter,
        limit: usize,
        narrow: impl FnOnce(Range) -> Range + Send,
    ) -> Result<Vec<Packed>> {
        let Some((slot, _)) = T::SPEC.index(index) else {
            return Err(Error::new(schema::code::Code::Internal, "no such index").because(index));
        };
        let range = narrow(Range::partition(slot.number(T::SPEC.id), within.finish(), limit));
        Ok(self.store.scan(&range).await?.into_iter().map(|row| Packed(row.value)).collect())
    }

    /// A counter of a room.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn counter(&self, room: &RoomId, name: &str) -> Result<i64> {
        let bytes: Option<Bytes> = self.store.get(&actors::own::counter_key(room, name)).await?;
        Ok(bytes.map(|bytes| codec::from_msgpack(&bytes)).transpose()?.unwrap_or(0))
    }
}

/// One call, as its operation sees it.
pub struct Context {
    /// Who calls; the server itself for public operations.
    pub caller: Caller,
    /// Their level in the operation's module.
    pub level: Level,
    /// Their relation to what the call is about.
    pub standing: Standing,
    /// Where the call came from.
    pub request: Request,
    /// What the caller calls this command, where they named it.
    pub key: Option<String>,
    pub(crate) operation: &'static str,
    pub(crate) room: Option<RoomId>,
    pub(crate) reader: Reader,
    pub(crate) engine: Engine,
}

impl Deref for Context {
    type Target = Reader;
    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl Context {
    /// The room the operation runs in. For a birth it is the room that will be.
    ///
    /// # Errors
    /// When the operation runs nowhere: a mistake in its `scope`.
    pub fn room(&self) -> Result<&RoomId> {
        self.room.as_ref().ok_or_else(|| Error::broken("an operation without a room asked for it"))
    }

    /// On whose behalf the operation is carried out, and from where it was called.
    #[must_use]
    pub fn author(&self) -> Author {
        let author = Author::of(&self.caller, self.operation, self.request.id.clone());
        // A public operation acts in the organization it came to.
        let org = if author.org == OrgId::NIL { self.standing.org } else { author.org };
        Author { org, ip: self.request.ip, user_agent: self.request.user_agent.clone(), ..author }
    }

    /// What follows can be done only where this room lives. Elsewhere it is an error that the path understands: it
    /// takes the call there, and the operation begins anew.
    ///
    /// # Errors
    /// When the room lives on another node.
    pub fn at_home(&self, room: &RoomId) -> Result<()> {
        if self.engine.node().homes(room) { Ok(()) } else { Err(Error::elsewhere(room.clone())) }
    }

    /// The record of the operation's room with this id.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn here<T: Table>(&self, id: Id<T>) -> Result<T> {
        self.by_id(self.room()?, id).await?.ok_or_else(|| Error::not_found(T::SPEC.entity))
    }

    /// Whether the caller reaches anything in a module at all, which may be switched off: for what is shown beside
    /// something else.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn reaches(&self, module: &str, to: Action) -> Result<bool> {
        match self.engine.identity().level(self, &self.caller, module).await {
            Ok(level) => Ok(level.reaches(to)),
            Err(error) if error.code() == Code::ModuleDisabled => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A part that a module brought along: its keys, its pools.
    ///
    /// # Errors
    /// When the module did not bring it.
    pub fn part<T: Send + Sync + 'static>(&self) -> Result<&T> {
        self.engine.part()
    }

    /// The engine, for lists and for calling other operations.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }
}

impl Engine {
    /// What somebody would see, for deciding what they may be told.
    #[must_use]
    pub fn context_of(&self, caller: Caller) -> Context {
        Context {
            caller,
            level: Level::NONE,
            standing: Standing::in_org(caller.org),
            request: Request::default(),
            operation: "",
            key: None,
            room: None,
            reader: self.reader().clone(),
            engine: self.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use storage::{Batch, Config, Outcome, Write};

    async fn put(store: &Store, key: &Key, value: &'static [u8]) {
        let write = Write::Put(key.clone(), Bytes::from_static(value));
        assert_eq!(store.apply(Batch::plain(vec![write])).await.unwrap(), Outcome::Applied);
    }

    #[tokio::test]
    async fn an_operation_gets_what_its_permission_read_once_and_then_what_is_stored() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), &Config::default()).unwrap();
        let key = Key { table: 1_000, partition: Bytes::from_static(b"p"), sort: Bytes::from_static(b"s") };
        let permission = Reader::new(store.clone(), Clock::system()).noting();

        assert_eq!(permission.bytes(key.clone()).await.unwrap(), None);
        put(&store, &key, b"later").await;
        assert_eq!(permission.bytes(key.clone()).await.unwrap(), None, "one permission, one moment");
        let operation = permission.recalling();

        assert_eq!(operation.bytes(key.clone()).await.unwrap(), None, "what its guards vouch for");
        assert_eq!(operation.bytes(key.clone()).await.unwrap().as_deref(), Some(&b"later"[..]));
        put(&store, &key, b"latest").await;
        assert_eq!(operation.bytes(key).await.unwrap().as_deref(), Some(&b"latest"[..]));
    }
}
