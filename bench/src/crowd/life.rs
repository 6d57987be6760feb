//! A person's connections, one after another: wait, connect, come in, listen to the end, come back. The
//! large part of this (coming in) is boxed and freed, so that a person who only listens costs little.

use super::{
    backoff,
    hall::Hall,
    listen::End,
    member::{Member, Phase},
    nodes::BROKEN,
    order::Wire,
};
use crate::{
    client::{
        address::source,
        line::{self, Ear},
    },
    clock::now_us,
};
use std::{
    future::poll_fn,
    io,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    task::spawn_local,
    time::{sleep, timeout},
};

/// How long coming in may take: longer than a queue at the door, shorter than a dead server.
const COME_IN_LIMIT: Duration = Duration::from_secs(15);

/// Nobody tries more often than this in a row.
const ATTEMPTS_MAX: u32 = 12;

/// The receive buffer of those who can be slow: they stall after a few frames, as a phone would.
const SLOW_BUFFER_BYTES: u32 = 16 << 10;

/// Begins somebody's life, unless it is going on.
pub(crate) fn begin(hall: &Rc<Hall>, member: &Rc<Member>, wait: Duration) {
    if hall.is_out(member) {
        let life = spawn_local(live(Rc::clone(hall), Rc::clone(member), wait));
        if let Some(slot) = hall.lives.borrow_mut().get_mut(member.number) {
            *slot = Some(life.abort_handle());
        }
    }
}

async fn live(hall: Rc<Hall>, member: Rc<Member>, mut wait: Duration) {
    let (mut in_a_row, mut before) = (0, None);
    while in_a_row < ATTEMPTS_MAX {
        if !wait.is_zero() {
            sleep(wait).await;
        }
        member.attempts.set(member.attempts.get() + 1);
        match Box::pin(come_in(&hall, &member, before)).await {
            Ok(mut ear) => {
                let end = loop {
                    if let Err(end) = poll_fn(|cx| poll_listen(&hall, &member, &mut ear, cx)).await {
                        break end;
                    }
                };
                in_a_row = 0;
                member.attempts.set(0);
                before = leave(&hall, &member, &end);
                *hall.account.borrow_mut().ends.entry(end.to_string()).or_default() += 1;
                if !hall.arrival.returns {
                    return;
                }
            }
            Err(end) => {
                before = leave(&hall, &member, &end);
                *hall.account.borrow_mut().turned_away.entry(end.to_string()).or_default() += 1;
                if end.is_final() {
                    return;
                }
            }
        }
        let jitter = backoff::wait(in_a_row, &mut rand::rng());
        // The server spreads those whom it sends away by itself.
        wait = member.stay_away_ms.take().map_or(jitter, Duration::from_millis);
        in_a_row += 1;
    }
}

/// Somebody's connection ended: answers which server it went to.
fn leave(hall: &Hall, member: &Member, end: &End) -> Option<usize> {
    let node = member.at.get();
    if let (Some(node), End::System(_) | End::Late(_) | End::Refused(_)) = (node, end) {
        hall.nodes.shut(node, BROKEN);
    }
    hall.went_out(member);
    node
}

async fn come_in(hall: &Rc<Hall>, member: &Rc<Member>, before: Option<usize>) -> Result<Ear, End> {
    // The door is never closed, so a permit always comes.
    let _turn = hall.door.acquire().await;
    timeout(COME_IN_LIMIT, connect(hall, member, before)).await.unwrap_or(Err(End::Late(COME_IN_LIMIT)))
}

async fn connect(hall: &Rc<Hall>, member: &Rc<Member>, before: Option<usize>) -> Result<Ear, End> {
    member.began_us.set(now_us());
    let chosen = hall.nodes.choose(before, &mut rand::rng());
    let (node, server) = chosen.ok_or(End::System(io::ErrorKind::AddrNotAvailable))?;
    member.at.set(Some(node));
    let buffer = member.is_slow.then_some(SLOW_BUFFER_BYTES);
    let (mut ear, voice) = line::open(server, source(hall.crowd, member.number), buffer).await?;
    match hall.arrival.wire {
        Wire::Bare => member.connected(voice, Phase::In),
        Wire::Session => {
            member.connected(voice, Phase::Upgrading);
            member.say(hall.handshake.request(server).as_bytes());
            while member.phase.get() != Phase::In {
                poll_fn(|cx| poll_listen(hall, member, &mut ear, cx)).await?;
            }
        }
    }
    hall.came_in(member);
    Ok(ear)
}

fn poll_listen(
    hall: &Rc<Hall>,
    member: &Rc<Member>,
    ear: &mut Ear,
    cx: &mut Context<'_>,
) -> Poll<Result<(), End>> {
    if member.is_stalled() {
        member.park(cx);
        return Poll::Pending;
    }
    let mut ended = Ok(());
    let consume = |bytes: &[u8]| match member.hear(hall, bytes) {
        Ok(used) => used,
        Err(end) => {
            ended = Err(end);
            bytes.len()
        }
    };
    ready!(ear.poll_hear(cx, &mut hall.scratch.borrow_mut(), consume))?;
    Poll::Ready(ended)
}
