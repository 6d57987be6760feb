//! A group commit in the making. Each change is checked over what the group would leave behind so
//! far, numbered, filled and encoded; a refused change leaves no trace. Nothing is written here.

use super::{
    Author, Head, Known, Receipt, Submission, audit,
    command::{Done, reply_of},
    derived_id,
    part::{self, Counters, Part},
};
use crate::{Error, env::Env, host::Image, own};
use bytes::Bytes;
use hashbrown::HashMap;
use schema::{
    change::{self, Change, Filled, Tell},
    codec,
    event::{Entity, Envelope},
    id::OrgId,
    key::Key,
    log::{Entry, Told},
    room::RoomId,
    table::{Row, Stamp},
    time::Timestamp,
};
use serde::Deserialize;
use std::sync::Arc;
use storage::{Claim, Write};

/// The group's effect so far: `None` for a removed key.
type Overlay = HashMap<Key, Option<Bytes>>;

/// Counters a room keeps at hand. Past it they are forgotten, and loaded again when needed.
const COUNTERS_KEPT_MAX: usize = 1_024;

/// Where a group is written: the room as it was when the write began.
pub(super) struct Place {
    pub(super) id: RoomId,
    pub(super) env: Arc<Env>,
    pub(super) known: Arc<Known>,
    pub(super) head: Head,
    /// Drawn at the room's waking; see [`Entry::waking`].
    pub(super) waking: u64,
    /// Listed among the rooms with unfinished business.
    pub(super) open: bool,
}

pub(super) struct Group<'a> {
    place: &'a Place,
    at: Timestamp,
    stamp: i64,
    overlay: Overlay,
    counters: Counters,
    events: Vec<Told>,
    images: Vec<Image>,
    changes: usize,
    bytes: usize,
    claims: Vec<Claim>,
}

/// The finished group: what to write and what it leaves behind.
pub(super) struct Sealed {
    pub(super) key: Key,
    pub(super) entry: Entry,
    pub(super) writes: Vec<Write>,
    pub(super) claims: Vec<Claim>,
    pub(super) images: Vec<Image>,
    pub(super) counters: Counters,
}

