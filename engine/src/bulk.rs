//! Many operations in one call: each as if it were called alone, or all of them as one change. What each came to is said
//! in the order in which they were asked for.

use crate::{
    Call, Context, Engine, Error, Outcome, Result, Standing,
    calls::{Ask, RUNS_MAX},
    catalog::Entry,
    endpoint::Erased,
};
use actors::{Sought, own::Command};
use schema::{
    answer,
    change::{Answering, Change},
    code::Code,
    part,
    reply::Reply,
    room::RoomId,
};
use serde_json::{Map, Value};

/// The most operations of one call.
pub const BULK_MAX: usize = 100;

/// One operation of several.
#[part]
pub struct Item {
    /// The operation's name.
    #[garde(length(min = 1, max = 64))]
    pub operation: String,
    /// Its fields: what stands in its path, and its body.
    #[serde(default)]
    #[garde(skip)]
    pub input: Map<String, Value>,
    /// The version that the record is believed to have.
    #[serde(default)]
    #[garde(skip)]
    pub if_match: Option<u64>,
}

/// What one of several operations came to.
#[answer]
pub struct ItemResult {
    /// Its place among those that were asked for, from 0.
    pub index: usize,
    /// What it would have been answered with alone.
    pub status: u16,
    /// The record that it answered with.
    pub id: Option<Value>,
    /// Why it was refused (RFC 9457).
    pub problem: Option<Value>,
}

/// What several operations came to.
#[answer]
pub struct Results {
    /// One for each, in the order in which they were asked for.
    pub results: Vec<ItemResult>,
}

impl ItemResult {
    fn done(index: usize, reply: &Reply) -> Self {
        let id = reply.body.get("id").cloned();
        Self { index, status: reply.status, id, problem: None }
    }

    fn refused(index: usize, error: &Error, french: bool) -> Self {
        let problem = error.problem(french);
        Self { index, status: problem.status, id: None, problem: serde_json::to_value(problem).ok() }
    }
}

/// Carries out several operations, each alone: one that is refused holds no other up. Under the key of the call each has
/// a key of its own, so that saying it all again does nothing twice.
///
/// # Errors
/// `validation` for an operation that is not among `allowed`; of what is refused alone, the results say so.
pub async fn each(cx: &Context, items: &[Item], allowed: &[&str]) -> Result<Outcome> {
    entries(cx, items, allowed)?;
    let (mut results, mut known) = (Vec::with_capacity(items.len()), Vec::new());
    for (index, item) in items.iter().enumerate() {
        let call = Call {
            caller: Some(cx.caller),
            operation: item.operation.clone(),
            input: Value::Object(item.input.clone()),
            key: cx.key.as_deref().map(|key| step_key(key, index)),
            if_match: item.if_match,
            request: cx.request.clone(),
        };
        results.push(match Box::pin(cx.engine().call(call)).await {
            Ok(called) => {
                known.push(called.replayed);
                ItemResult::done(index, &called.into_reply())
            }
            // What is refused leaves no command, and is decided anew.
            Err(error) => ItemResult::refused(index, &error, cx.request.french),
        });
    }
    let body = serde_json::to_value(Results { results }).map_err(Error::broken)?;
    let replayed = !known.is_empty() && known.iter().all(|known| *known);
    Ok(Outcome::Done(Reply::ok(body), replayed))
}

/// The key of one of the things that are done under a key.
#[must_use]
pub fn step_key(key: &str, index: usize) -> String {
    let name = blake3::hash(key.as_bytes()).to_hex();
    format!("{}.{index}", name.chars().take(40).collect::<String>())
}

