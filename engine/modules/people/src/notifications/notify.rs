//! Makes notifications of events. The rule runs wherever an event names people to notify; each gets one
//! in their own room, in their own language, once, however often the rule runs.

use super::{
    entries::newest_unread,
    events, merging,
    preferences::{MANDATORY, preferences_of},
    render,
    tables::{Inbox, Look, Notification},
};
use crate::{
    rooms, server,
    users::{self, tables::User},
};
use actors::BoxFuture;
use engine::{Cause, Engine, EventKind, On, Reaction, Reader, Result};
use schema::{
    caller::{ActorKind, Caller},
    change::Change,
    code::Code,
    id::{Id, UserId},
    key::KeyWriter,
    room::RoomId,
    table::Table as _,
};
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};
use tokio::task::JoinSet;
use tracing::warn;

/// People served at once: enough to share the disk's fsync, few enough to leave it to others.
const AT_ONCE: usize = 32;
/// Unread ones among which one of the same kind is looked for.
const LOOKED_AT: usize = 30;
/// The name of the server where nobody acted.
const SERVER: &str = "EcosystIA";

/// Every event that names somebody becomes a notification.
pub(super) const NOTIFY: Reaction =
    Reaction { name: "notify", on: On::Notified, acts_in: inboxes, run: notify };

/// Everybody who must learn of it but whoever did it.
fn inboxes(cause: &Cause) -> Vec<RoomId> {
    let people: BTreeSet<UserId> = cause.notify.iter().copied().collect();
    let others = people.into_iter().filter(|person| cause.event.actor_id != Some(*person));
    others.map(rooms::of_user).collect()
}

fn notify<'a>(engine: &'a Engine, cause: &'a Cause, inboxes: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let Some(kind) = engine.catalog().event(&cause.event.name) else {
            warn!(event = cause.event.name, "an event notifies people but has no text");
            return Ok(());
        };
        let actor = match cause.event.actor_id {
            Some(actor) => name_of(engine.reader(), cause, actor).await?,
            None => SERVER.to_owned(),
        };
        let news = Arc::new(News { engine: engine.clone(), cause: copy(cause), kind, actor });
        let mut waiting = inboxes.iter().map(|inbox| Id::new(inbox.id()));
        let mut running = JoinSet::new();
        loop {
            while running.len() < AT_ONCE
                && let Some(person) = waiting.next()
            {
                let news = Arc::clone(&news);
                running.spawn(async move { news.deliver(person).await });
            }
            let Some(delivered) = running.join_next().await else { return Ok(()) };
            delivered.map_err(|error| {
                engine::Error::new(Code::Internal, "a notification fell").because(error)
            })??;
        }
    })
}

/// Somebody may have left since: then the name is the server's.
async fn name_of(reader: &Reader, cause: &Cause, actor: UserId) -> Result<String> {
    match users::name_of(reader, cause.event.org_id, actor).await {
        Ok(name) => Ok(name),
        Err(error) if error.code() == Code::NotFound => Ok(SERVER.to_owned()),
        Err(error) => Err(error),
    }
}

fn copy(cause: &Cause) -> Cause {
    Cause {
        rule: cause.rule,
        room: cause.room.clone(),
        seq: cause.seq,
        event: cause.event.clone(),
        notify: Vec::new(),
    }
}

/// An event on its way to people.
struct News {
    engine: Engine,
    cause: Cause,
    kind: &'static EventKind,
    actor: String,
}

impl News {
    /// Whether somebody may still know of the record that the event is about: whoever asked for it or followed it once
    /// may have lost sight of it.
    async fn may_know(&self, user: &User) -> Result<bool> {
        let about = &self.cause.event.entity;
        let Some(entity) = self.engine.catalog().entity(&about.kind) else { return Ok(true) };
        let caller =
            Caller { user: user.id, role: user.role, kind: ActorKind::User, ..Caller::system(user.org_id) };
        Ok((entity.seen)(&self.engine.context_of(caller), about.id).await?.is_some())
    }

