//! The engine of the simulated world: members may hear, and whoever is to be notified gets a slip.

use super::tables::{Member, Slip};
use actors::{
    BoxFuture, Config, Error, Hook, Host, Image, Node, Policy, Verdict,
    own::Command,
    room::{Author, derived_id},
};
use parking_lot::Mutex;
use schema::{
    caller::{ActorKind, Caller},
    change::Change,
    clock::Clock,
    code::Code,
    codec,
    event::Envelope,
    id::{Id, OrgId, UserId},
    key::KeyWriter,
    log::Told,
    role::Role,
    room::RoomId,
    table::Table as _,
};
use std::sync::{Arc, OnceLock};
use storage::Store;

#[derive(Default)]
pub(super) struct World {
    node: OnceLock<Node>,
    peers: Peers,
}

/// All nodes of a run; cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Peers(Arc<Mutex<Vec<Node>>>);

impl Peers {
    /// A node that believes a room lives there, looked for from some node on.
    pub(super) fn home(&self, room: &RoomId, from: u64) -> Option<Node> {
        let nodes = self.all();
        let from = from as usize % nodes.len();
        let (before, after) = nodes.split_at(from);
        after.iter().chain(before).find(|node| node.homes(room)).cloned()
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Node> {
        self.0.lock().clone()
    }
}

impl World {
    /// A node of this world, over a store.
    pub(super) async fn begin(store: Store, clock: &Clock, config: Config) -> Node {
        Self::begin_among(&Peers::default(), store, clock, config).await
    }

    /// The same, as one of several.
    pub(super) async fn begin_among(peers: &Peers, store: Store, clock: &Clock, config: Config) -> Node {
        let node = Node::start(store, clock.clone(), config).await.expect("a node starts");
        let world = Arc::new(Self { peers: peers.clone(), ..Self::default() });
        peers.0.lock().push(node.clone());
        assert!(world.node.set(node.clone()).is_ok());
        node.attach(world);
        node
    }

    fn node(&self) -> &Node {
        self.node.get().expect("attached before anything happens")
    }
}

/// The author of everything: who it is makes no difference to order.
pub(super) fn author(user: UserId) -> Author {
    Author {
        org: OrgId::NIL,
        user: Some(user),
        kind: ActorKind::User,
        role: Role::Student,
        action: "simulated",
        request_id: None,
        ip: None,
        user_agent: None,
    }
}

/// The membership row of a person in a hall.
pub(super) async fn member(
    node: &Node,
    hall: &RoomId,
    user: UserId,
) -> Result<Option<Member>, storage::Error> {
    let parts = KeyWriter::new().with(&Id::<()>::new(hall.id())).with(&user);
    let bytes = node.store().get(&Member::SPEC.row_key(hall, parts)).await?;
    Ok(bytes.map(|bytes| codec::from_msgpack(&bytes).expect("a stored row reads back")))
}

impl Host for World {
    fn policy(&self, room: &RoomId) -> Option<Policy> {
        assert_ne!(room.kind(), "trap", "whoever asks for this room falls");
        Some(Policy { presence: true, hooks: false, whispers: &[] })
    }

    fn may_hear<'a>(&'a self, caller: &'a Caller, room: &'a RoomId) -> BoxFuture<'a, Result<(), Code>> {
        Box::pin(async move {
            if room.kind() == "user" {
                return if room.id() == caller.user.uuid() { Ok(()) } else { Err(Code::NotFound) };
            }
            match member(self.node(), room, caller.user).await {
                Ok(Some(_)) => Ok(()),
                Ok(None) => Err(Code::NotFound),
                Err(_) => Err(Code::StoreUnavailable),
            }
        })
    }

    fn reacts(&self, told: &Told) -> bool {
        !told.notify.is_empty()
    }

    fn react<'a>(&'a self, _: &'a RoomId, _: u64, told: &'a Told) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let event: Envelope = codec::from_msgpack(&told.body)?;
            for user in &told.notify {
                let id = derived_id(event.occurred_at, format!("{}{user}", event.id).as_bytes());
                let mut change = Change::new();
                let slip =
                    Slip { id: Id::new(id), org_id: OrgId::NIL, user_id: *user, of: event.id, version: 0 };
                let slot = change.insert(slip);
                let _ = change.tell("simulated.slip.made", slot);
                let key = format!("slip:{}", event.id);
                let command = Command { caller: UserId::NIL, key, hash: [0; 32] };
                let tray = RoomId::new("user", user.uuid());
                let home = self.peers.home(&tray, 0).ok_or(Error::Elsewhere)?;
                home.directory().commit(&tray, command, author(*user), change).await?;
            }
            Ok(())
        })
    }

    fn carried<'a>(&'a self, _: &'a RoomId, _: bytes::Bytes) -> BoxFuture<'a, bytes::Bytes> {
        Box::pin(async { bytes::Bytes::new() })
    }

    fn committed(&self, _: &RoomId, _: u64, _: &[Image]) {}

    fn control(&self, _: &Caller, _: &Told) -> Verdict {
        Verdict::Stay
    }

    fn stirred(&self, _: UserId) {}

    fn renewed<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Option<Caller>> {
        Box::pin(async { Some(*caller) })
    }

    fn greeting<'a>(&'a self, _: &'a Caller, _: &'a RoomId, _: bool) -> BoxFuture<'a, serde_json::Value> {
        Box::pin(async { serde_json::Value::Null })
    }

    fn hook<'a>(&'a self, _: &'a Caller, _: &'a RoomId, _: Hook) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }
}
