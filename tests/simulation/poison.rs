//! A change that brings its room down, on a real store: the room wakes from its log, its neighbours in the
//! group are carried out, its listeners notice a pause and nothing else, the change itself is refused.

use super::{
    host::{World, author},
    tables::{Member, Note},
};
use actors::{
    Config, Error, Node,
    outbox::{Line, Memory, Outbox},
    own::Command,
    room::Receipt,
    session::{Join, Message},
};
use schema::{
    caller::Caller,
    change::Change,
    clock::Clock,
    codec::{Codec, from_msgpack},
    frame::{Kind, Response},
    id::{Id, OrgId, UserId},
    room::RoomId,
    time::Timestamp,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use storage::Store;
use tokio::sync::oneshot;

async fn write(
    node: &Node,
    hall: &RoomId,
    user: UserId,
    number: u64,
    panics: Option<Arc<AtomicU32>>,
) -> Result<Receipt, Error> {
    let mut change = Change::new();
    let note = Note {
        id: node.clock().new_id(),
        seq: 0,
        hall_id: Id::new(hall.id()),
        writer: 0,
        number,
        created_at: Timestamp::default(),
        version: 0,
    };
    let slot = change.insert(note);
    let _ = change.tell("simulated.note.made", slot).saying(move |_| {
        if let Some(panics) = &panics {
            panics.fetch_add(1, Ordering::Relaxed);
            panic!("this note is poison");
        }
        serde_json::json!({"number": number})
    });
    let command = Command { caller: user, key: format!("note-{number}"), hash: [1; 32] };
    node.directory().commit(hall, command, author(user), change).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_panics_twice_is_refused_and_its_room_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::system();
    let store = Store::open(dir.path(), &storage::Config::default()).unwrap();
    let node = World::begin(store, &clock, Config::default()).await;
    let (hall, user) = (RoomId::new("hall", clock.new_id::<()>().uuid()), clock.new_id());
    let mut change = Change::new();
    let _ = change.insert(Member { hall_id: Id::new(hall.id()), user_id: user, version: 0 });
    let command = Command { caller: user, key: "furnish".into(), hash: [0; 32] };
    node.directory().commit(&hall, command, author(user), change).await.unwrap();
    let line = Line::memory(Memory { bytes: Vec::new(), capacity: 1 << 20 });
    let outbox = Arc::new(Outbox::new(1, Codec::MsgPack, line, 1 << 18, node.now_s()));
    let caller = Caller { user, ..Caller::system(OrgId::NIL) };
    let session = node.open(caller, Arc::clone(&outbox));
    let (done, joined) = oneshot::channel();
    let join = Join { room: hall.clone(), reference: None, from: None };
    session.address.send(Message::Join(join, done)).unwrap();
    joined.await.unwrap().unwrap();

    let panics = Arc::new(AtomicU32::new(0));
    let neighbours: Vec<_> = (0..20)
        .map(|number| {
            let (node, hall) = (node.clone(), hall.clone());
            tokio::spawn(async move { write(&node, &hall, user, number, None).await })
        })
        .collect();
    let poisoned = write(&node, &hall, user, 1_000, Some(Arc::clone(&panics))).await;
    for neighbour in neighbours {
        neighbour.await.unwrap().unwrap();
    }
    write(&node, &hall, user, 20, None).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;

    assert_eq!(poisoned.err(), Some(Error::Poisonous));
    assert_eq!(panics.load(Ordering::Relaxed), 2, "it is tried twice and not once more");
    let (mut numbers, mut seqs) = (Vec::new(), Vec::new());
    for response in heard(&outbox) {
        assert!(matches!(response.t, Kind::Reply | Kind::Event | Kind::Ephemeral), "{response:?}");
        if response.t == Kind::Event {
            numbers.push(response.d["data"]["number"].as_u64().unwrap());
            seqs.push(response.seq.unwrap());
        }
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (0..=20).collect::<Vec<_>>());
    assert_eq!(seqs, (1..=21).collect::<Vec<_>>());
    assert_eq!(outbox.closing(), None);
}

fn heard(outbox: &Outbox) -> Vec<Response> {
    let Line::Memory(memory) = &outbox.line else { return Vec::new() };
    let mut unread = std::mem::take(&mut memory.lock().bytes);
    let mut responses = Vec::new();
    while let Some((payload, size)) = super::listener::message(&unread) {
        responses.push(from_msgpack(payload).unwrap());
        unread.drain(..size);
    }
    responses
}
