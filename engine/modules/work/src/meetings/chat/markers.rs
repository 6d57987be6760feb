//! How far people have read. A marker moves with every message that is read, so what moves is kept here
//! for a few seconds: told in passing once a second, stored once every five, and when its person leaves.
//! A crash may lose those seconds, never what was stored.

use crate::direct;
use crate::meetings::{
    attending::attendees,
    events,
    rooms::{invitation, of_meeting, place},
    tables::{MeetingId, ReadMarker},
};
use actors::room::Author;
use engine::{Context, Engine, Reader, Result};
use parking_lot::Mutex;
use schema::{
    change::Change,
    code::Code,
    id::{OrgId, UserId},
    time::Timestamp,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tracing::warn;

/// Markers kept at once, some 100 bytes each. Past it a marker is stored at once.
const KEPT_MAX: usize = 65_536;
/// How often what moved is told.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// How long a person's marker waits between being stored and being stored again.
const STORE_EVERY_MS: i64 = 5_000;
/// Markers of one meeting stored in one change.
const STORED_AT_ONCE: usize = 100;
/// Above this many attendees, only how many markers moved is told.
const NAMED_MAX: i64 = 50;

/// Moving markers of this node; cheap to clone.
#[derive(Clone, Default)]
pub struct Markers(Arc<Kept>);

#[derive(Default)]
struct Kept {
    marks: Mutex<HashMap<(MeetingId, UserId), Mark>>,
    /// Somebody is telling and storing.
    awake: AtomicBool,
}

#[derive(Clone, Copy)]
struct Mark {
    org: OrgId,
    seq: u64,
    told: u64,
    stored: u64,
    stored_at: Timestamp,
}

/// How far somebody has read in a meeting.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    /// Where.
    pub(crate) meeting: MeetingId,
    /// Who.
    pub(crate) user: UserId,
    /// The last number they have read.
    pub(crate) seq: u64,
}

/// What became of a marker.
pub(crate) enum Raised {
    /// It stands at this number and will be told and stored.
    To(u64),
    /// There is no room to keep it.
    Full,
}

impl Markers {
    /// How far somebody has read, as far as it is kept here.
    pub(crate) fn kept(&self, meeting: MeetingId, user: UserId) -> Option<u64> {
        self.0.marks.lock().get(&(meeting, user)).map(|mark| mark.seq)
    }

    /// Moves a marker forward from where it stands; backward it stays there.
    pub(super) fn raise(&self, engine: &Engine, org: OrgId, reading: Reading, stands: u64) -> Raised {
        let Reading { meeting, user, seq } = reading;
        let now = {
            let mut marks = self.0.marks.lock();
            if marks.len() >= KEPT_MAX && !marks.contains_key(&(meeting, user)) {
                return Raised::Full;
            }
            let stored_at = engine.node().clock().now();
            let fresh = Mark { org, seq: stands, told: stands, stored: stands, stored_at };
            let mark = marks.entry((meeting, user)).or_insert(fresh);
            mark.seq = mark.seq.max(seq);
            mark.seq
        };
        if !self.0.awake.swap(true, Ordering::AcqRel) {
            let (markers, engine) = (self.clone(), engine.clone());
            tokio::spawn(async move { markers.watch(&engine).await });
        }
        Raised::To(now)
    }

    /// Tells and stores until nothing moves any more.
    async fn watch(&self, engine: &Engine) {
        loop {
            tokio::time::sleep(TELL_EVERY).await;
            self.tell(engine).await;
            self.store(engine).await;
            let now = engine.node().clock().now();
            let mut marks = self.0.marks.lock();
            // A marker that rests is kept a while, or its next move would be stored too soon.
            // One whose meeting lives elsewhere now is its new home's: what moved in the last seconds moves again there.
            marks.retain(|(meeting, _), mark| {
                engine.node().homes(&of_meeting(*meeting)) && (mark.is_moving() || !mark.may_be_stored(now))
            });
            if marks.is_empty() {
                self.0.awake.store(false, Ordering::Release);
                return;
            }
        }
    }

    async fn tell(&self, engine: &Engine) {
        let mut moved: BTreeMap<MeetingId, Vec<(UserId, u64)>> = BTreeMap::new();
        for ((meeting, user), mark) in self.0.marks.lock().iter_mut().filter(|(_, mark)| mark.told < mark.seq)
        {
            mark.told = mark.seq;
            moved.entry(*meeting).or_default().push((*user, mark.seq));
        }
        for (meeting, reads) in moved {
            let room = of_meeting(meeting);
            let attendees = engine.reader().counter(&room, attendees::COUNT).await.unwrap_or(i64::MAX);
            // Connection numbers start at 1: nobody is left out.
            engine.node().audiences().whisper(&room, 0, in_passing(&reads, attendees));
        }
    }

