//! What must be true afterwards, checked against the log as it lies in the store.

use super::{
    listener::Heard,
    tables::{Note, Slip},
    writer::{Done, Fate},
};
use actors::{
    Node,
    room::{head_of, log_after},
};
use schema::{
    codec,
    event::Envelope,
    id::UserId,
    log::Told,
    room::RoomId,
    table::{Slot, Spec, Table as _},
};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use storage::Range;

/// A removal: who, from where, by which event.
pub(super) struct Removal {
    pub(super) hall: RoomId,
    pub(super) user: UserId,
    pub(super) writer: u64,
    pub(super) seq: u64,
}

/// Everything that is wrong, in words; empty when the run was sound.
pub(super) async fn check(
    node: &Node,
    halls: &[RoomId],
    done: &[Done],
    heard: &[Heard],
    removal: &Removal,
) -> (Vec<String>, u64) {
    let mut wrong = Vec::new();
    let mut events = 0;
    let mut logs = HashMap::new();
    for hall in halls {
        let log = read(node, hall, &mut wrong).await;
        events += log.len() as u64;
        commands(hall, &log, done, &mut wrong);
        rows(node, hall, &log, &mut wrong).await;
        slips(node, &log, &mut wrong).await;
        logs.insert(hall.clone(), log);
    }
    for heard in heard {
        if let Some(log) = logs.get(&heard.room) {
            stream(heard, log, removal, &mut wrong);
        }
    }
    late_writes(&logs[&removal.hall], removal, &mut wrong);
    (wrong, events)
}

type Log = BTreeMap<u64, (Envelope, Told)>;

/// The log has every number and every commit once, in order.
async fn read(node: &Node, hall: &RoomId, wrong: &mut Vec<String>) -> Log {
    let mut log = Log::new();
    let mut commit = 0;
    let head = head_of(node.store(), hall).await.expect("the store answers again");
    let mut after = 0;
    while after < head.seq {
        let entries = log_after(node.store(), hall, after, 64).await.expect("the store answers again");
        for entry in entries {
            // The first entries told nothing, and a reader of events steps over them.
            if commit > 0 && entry.commit > commit + 1 {
                wrong.push(format!("{hall}: commit {} follows {commit}", entry.commit));
            }
            commit = commit.max(entry.commit);
            for (seq, told) in (entry.first_seq..).zip(entry.events) {
                let envelope = codec::from_msgpack(&told.body).expect("an event reads back");
                let body = told.body.clone();
                if log.insert(seq, (envelope, told)).is_some_and(|(_, before)| before.body != body) {
                    wrong.push(format!("{hall}: two events have the number {seq}"));
                }
                after = after.max(seq);
            }
        }
    }
    let numbers: Vec<u64> = log.keys().copied().collect();
    if numbers != (1..=head.seq).collect::<Vec<_>>() {
        wrong.push(format!("{hall}: the log has the numbers {numbers:?}, its head is {}", head.seq));
    }
    let ids: HashSet<_> = log.values().map(|(envelope, _)| envelope.id).collect();
    if ids.len() != log.len() {
        wrong.push(format!("{hall}: two events have one id"));
    }
    log
}

/// Every receipt is in the log where it said; no command had two effects.
fn commands(hall: &RoomId, log: &Log, done: &[Done], wrong: &mut Vec<String>) {
    let mut effects: HashMap<(u64, u64), Vec<u64>> = HashMap::new();
    for (seq, (envelope, _)) in log.iter().filter(|(_, (e, _))| e.name == "simulated.note.made") {
        let name = (number(&envelope.data, "writer"), number(&envelope.data, "number"));
        effects.entry(name).or_default().push(*seq);
    }
    for done in done.iter().filter(|done| done.hall == *hall) {
        let found = effects.remove(&(done.writer, done.number)).unwrap_or_default();
        let sound = match done.fate {
            Fate::Written(seq) => found == [seq],
            Fate::Twice => false,
            // A writer that was removed between a lost answer and its repetition sees a refusal.
            Fate::Refused | Fate::Unknown => found.len() <= 1,
        };
        if !sound {
            wrong.push(format!("{hall}: {done:?} is in the log at {found:?}"));
        }
    }
    if !effects.is_empty() {
        wrong.push(format!("{hall}: notes nobody wrote: {effects:?}"));
    }
}