    async fn deliver(&self, person: UserId) -> Result<()> {
        let found = users::active(self.engine.reader(), self.cause.event.org_id, person).await;
        let user = match found {
            Ok(user) => user,
            // Of another organization, gone, or kept out: nobody to tell.
            Err(error) if matches!(error.code(), Code::NotFound | Code::RuleViolation) => return Ok(()),
            Err(error) => return Err(error),
        };
        if !self.may_know(&user).await? {
            return Ok(());
        }
        let now = self.engine.reader().now();
        // Whoever has somebody's device must not be able to keep from them what it does.
        let may_be_muted = self.kind.category != MANDATORY;
        if may_be_muted
            && preferences_of(self.engine.reader(), person).await?.mutes(&self.cause.event.entity, now)
        {
            return Ok(());
        }
        let notification = self.write(&user);
        let room = rooms::of_user(person);
        server::settle(|| async {
            let inbox = inbox_of(self.engine.reader(), person).await?;
            let newest = newest_unread(self.engine.reader(), person, LOOKED_AT).await?;
            let merged = merging::merge(&notification, &inbox, &newest, user.is_french(), now);
            let mut change = Change::new();
            let mut counts = inbox.clone();
            if let Some(replaced) = merged.replaces {
                // Only the row itself has all columns.
                let row: Option<Notification> = self.engine.reader().by_id(&room, replaced).await?;
                let row = row.filter(|row| inbox.counts(row)).ok_or_else(merging::changed)?;
                counts = counts.after(Some(&row), None);
                change.remove(&row);
            }
            if merged.is_new {
                counts = counts.one_more_came(now);
            }
            counts = counts.after(None, Some(&merged.notification));
            let replaces = merged.replaces;
            let slot = change.insert(merged.notification);
            let counted = put(&mut change, &inbox, counts);
            let _ = change.tell(events::CREATED, slot).saying(move |filled| {
                let mut said = filled.get(slot).map(events::said).unwrap_or_default();
                if let (Some(members), Some(replaces)) = (said.as_object_mut(), replaces) {
                    members.insert("replaces".to_owned(), json!(replaces));
                }
                said
            });
            events::tell_unread(&mut change, counted);
            change.unaudited();
            self.engine.effect(&self.cause, &room, change).await
        })
        .await?;
        Ok(())
    }

    fn write(&self, user: &User) -> Notification {
        let event = &self.cause.event;
        let words = if user.is_french() { self.kind.fr } else { self.kind.en };
        let (title, body) = render::render(words, &event.data, &self.actor);
        Notification {
            id: Id::new(self.cause.derived(&user.id.to_string())),
            org_id: user.org_id,
            recipient_id: user.id,
            sender_id: event.actor_id,
            template_code: self.kind.name.to_owned(),
            kind: look(self.kind.severity),
            category: self.kind.category.to_owned(),
            severity: self.kind.severity.to_owned(),
            title,
            body,
            entity: Some(event.entity.clone()),
            action_url: render::link(self.kind.link, &event.data, &event.entity.id.to_string()),
            event_id: event.id,
            group_key: format!("{}:{}", self.kind.name, event.entity.id),
            count: 1,
            ..Notification::default()
        }
    }
}

fn look(severity: &str) -> Look {
    match severity {
        "critical" => Look::Error,
        "high" => Look::Warning,
        _ => Look::Info,
    }
}

/// A person's inbox; of somebody new, an empty one.
pub(super) async fn inbox_of(reader: &Reader, person: UserId) -> Result<Inbox> {
    let found = reader.get(&rooms::of_user(person), KeyWriter::new().with(&person)).await?;
    Ok(found.unwrap_or_else(|| Inbox::of(person)))
}

/// Puts the row, which may be the first.
pub(super) fn put(change: &mut Change, old: &Inbox, new: Inbox) -> schema::change::Slot<Inbox> {
    if old.version() == 0 { change.insert(new) } else { change.update(old, new) }
}
