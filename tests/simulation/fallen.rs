//! A session that falls over a message: its own client is asked to come back, its cursors leave their rooms,
//! and nobody else notices.

use super::host::World;
use actors::{
    Config, Node,
    outbox::{Line, Memory, Outbox},
    session::{Gone, Handle, Join, Message},
};
use schema::{
    caller::Caller,
    clock::Clock,
    code::Code,
    codec::Codec,
    id::{OrgId, UserId},
    room::RoomId,
};
use std::{sync::Arc, time::Duration};
use storage::Store;
use tokio::sync::oneshot;

fn open(node: &Node, user: UserId) -> Handle {
    let line = Line::memory(Memory { bytes: Vec::new(), capacity: 1 << 20 });
    let id = node.sessions().next_connection();
    let outbox = Arc::new(Outbox::new(id, Codec::MsgPack, line, 1 << 18, node.now_s()));
    node.open(Caller { user, ..Caller::system(OrgId::NIL) }, outbox)
}

/// `None` when the session fell before it answered.
async fn join(handle: &Handle, room: &RoomId) -> Option<Result<(), Code>> {
    let (done, joined) = oneshot::channel();
    handle
        .address
        .send(Message::Join(Join { room: room.clone(), reference: None, from: None }, done))
        .ok()?;
    joined.await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_falls_takes_nobody_along_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::system();
    let store = Store::open(dir.path(), &storage::Config::default()).unwrap();
    let node = World::begin(store, &clock, Config::default()).await;
    let (user, trap) = (clock.new_id(), RoomId::new("trap", clock.new_id::<()>().uuid()));
    let inbox = RoomId::new("user", user.uuid());
    let (fallen, other) = (open(&node, user), open(&node, user));
    assert_eq!(join(&fallen, &inbox).await, Some(Ok(())));

    assert_eq!(join(&fallen, &trap).await, None);

    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(fallen.outbox.closing().map(|close| close.code), Some(1011));
    let (report, _) = oneshot::channel();
    assert_eq!(fallen.address.send(Message::Hears(inbox.clone(), report)), Err(Gone));
    assert_eq!(join(&other, &inbox).await, Some(Ok(())));
    assert_eq!(other.outbox.closing(), None);
    assert!(node.audiences().leave(&inbox, other.outbox.id).await, "the fallen one's cursor is gone");
}