/// Rows are exactly what the log amounts to.
async fn rows(node: &Node, hall: &RoomId, log: &Log, wrong: &mut Vec<String>) {
    let range = Range::partition(Slot::Rows.number(Note::SPEC.id), Spec::partition(hall), 100_000);
    let stored = node.store().scan(&range).await.expect("the store answers again");
    let stored: Vec<Note> = stored.iter().map(|row| codec::from_msgpack(&row.value).unwrap()).collect();
    let numbers: Vec<u64> = stored.iter().map(|note| note.seq).collect();
    let told: Vec<u64> =
        log.iter().filter(|(_, (e, _))| e.name == "simulated.note.made").map(|(seq, _)| *seq).collect();
    if numbers != told {
        wrong.push(format!("{hall}: rows {numbers:?}, but told {told:?}"));
    }
    if stored.iter().any(|note| note.id.seq() != note.seq) {
        wrong.push(format!("{hall}: a note's id does not carry its number"));
    }
}

/// Everybody to be notified was notified, once.
async fn slips(node: &Node, log: &Log, wrong: &mut Vec<String>) {
    for (envelope, told) in log.values() {
        for user in &told.notify {
            let tray = RoomId::new("user", user.uuid());
            let range = Range::partition(Slot::Rows.number(Slip::SPEC.id), Spec::partition(&tray), 100_000);
            let stored = node.store().scan(&range).await.expect("the store answers again");
            let slips = stored.iter().map(|row| codec::from_msgpack::<Slip>(&row.value).unwrap());
            let count = slips.filter(|slip| slip.of == envelope.id).count();
            if count != 1 {
                wrong.push(format!("{user} has {count} slips of {}", envelope.id));
            }
        }
    }
}

/// A client heard every event from where it joined to where it stopped, once, in order, as written.
fn stream(heard: &Heard, log: &Log, removal: &Removal, wrong: &mut Vec<String>) {
    let who = format!("{} in {}", heard.user, heard.room);
    let numbers: Vec<u64> = heard.events.iter().map(|(seq, _)| *seq).collect();
    let end = numbers.last().copied().unwrap_or(heard.after);
    if numbers != (heard.after + 1..=end).collect::<Vec<_>>() {
        wrong.push(format!("{who} joined after {} and heard {numbers:?}", heard.after));
    }
    for (seq, data) in &heard.events {
        if log.get(seq).map(|(envelope, _)| &envelope.data) != Some(data) {
            wrong.push(format!("{who} heard something else than the log's {seq}"));
        }
    }
    let last = log.keys().next_back().copied().unwrap_or(0);
    let removed = removal.hall == heard.room && removal.user == heard.user;
    if removed && end > removal.seq {
        wrong.push(format!("{who} was removed at {} and heard {end}", removal.seq));
    }
    if !removed && !heard.revoked && end != last {
        wrong.push(format!("{who} stopped at {end}, the room at {last}"));
    }
    if heard.resynced {
        wrong.push(format!("{who} was told to reload, but nothing was trimmed"));
    }
    if !removed && heard.revoked {
        wrong.push(format!("{who} lost a room it may hear"));
    }
}

/// Nothing of a removed writer comes after the removal.
fn late_writes(log: &Log, removal: &Removal, wrong: &mut Vec<String>) {
    let late = log.range(removal.seq + 1..).find(|(_, (envelope, _))| {
        envelope.name == "simulated.note.made" && number(&envelope.data, "writer") == removal.writer
    });
    if let Some((seq, _)) = late {
        wrong.push(format!("{} wrote event {seq} after its removal at {}", removal.user, removal.seq));
    }
}

fn number(data: &Value, name: &str) -> u64 {
    data[name].as_u64().unwrap_or(u64::MAX)
}
