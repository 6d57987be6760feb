//! What one room's events do in others. An effect is a command of the server's own, named after its
//! cause: however often it is tried, it happens once.

use crate::{Engine, Error, Result};
use actors::{
    BoxFuture,
    own::Command,
    room::{Author, Receipt, derived_id},
};
use schema::{
    caller::ActorKind, change::Change, event::Envelope, id::UserId, log::Told, role::Role, room::RoomId,
};
use uuid::Uuid;

/// A rule: which events set it off, and what it does.
pub struct Reaction {
    /// Its name; part of every effect's key, so it never changes.
    pub name: &'static str,
    /// Which events.
    pub on: On,
    /// The rooms in which it acts.
    pub acts_in: fn(&Cause) -> Vec<RoomId>,
    /// What it does in some of them, which live here. It may be called again for the same cause.
    pub run: for<'a> fn(&'a Engine, &'a Cause, &'a [RoomId]) -> BoxFuture<'a, Result<()>>,
}

/// Which events set a reaction off.
#[derive(Clone, Copy, Debug)]
pub enum On {
    /// Events of these names.
    Names(&'static [&'static str]),
    /// Every event that somebody must be notified of.
    Notified,
}

impl Reaction {
    pub(crate) fn is_set_off_by(&self, told: &Told) -> bool {
        match self.on {
            On::Names(names) => names.contains(&told.name.as_str()),
            On::Notified => !told.notify.is_empty(),
        }
    }
}

/// The event that set a reaction off.
#[derive(Debug)]
pub struct Cause {
    /// The rule.
    pub rule: &'static str,
    /// Where it was told.
    pub room: RoomId,
    /// Its number there.
    pub seq: u64,
    /// The event.
    pub event: Envelope,
    /// Who must learn of it.
    pub notify: Vec<UserId>,
}

impl Cause {
    /// The room in which it was told, for rules that act there.
    #[must_use]
    pub fn same_room(&self) -> Vec<RoomId> {
        vec![self.room.clone()]
    }

    /// A step of what this cause brings about: a cause of its own, or the second step would pass for the first said
    /// twice. A step of the same name is the same step.
    #[must_use]
    pub fn step(&self, name: &str) -> Self {
        let event = Envelope { id: self.derived(name), ..self.event.clone() };
        Self { rule: self.rule, room: self.room.clone(), seq: self.seq, event, notify: Vec::new() }
    }

    /// An id for something this cause brings about at a target: the same each time.
    #[must_use]
    pub fn derived(&self, target: &str) -> Uuid {
        let place = format!("{}\n{}\n{target}", self.event.id, self.rule);
        derived_id(self.event.occurred_at, place.as_bytes())
    }
}

impl Engine {
    /// Lets a rule act on a cause, in each of its rooms where that lives.
    pub(crate) async fn react_to(&self, reaction: &Reaction, cause: &Cause) -> Result<()> {
        let mut by_home = self.node().by_home((reaction.acts_in)(cause));
        if let Some(here) = by_home.remove(&None) {
            (reaction.run)(self, cause, &here).await?;
        }
        for there in by_home.into_values() {
            self.react_there(cause, there).await?;
        }
        Ok(())
    }

    /// Commits an effect of a cause in a target room; done before, it is not done again.
    ///
    /// # Errors
    /// When the commit is refused or its outcome unknown; the reactor tries again.
    pub async fn effect(&self, cause: &Cause, target: &RoomId, change: Change) -> Result<Receipt> {
        let key = format!("{}:{}", cause.rule, cause.event.id);
        let hash = *blake3::hash(key.as_bytes()).as_bytes();
        let author = Author {
            org: cause.event.org_id,
            user: cause.event.actor_id,
            kind: ActorKind::System,
            role: Role::SuperAdministrator,
            action: cause.rule,
            request_id: cause.event.request_id.clone(),
            ip: None,
            user_agent: None,
        };
        let command = Command { caller: UserId::NIL, key, hash };
        let committed = self.node().directory().commit(target, command, author, change).await;
        committed.map_err(Error::from)
    }
}