    async fn store(&self, engine: &Engine) {
        let now = engine.node().clock().now();
        let mut due: BTreeMap<MeetingId, Vec<(UserId, Mark)>> = BTreeMap::new();
        for ((meeting, user), mark) in self.0.marks.lock().iter() {
            if mark.stored < mark.seq && mark.may_be_stored(now) {
                due.entry(*meeting).or_default().push((*user, *mark));
            }
        }
        for (meeting, marks) in due {
            for some in marks.chunks(STORED_AT_ONCE) {
                if let Err(error) = self.store_some(engine, meeting, some).await {
                    warn!(%meeting, %error, "read markers were not stored; they will be");
                }
            }
        }
    }

    async fn store_some(&self, engine: &Engine, meeting: MeetingId, marks: &[(UserId, Mark)]) -> Result<()> {
        let Some((_, Mark { org, .. })) = marks.first() else { return Ok(()) };
        let mut change = Change::new();
        change.unaudited();
        for (user, mark) in marks {
            // Somebody who attends no longer leaves no marker behind.
            let Some(attendee) = invitation(engine.reader(), meeting, *user).await? else { continue };
            change.relies_on(&attendee);
            put(engine.reader(), &mut change, Reading { meeting, user: *user, seq: mark.seq }).await?;
        }
        if !change.rows.is_empty() {
            let author = Author::system(*org, "ReadChat");
            match direct::commit(engine, &of_meeting(meeting), author, change).await {
                // Its person left at this moment: the next round sees what stands then.
                Err(error) if error.code() == Code::Conflict => return Ok(()),
                outcome => outcome?,
            }
        }
        let stored_at = engine.node().clock().now();
        let mut kept = self.0.marks.lock();
        for (user, mark) in marks {
            if let Some(known) = kept.get_mut(&(meeting, *user)) {
                known.stored = known.stored.max(mark.seq);
                known.stored_at = stored_at;
            }
        }
        Ok(())
    }
}

impl Mark {
    const fn is_moving(&self) -> bool {
        self.told < self.seq || self.stored < self.seq
    }

    const fn may_be_stored(&self, now: Timestamp) -> bool {
        now.ms().saturating_sub(self.stored_at.ms()) >= STORE_EVERY_MS
    }
}

/// What the room hears of markers that moved.
fn in_passing(reads: &[(UserId, u64)], attendees: i64) -> Value {
    if attendees > NAMED_MAX {
        return json!({"name": events::CHAT_READ, "count": reads.len()});
    }
    let reads: Vec<Value> = reads.iter().map(|(user, seq)| json!({"user_id": user, "seq": seq})).collect();
    json!({"name": events::CHAT_READ, "reads": reads})
}

/// Puts a marker into a change, where it moves forward.
pub(crate) async fn put(reader: &Reader, change: &mut Change, reading: Reading) -> Result<()> {
    let Reading { meeting, user, seq } = reading;
    match stored(reader, meeting, user).await? {
        _ if seq == 0 => {}
        Some(old) if old.last_read_seq >= seq => {}
        Some(old) => drop(change.update(&old, ReadMarker { last_read_seq: seq, ..old.clone() })),
        None => {
            change.insert(ReadMarker {
                meeting_id: meeting,
                user_id: user,
                last_read_seq: seq,
                ..ReadMarker::default()
            });
        }
    }
    Ok(())
}

async fn stored(reader: &Reader, meeting: MeetingId, user: UserId) -> Result<Option<ReadMarker>> {
    reader.get(&of_meeting(meeting), place(meeting, user)).await
}

/// Where somebody's marker stands: where it is kept, or else where it was stored last; 0 where it never was.
///
/// # Errors
/// When the store fails.
pub(crate) async fn stands(cx: &Context, meeting: MeetingId, user: UserId) -> Result<u64> {
    if let Some(seq) = cx.part::<Markers>()?.kept(meeting, user) {
        return Ok(seq);
    }
    Ok(stored(cx, meeting, user).await?.map_or(0, |marker| marker.last_read_seq))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_meeting_hears_only_how_many_have_read() {
        let reads = [(UserId::NIL, 7), (UserId::NIL, 9)];

        assert_eq!(in_passing(&reads, 50)["reads"][1]["seq"], 9);
        assert_eq!(in_passing(&reads, 51), json!({"name": "meetings.chat.read", "count": 2}));
    }

    #[test]
    fn a_marker_rests_once_it_was_told_and_stored() {
        let mark = Mark { org: OrgId::NIL, seq: 5, told: 5, stored: 3, stored_at: Timestamp::from_ms(1_000) };

        assert!(mark.is_moving() && !Mark { stored: 5, ..mark }.is_moving());
        assert!(
            !mark.may_be_stored(Timestamp::from_ms(5_999)) && mark.may_be_stored(Timestamp::from_ms(6_000))
        );
    }
}