impl<'a> Group<'a> {
    pub(super) fn new(place: &'a Place, counters: Counters) -> Self {
        // The log's instants never run backwards, whatever the clock does.
        let stamp = place.env.clock.now_us().max(place.head.stamp.saturating_add(1));
        let at = Timestamp::from_ms(stamp.div_euclid(1_000));
        Self {
            place,
            at,
            stamp,
            overlay: Overlay::new(),
            counters,
            events: Vec::new(),
            images: Vec::new(),
            changes: 0,
            bytes: 0,
            claims: Vec::new(),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        let config = &self.place.env.config;
        self.bytes >= config.group_bytes_max || self.changes >= config.group_changes_max
    }

    /// Checks a change and takes it in, or refuses it and stays as it was.
    pub(super) async fn admit(&mut self, submission: &Submission) -> Result<Receipt, Error> {
        if let Some(done) = self.already_done(submission).await? {
            return done;
        }
        let change = &submission.change;
        self.check(change).await?;
        let part = self.carry_out(submission).await?;
        let (part, reply) = part;
        if part.bytes > change::BYTES_MAX {
            return Err(Error::TooLarge("bytes"));
        }
        self.bytes += part.bytes;
        self.overlay.extend(part.writes);
        self.counters.extend(part.counters);
        self.events.extend(part.events);
        self.images.extend(part.images);
        self.claims.extend(part.claims);
        self.changes += 1;
        Ok(Receipt { reply, seq: self.next_seq() - 1, replayed: false })
    }

    pub(super) const fn has_changes(&self) -> bool {
        self.changes > 0
    }

    /// The finished group, or `None` when no change was accepted.
    pub(super) fn seal(self) -> Option<Sealed> {
        if self.changes == 0 {
            return None;
        }
        let entry = Entry {
            commit: self.place.head.commit + 1,
            first_seq: self.place.head.seq + 1,
            reacted: self.place.head.reacted,
            at: self.at,
            stamp: self.stamp,
            waking: self.place.waking,
            events: self.events,
        };
        let key = storage::log_key(&self.place.id, entry.first_seq, entry.commit);
        let writes = self
            .overlay
            .into_iter()
            .map(|(key, value)| match value {
                Some(value) => Write::Put(key, value),
                None => Write::Delete(key),
            })
            .collect();
        let (claims, images, counters) = (self.claims, self.images, kept(self.counters));
        Some(Sealed { key, entry, writes, claims, images, counters })
    }

    pub(super) fn counters(self) -> Counters {
        kept(self.counters)
    }

    fn next_seq(&self) -> u64 {
        self.place.head.seq + 1 + count(self.events.len())
    }

    async fn read(&self, key: &Key) -> Result<Option<Bytes>, Error> {
        match self.overlay.get(key) {
            Some(value) => Ok(value.clone()),
            None => Ok(self.place.env.store.get(key).await?),
        }
    }

    async fn already_done(&self, submission: &Submission) -> Result<Option<Result<Receipt, Error>>, Error> {
        #[cfg(feature = "flawed")]
        if self.place.env.config.breaks(crate::Flaw::ForgetsCommands) {
            return Ok(None);
        }
        let command = &submission.command;
        for key in command.keys_seen_at(&self.place.id, self.at) {
            let found = match self.overlay.get(&key) {
                Some(value) => value.clone(),
                None if submission.is_new_to(&self.place.known) => None,
                None => self.place.env.store.get(&key).await?,
            };
            let Some(bytes) = found else { continue };
            let reply = reply_of(&bytes, command);
            return Ok(Some(reply.map(|reply| Receipt { reply, seq: self.place.head.seq, replayed: true })));
        }
        Ok(None)
    }

    async fn check(&self, change: &Change) -> Result<(), Error> {
        if change.rows.len() > change::ROWS_MAX {
            return Err(Error::TooLarge("rows"));
        }
        if change.alone_since.is_some_and(|commit| commit != self.place.head.commit || self.changes > 0) {
            return Err(Error::Conflict);
        }
        for guard in &change.guards {
            if self.version(&guard.key).await? != guard.version {
                return Err(Error::Conflict);
            }
        }
        for row in &change.rows {
            let Some(any) = row.old.as_ref().or(row.new.as_ref()) else { continue };
            if any.home() != self.place.id {
                return Err(Error::Broken(format!("{} is homed in {}", any.spec().name, any.home())));
            }
            match &row.old {
                Some(old) if self.version(&old.key()).await? != Some(old.version()) => {
                    return Err(Error::Conflict);
                }
                // A sequenced row gets a number nobody had before, so its place is free.
                None if !any.spec().sequenced && self.read(&any.key()).await?.is_some() => {
                    return Err(Error::Conflict);
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn version(&self, key: &Key) -> Result<Option<u64>, Error> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u64,
        }
        let Some(bytes) = self.read(key).await? else { return Ok(None) };
        Ok(Some(codec::from_msgpack::<Versioned>(&bytes)?.version))
    }

    async fn carry_out(&self, submission: &Submission) -> Result<(Part, schema::reply::Reply), Error> {
        let Submission { change, author, command, claims, .. } = submission;
        let mut part = Part::default();
        let first_seq = self.next_seq();
        let news = self.fill(change, author, first_seq, &mut part).await?;
        let olds: Vec<_> = change.rows.iter().map(|row| row.old.as_ref().map(|r| r.boxed())).collect();
        for add in &change.counters {
            let now = self.counter(&add.counter, &part).await? + add.by;
            part.counters.insert(add.counter.clone(), now);
        }
        let counters = part.counters.clone();
        let filled = Filled { old: &olds, new: &news, counters: &counters, first_seq, at: self.at };
        for (seq, tell) in (first_seq..).zip(&change.events) {
            let told = self.envelope(tell, seq, author, &filled)?;
            part.bytes += told.body.len();
            part.events.push(told);
        }
        let reply = (change.reply)(&filled);
        part.rows(&self.place.id, &olds, &news)?;
        part.claims = claims.confirm(self.at)?;
        for (name, value) in &counters {
            part.put(own::counter_key(&self.place.id, name), codec::to_bytes(value)?);
        }
        for due in &change.timers {
            let (org, operation) = (author.org, due.operation.to_owned());
            part.timer(&own::Timer { at: due.at, org, operation, input: due.input.clone() })?;
        }
        let done = Done { hash: Bytes::copy_from_slice(&command.hash), reply };
        part.put(command.key_at(&self.place.id, self.at), codec::to_bytes(&done)?);
        if change.audited {
            let key = own::audit_key(&self.place.id, self.place.head.commit + 1, self.changes);
            part.put(key, audit::line(author, &filled)?);
            self.owe_chain(author.org, &mut part)?;
        }
        part.images = part::images(olds, news);
        Ok((part, done.reply))
    }

    /// Lists this room among those with new audit lines, and sets the timer that looks at the list.
    fn owe_chain(&self, org: OrgId, part: &mut Part) -> Result<(), Error> {
        if org == OrgId::NIL {
            return Ok(());
        }
        let hour = own::AuditHour::of(org, self.at);
        let listed = own::Audited { room: self.place.id.clone(), at: self.at };
        part.put(hour.key(&self.place.id), codec::to_bytes(&listed)?);
        part.timer(&hour.timer(self.at))
    }

    /// Copies of the new rows with their placeholders filled.
    async fn fill(
        &self,
        change: &Change,
        author: &Author,
        first_seq: u64,
        part: &mut Part,
    ) -> Result<Vec<Option<Box<dyn Row>>>, Error> {
        let mut news = Vec::with_capacity(change.rows.len());
        for (at, row) in change.rows.iter().enumerate() {
            let Some(new) = &row.new else {
                news.push(None);
                continue;
            };
            if row.stays {
                news.push(Some(new.boxed()));
                continue;
            }
            let about = change.events.iter().position(|tell| tell.about == at).unwrap_or_default();
            let new_row = row.old.is_none();
            let mut number = 0;
            if new_row && new.spec().numbered {
                let name = new.spec().name;
                let next = self.counter(name, part).await? + 1;
                part.counters.insert(name.to_owned(), next);
                number = u64::try_from(next).unwrap_or(0);
            }
            let seq = first_seq + count(about);
            let mut filled = new.boxed();
            filled.stamp(&Stamp { at: self.at, by: author.user, seq, number, new: new_row });
            news.push(Some(filled));
        }
        Ok(news)
    }

    async fn counter(&self, name: &str, part: &Part) -> Result<i64, Error> {
        if let Some(value) = part.counters.get(name).or_else(|| self.counters.get(name)) {
            return Ok(*value);
        }
        match self.place.env.store.get(&own::counter_key(&self.place.id, name)).await? {
            Some(bytes) => Ok(codec::from_msgpack(&bytes)?),
            None => Ok(0),
        }
    }

    fn envelope(&self, tell: &Tell, seq: u64, author: &Author, filled: &Filled<'_>) -> Result<Told, Error> {
        let (kind, id, version) = filled.entity(tell.about);
        let envelope = Envelope {
            id: tell.id.unwrap_or_else(|| derived_id(self.at, format!("{}#{seq}", self.place.id).as_bytes())),
            name: tell.name.to_owned(),
            schema: 1,
            org_id: author.org,
            actor_id: author.user,
            actor_kind: author.kind,
            entity: Entity { kind: kind.to_owned(), id, version },
            data: serde_json::Value::Null,
            occurred_at: self.at,
            request_id: author.request_id.clone(),
        };
        Ok(Told {
            name: tell.name.to_owned(),
            body: envelope.around(&tell.data.encode(filled, tell.about)?)?,
            notify: tell.notify.clone(),
            hearing: tell.hearing,
        })
    }
}

fn kept(counters: Counters) -> Counters {
    if counters.len() > COUNTERS_KEPT_MAX { Counters::new() } else { counters }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
