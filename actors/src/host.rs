//! The face that the engine shows to the actors: who may hear what, what an event sets off, and who
//! wants to see committed rows. Rooms and audiences know nothing else of the business.

use crate::Error;
use bytes::Bytes;
use schema::{
    caller::Caller,
    code::Code,
    id::UserId,
    key::Key,
    log::Told,
    room::RoomId,
    table::{Row, Spec},
};
use std::{future::Future, pin::Pin};

/// A future whose type is forgotten.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What the actors ask of the engine.
pub trait Host: Send + Sync + 'static {
    /// The rules of a kind of room; `None` for a kind that can't be joined.
    fn policy(&self, room: &RoomId) -> Option<Policy>;

    /// Whether this caller may hear this room, and if not, under which code to refuse.
    fn may_hear<'a>(&'a self, caller: &'a Caller, room: &'a RoomId) -> BoxFuture<'a, Result<(), Code>>;

    /// Whether an event sets anything off. Asked for every event, so it must be quick.
    fn reacts(&self, told: &Told) -> bool;

    /// Does what an event sets off. May be called again for the same event after a failure or a crash.
    fn react<'a>(&'a self, room: &'a RoomId, seq: u64, told: &'a Told) -> BoxFuture<'a, Result<(), Error>>;

    /// Does what another node asks for, in a room that lives here; what it is and how it is answered is the engine's
    /// own business.
    fn carried<'a>(&'a self, room: &'a RoomId, body: Bytes) -> BoxFuture<'a, Bytes>;

    /// Sees the rows of a commit and its number, before anybody is answered. The commits of a room are numbered without a
    /// gap; one that is missing was made elsewhere, or its outcome was not known when it was made.
    fn committed(&self, room: &RoomId, commit: u64, rows: &[Image]);

    /// What a control event in the caller's own room means for one of the caller's sessions.
    fn control(&self, caller: &Caller, told: &Told) -> Verdict;

    /// Connections of a person came or went, on whatever node. Told where their own room lives, more often than there is
    /// news rather than less: [`crate::Node::is_present`] says how it is.
    fn stirred(&self, user: UserId);

    /// The caller as they are now, after their rights changed; `None` when the sign-in is over.
    fn renewed<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Option<Caller>>;

    /// What a join's reply says besides where the room stands; an object, or null.
    fn greeting<'a>(
        &'a self,
        caller: &'a Caller,
        room: &'a RoomId,
        fresh: bool,
    ) -> BoxFuture<'a, serde_json::Value>;

    /// Somebody's first socket came to a room or the last one went.
    fn hook<'a>(&'a self, caller: &'a Caller, room: &'a RoomId, hook: Hook) -> BoxFuture<'a, ()>;
}

/// The rules of a kind of room.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// Who is there is told to those who are there.
    pub presence: bool,
    /// Joining or leaving runs an operation.
    pub hooks: bool,
    /// Kinds of momentary messages that listeners may send each other.
    pub whispers: &'static [&'static str],
}

/// A row as a commit left it.
#[derive(Debug)]
pub struct Image {
    /// Its table.
    pub spec: &'static Spec,
    /// Where it stands.
    pub key: Key,
    /// The row; `None` once removed.
    pub row: Option<Box<dyn Row>>,
}

/// What a session shall do about a control event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Nothing: it is about another session.
    Stay,
    /// Check every joined room again.
    Recheck,
    /// Close: the sign-in was ended.
    Revoked,
}

/// What happened to a person in a room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hook {
    /// The first socket of this person joined.
    Joined,
    /// The last socket of this person left.
    Left,
}
