//! Reading the whole history of every meeting over REST and looking for each acknowledged message in it.
//! It is read to its end, page by page, by somebody who attends.

use super::{
    hall::Hall,
    ledger::{Acknowledged, Stored, compare},
    order::Kept,
};
use crate::{
    error::{Error, Result},
    http::Http,
};
use serde::Deserialize;
use std::{cell::RefCell, collections::HashMap, rc::Rc};
use tokio::task::JoinSet;
use uuid::Uuid;

/// Connections that read at the same time.
const READERS: usize = 8;

/// A page of the history.
#[derive(Deserialize)]
struct Page {
    data: Vec<Message>,
}

/// A message, as much of it as is compared.
#[derive(Deserialize)]
struct Message {
    id: Uuid,
    seq: u64,
    client_id: Option<Uuid>,
}

/// A meeting to read.
struct Meeting {
    id: String,
    token: Box<str>,
    acknowledged: Vec<Acknowledged>,
}

/// Compares every meeting's acknowledgements with its history.
///
/// # Errors
/// When a history can't be read.
pub(crate) async fn verify(hall: &Rc<Hall>) -> Result<Kept> {
    let queue = Rc::new(RefCell::new(meetings(hall)?));
    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        let server = hall.arrival.servers.first().copied();
        let server = server.ok_or_else(|| Error::answer("reading a history", "there is no server"))?;
        let queue = Rc::clone(&queue);
        readers.spawn_local(async move {
            let mut http = Http::open(server).await?;
            let mut sum = Kept::default();
            loop {
                // The borrow ends here: `while let` would hold it over the reading.
                let Some(meeting) = queue.borrow_mut().pop() else { return Ok(sum) };
                let kept = compare(&meeting.acknowledged, &history(&mut http, &meeting).await?);
                add(&mut sum, &kept);
            }
        });
    }
    let mut sum = Kept::default();
    while let Some(read) = readers.join_next().await {
        add(&mut sum, &read.map_err(|error| Error::answer("reading a history", error))??);
    }
    Ok(sum)
}

fn meetings(hall: &Hall) -> Result<Vec<Meeting>> {
    let mut acknowledged: HashMap<usize, Vec<Acknowledged>> = HashMap::new();
    for message in hall.ledger.borrow().acknowledged() {
        acknowledged.entry(message.room).or_default().push(*message);
    }
    let mut tokens = HashMap::new();
    for (member, seat) in hall.members.iter().zip(hall.arrival.share.seats()?) {
        if let Some(room) = member.room_spoken_in() {
            tokens.entry(room).or_insert(seat.token);
        }
    }
    let meeting = |(room, name, _): (usize, &str, u64)| {
        Some(Meeting {
            id: name.split_once(':')?.1.to_owned(),
            token: tokens.remove(&room)?,
            acknowledged: acknowledged.remove(&room).unwrap_or_default(),
        })
    };
    Ok(hall.rooms.spoken_in().filter_map(meeting).collect())
}

async fn history(http: &mut Http, meeting: &Meeting) -> Result<Vec<Stored>> {
    let mut whole = Vec::new();
    let mut after = 0;
    // Every page begins after the last number of the one before, so this ends where the meeting does.
    loop {
        let path = format!("/api/v1/meetings/{}/messages/?after_seq={after}&limit=100", meeting.id);
        let page: Page = http.get(&path, Some(&meeting.token)).await?.json("reading a history")?;
        let Some(last) = page.data.iter().map(|message| message.seq).max() else { return Ok(whole) };
        if last <= after {
            return Err(Error::answer("reading a history", format_args!("{path} answers number {last}")));
        }
        after = last;
        whole.extend(page.data.into_iter().map(|m| Stored { id: m.id, seq: m.seq, client_id: m.client_id }));
    }
}

fn add(sum: &mut Kept, other: &Kept) {
    sum.acknowledged += other.acknowledged;
    sum.found += other.found;
    sum.lost += other.lost;
    sum.twice += other.twice;
}