/// Carries out several operations about one room as one change: all of them, or none.
///
/// # Errors
/// What any of them is refused for, with its `index`; `rule-violation` where they are about several rooms, or one record
/// is changed twice.
pub async fn together(cx: &Context, items: &[Item], allowed: &[&str]) -> Result<Outcome> {
    let entries = entries(cx, items, allowed)?;
    let engine = cx.engine();
    let mut asked = Vec::with_capacity(items.len());
    for ((index, item), entry) in items.iter().enumerate().zip(entries) {
        let decoded = entry.operation.decode(Value::Object(item.input.clone()));
        let operation = decoded.map_err(|error| error.with("index", index))?;
        let ask = Ask::inside(cx, entry, item.if_match);
        asked.push((operation, ask));
    }
    let room = one_room(engine, &asked).await?;
    cx.at_home(&room)?;
    let key = cx.key.clone().unwrap_or_else(|| Command::fresh_key(engine.node().clock()));
    let said = serde_json::to_vec(&(cx.operation, items)).map_err(Error::broken)?;
    let command = Command { caller: cx.caller.user, key, hash: *blake3::hash(&said).as_bytes() };
    // Looked for before anything is read: what it did may be what would have it refused now.
    let unseen = match engine.node().directory().seek(&room, &command).await? {
        Sought::Done(reply) => return Ok(Outcome::Done(reply, true)),
        Sought::New(unseen) => unseen,
    };
    for _ in 0..RUNS_MAX {
        let change = change_of(engine, &room, &asked).await?;
        let directory = engine.node().directory();
        let author = cx.author();
        match directory.commit_unseen(&room, command.clone(), author, change, unseen).await {
            Err(actors::Error::Conflict) => {}
            outcome => {
                return outcome.map(|done| Outcome::Done(done.reply, done.replayed)).map_err(Error::from);
            }
        }
    }
    Err(Error::new(Code::Conflict, "others keep changing this, try again"))
}

/// The operations that are meant.
fn entries(cx: &Context, items: &[Item], allowed: &[&str]) -> Result<Vec<Entry>> {
    let entry = |(index, item): (usize, &Item)| {
        let entry = cx.engine().catalog().operation(&item.operation);
        entry.filter(|_| allowed.contains(&item.operation.as_str())).copied().ok_or_else(|| {
            let why = format!("one of {}", allowed.join(", "));
            Error::field(&format!("/items/{index}/operation"), "unknown", why)
        })
    };
    items.iter().enumerate().map(entry).collect()
}

async fn one_room(engine: &Engine, asked: &[(Box<dyn Erased>, Ask)]) -> Result<RoomId> {
    let mut all: Option<RoomId> = None;
    for (index, (operation, ask)) in asked.iter().enumerate() {
        let room = engine.home(&**operation, ask).await.map_err(|error| error.with("index", index))?;
        match (room, &all) {
            (Some(room), None) => all = Some(room),
            (Some(room), Some(before)) if room == *before => {}
            _ => {
                let why = "all of them must be about one container to be done as one";
                return Err(Error::rule(why).with("index", index));
            }
        }
    }
    all.ok_or_else(|| Error::field("/items", "required", "say what is to be done"))
}

/// What all of them change, and what they answer.
async fn change_of(engine: &Engine, room: &RoomId, asked: &[(Box<dyn Erased>, Ask)]) -> Result<Change> {
    let mut all = Change::new();
    let mut answers: Vec<Answer> = Vec::with_capacity(asked.len());
    for (index, (operation, ask)) in asked.iter().enumerate() {
        let outcome = one(engine, room, (&**operation, ask)).await;
        answers.push(match outcome.map_err(|error| error.with("index", index))? {
            Ran::Answered(reply) => Answer::Known(reply),
            Ran::Wishes(change) if all.meets(&change) => {
                let why = "one record is changed twice: say it in one item";
                return Err(Error::rule(why).with("index", index));
            }
            Ran::Wishes(change) => Answer::Filled(all.absorb(*change)),
        });
    }
    all.reply(move |filled| {
        let result = |(index, answer): (usize, &Answer)| match answer {
            Answer::Known(reply) => ItemResult::done(index, reply),
            Answer::Filled(answering) => ItemResult::done(index, &answering(filled)),
        };
        let results = Results { results: answers.iter().enumerate().map(result).collect() };
        Reply::ok(serde_json::to_value(results).unwrap_or_default())
    });
    Ok(all)
}

/// What one of them answers.
enum Answer {
    /// It changes nothing.
    Known(Reply),
    /// It will be known when the change is filled.
    Filled(Answering),
}

/// What one of them came to.
enum Ran {
    Answered(Reply),
    Wishes(Box<Change>),
}

async fn one(engine: &Engine, room: &RoomId, (operation, ask): (&dyn Erased, &Ask)) -> Result<Ran> {
    let cx = engine.context(ask, Some(room.clone()), false).await?;
    ask.permitted(&cx)?;
    match operation.run(&cx).await? {
        Outcome::Answer(reply) => Ok(Ran::Answered(reply)),
        Outcome::Text(_) | Outcome::Done(..) => Err(Error::rule("this is asked for alone")),
        Outcome::Commit(mut change) => {
            ask.check_version(&change)?;
            let Standing { guards, .. } = cx.standing;
            change.guards.extend(guards);
            Ok(Ran::Wishes(Box::new(change)))
        }
    }
}
