//! A scene of the demonstration: steps in one room, each taken once. How many were taken is a counter of the room,
//! which moves with the step itself: a start that was cut short is finished by the next one, and one that was not
//! finds nothing to do.

use super::stage::Stage;
use actors::{Sought, own::Command, room::Author};
use engine::{Call, Engine, Request, Result};
use schema::{change::Change, code::Code, id::UserId, room::RoomId};
use serde_json::Value;

/// Steps of one room, in order.
pub struct Scene<'a> {
    stage: &'a Stage,
    room: RoomId,
    name: &'static str,
    taken: i64,
    next: i64,
}

impl<'a> Scene<'a> {
    pub(super) async fn open(stage: &'a Stage, room: RoomId, name: &'static str) -> Result<Self> {
        let taken = stage.engine().reader().counter(&room, &counter(name)).await?;
        Ok(Self { stage, room, name, taken, next: 0 })
    }

    /// Whether the next step was not taken by an earlier start: who takes it may have something to ask first.
    #[must_use]
    pub const fn is_due(&self) -> bool {
        self.next >= self.taken
    }

    /// Goes on to the next step; answers whether an earlier start took it.
    fn was_taken(&mut self) -> bool {
        let taken = !self.is_due();
        self.next += 1;
        taken
    }

    /// What the present step is called in its room.
    fn key(&self) -> String {
        format!("demo.{}.{}", self.name, self.next)
    }

    /// Takes a step that is a change, in somebody's name.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn commit(&mut self, person: &str, change: Change) -> Result<()> {
        if self.was_taken() {
            return Ok(());
        }
        self.put(person, change).await
    }

    async fn put(&self, person: &str, mut change: Change) -> Result<()> {
        change.add(&counter(self.name), 1);
        let author = Author::of(&self.stage.as_caller(person)?, "Demo", None);
        once(self.stage.engine(), &self.room, &self.key(), author, change).await
    }

    /// Takes a step that is an operation: the person carries it out, as anybody would.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn call(&mut self, person: &str, operation: &str, input: Value) -> Result<()> {
        if self.was_taken() {
            return Ok(());
        }
        let call = Call {
            caller: Some(self.stage.signed_in(person).await?),
            operation: operation.to_owned(),
            input,
            key: Some(format!("{}.{}", self.key(), self.room.id().simple())),
            if_match: None,
            request: Request::default(),
        };
        match self.stage.engine().call(call).await {
            Ok(_) => {}
            // An earlier start carried it out, on another day and so in other words, and ended before it was counted.
            Err(error) if error.code() == Code::IdempotencyKeyReused => {}
            Err(error) => {
                let (key, room) = (self.key(), &self.room);
                return Err(super::script::broken(&format!(
                    "{key} in {room}, {operation} by {person}: {error}"
                )));
            }
        }
        let mut counted = Change::new();
        counted.unaudited();
        self.put(person, counted).await
    }
}

fn counter(scene: &str) -> String {
    format!("demo.{scene}")
}

/// Commits a change under a name. Where that was done before, not even what is unique in it is claimed again: nobody
/// would confirm it.
pub(super) async fn once(
    engine: &Engine,
    room: &RoomId,
    key: &str,
    author: Author,
    change: Change,
) -> Result<()> {
    let hash = *blake3::hash(key.as_bytes()).as_bytes();
    let command = Command { caller: UserId::NIL, key: key.to_owned(), hash };
    let directory = engine.node().directory();
    if let Sought::Done(_) = directory.seek(room, &command).await? {
        return Ok(());
    }
    directory.commit(room, command, author, change).await?;
    Ok(())
}
