//! A crowd: one child process that plays several thousand people on one thread. It reads orders, carries
//! them out one after another, and reports. It never decides what a scenario is, and never outlives the
//! harness: when its standard input ends, it ends.

pub(crate) mod account;
mod backoff;
mod beat;
mod hall;
pub(crate) mod ledger;
mod life;
mod listen;
mod member;
mod nodes;
pub(crate) mod order;
mod rooms;
mod speech;
mod verify;

use crate::{
    clock::now_us,
    error::{Error, Result},
};
use hall::Hall;
use order::{Arrival, Arrived, Order, Report, Settled, Settling};
use rand::SeedableRng as _;
use std::{
    io::{self, Write as _},
    process::ExitCode,
    rc::Rc,
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::{AbortHandle, LocalSet, spawn_local},
    time::{Instant, sleep},
};

/// How often a wait looks whether it is over: what is waited for is measured no finer.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// How long a crowd that has nothing left to do looks away. Thousands of people on one machine would wake
/// it, and make the server pay for waking it, with every single frame; people elsewhere don't. Whatever is
/// heard meanwhile is measured as that much later.
const NAP: Duration = Duration::from_millis(1);

/// Plays crowd number `index` until the harness is gone.
pub(crate) fn run(index: u16) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .on_thread_park(|| std::thread::sleep(NAP))
        .build();
    let Ok(runtime) = runtime else { return ExitCode::FAILURE };
    let (orders, gone) = listen_to_harness();
    LocalSet::new().block_on(&runtime, async {
        tokio::select! {
            () = play(index, orders) => {}
            _ = gone => {}
        }
    });
    ExitCode::SUCCESS
}

/// Standard input as a stream of orders, and its end. A thread, because a pipe can't be polled.
fn listen_to_harness() -> (mpsc::Receiver<Order>, oneshot::Receiver<()>) {
    let (sender, orders) = mpsc::channel(1);
    let (here, gone) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        for line in io::stdin().lines().map_while(io::Result::ok) {
            let Ok(order) = serde_json::from_str(&line) else { break };
            if sender.blocking_send(order).is_err() {
                break;
            }
        }
        drop(here);
    });
    (orders, gone)
}

async fn play(index: u16, mut orders: mpsc::Receiver<Order>) {
    let mut stage = Stage { index, hall: None, beat: None };
    while let Some(order) = orders.recv().await {
        let report =
            stage.carry_out(order).await.unwrap_or_else(|error| Report::Failed { why: error.to_string() });
        if !tell(&report) {
            return;
        }
    }
}

/// Writes a report; false when nobody reads it any more.
fn tell(report: &Report) -> bool {
    let Ok(mut line) = serde_json::to_vec(report) else { return false };
    line.push(b'\n');
    io::stdout().lock().write_all(&line).is_ok()
}

struct Stage {
    index: u16,
    hall: Option<Rc<Hall>>,
    beat: Option<AbortHandle>,
}

impl Stage {
    async fn carry_out(&mut self, order: Order) -> Result<Report> {
        if let Order::Arrive(arrival) = order {
            return self.arrive(arrival).await.map(|arrived| Report::Arrived(Box::new(arrived)));
        }
        let hall = self.hall.as_ref().ok_or_else(|| Error::answer("an order", "nobody has arrived"))?;
        Ok(match order {
            Order::Arrive(_) => unreachable!("carried out above"),
            Order::Speak(speech) => Report::Spoken(speech::speak(hall, &speech).await),
            Order::Settle(settling) => Report::Settled(settle(hall, &settling).await),
            Order::Verify => Report::Verified(verify::verify(hall).await?),
            Order::Tell => Report::Told(Box::new(hall.tell())),
            Order::Anew => {
                hall.measure_anew();
                Report::Done
            }
            Order::Stall => {
                hall.members.iter().for_each(|member| member.stall());
                Report::Done
            }
            Order::Wake => {
                hall.members.iter().for_each(|member| member.wake());
                Report::Done
            }
            Order::Cut { keep } => {
                hall.cut(keep);
                Report::Done
            }
            Order::Return => {
                come_back(hall);
                Report::Done
            }
        })
    }

    async fn arrive(&mut self, arrival: Arrival) -> Result<Arrived> {
        if let Some(before) = self.hall.take() {
            before.cut(0);
        }
        if let Some(beat) = self.beat.take() {
            beat.abort();
        }
        let limit = Instant::now() + Duration::from_millis(arrival.limit_ms);
        let hall = Rc::new(Hall::new(self.index, arrival)?);
        self.beat = Some(spawn_local(beat::beat(Rc::clone(&hall), tell)).abort_handle());
        let began = now_us();
        hall.members.iter().for_each(|member| life::begin(&hall, member, Duration::ZERO));
        let expected = hall.arrived.borrow().expected;
        while hall.inside() < expected && hall.is_awaited() && Instant::now() < limit {
            sleep(LOOK_EVERY).await;
        }
        hall.door.add_permits(hall.members.len());
        let mut arrived = hall.arrived.borrow().clone();
        arrived.arrived = hall.inside();
        arrived.took_us = hall.last_in_us.get().saturating_sub(began);
        arrived.turned_away = hall.account.borrow().turned_away.clone();
        self.hall = Some(hall);
        Ok(arrived)
    }
}

async fn settle(hall: &Hall, settling: &Settling) -> Settled {
    settling.heads.iter().for_each(|(room, seq)| hall.rooms.raise_named(room, *seq));
    let limit = Instant::now() + Duration::from_millis(settling.limit_ms);
    let mut level_at_us = hall.is_level().then(now_us);
    while level_at_us.is_none() && Instant::now() < limit {
        sleep(LOOK_EVERY).await;
        level_at_us = hall.is_level().then(now_us);
    }
    let heads = hall.rooms.spoken_in().map(|(_, name, head)| (name.to_owned(), head)).collect();
    Settled { level_at_us, heads }
}

/// Everybody who is out begins to come back after a wait of their own; attempts count from here.
fn come_back(hall: &Rc<Hall>) {
    let mut chance = rand::rngs::SmallRng::from_rng(&mut rand::rng());
    hall.account.borrow_mut().attempts.clear();
    for member in &hall.members {
        if hall.is_out(member) {
            member.attempts.set(0);
            life::begin(hall, member, backoff::wait(0, &mut chance));
        }
    }
}
