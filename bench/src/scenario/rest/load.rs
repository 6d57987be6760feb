//! The two ways of asking: by an open schedule, where a request that finds no free connection waits and
//! its waiting counts; and flat out, where every connection asks again as soon as it was answered.

use super::mix::{Mix, Request};
use crate::{
    clock::{now_us, until},
    error::{Error, Result},
    histogram::Histogram,
    http::Http,
    schedule::Schedule,
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};
use tokio::{
    sync::{
        Semaphore,
        mpsc::{Receiver, channel},
    },
    task::{JoinSet, LocalSet},
    time::Instant,
};

/// What one request may take before the run is given up.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// Instants that may have come and wait to be served. Past it the schedule itself waits, which shows as lateness.
const DUE_MAX: usize = 10_000;

/// Connections that are not in use, the longest unused first: taken in turn, none of them idles so long that
/// the server would close it.
pub(super) struct Pool(RefCell<VecDeque<Http>>);

impl Pool {
    /// Opens so many connections.
    pub(super) async fn open(server: SocketAddr, connections: usize) -> Result<Self> {
        let mut all = VecDeque::with_capacity(connections);
        for _ in 0..connections {
            all.push_back(Http::open(server).await?);
        }
        Ok(Self(RefCell::new(all)))
    }
}

/// Requests over a pool of connections.
pub(super) struct Load {
    pool: Pool,
    free: Semaphore,
    connections: usize,
}

/// A connection on loan.
pub(super) struct Loan<'a> {
    http: Option<Http>,
    load: &'a Load,
}

/// What became of many requests.
#[derive(Default)]
pub(super) struct Done {
    /// From the intended instant to the last byte of the answer.
    pub(super) by_kind: BTreeMap<Request, Histogram>,
    /// How much later than intended a request was begun by the generator.
    pub(super) lateness: Histogram,
    /// Answers with a 2xx.
    pub(super) answered: u64,
    /// Other answers.
    pub(super) refused: u64,
}

impl Done {
    /// All kinds together.
    pub(super) fn all(&self) -> Histogram {
        let mut all = Histogram::new();
        self.by_kind.values().for_each(|each| all.merge(each));
        all
    }

    fn count(&mut self, kind: Request, status: u16, latency_us: u64) {
        match status {
            200..300 => self.answered += 1,
            _ => self.refused += 1,
        }
        self.by_kind.entry(kind).or_default().record(latency_us);
    }
}

impl Load {
    /// Requests over these connections.
    pub(super) fn new(pool: Pool, connections: usize) -> Self {
        Self { pool, free: Semaphore::new(connections), connections }
    }

    /// A free connection, as soon as there is one.
    pub(super) async fn take(&self) -> Loan<'_> {
        if let Ok(permit) = self.free.acquire().await {
            // Given back by hand: the loan returns the permit together with the connection.
            permit.forget();
        }
        Loan { http: self.pool.0.borrow_mut().pop_front(), load: self }
    }

    /// Makes requests by a schedule, and waits for the last answer.
    pub(super) async fn steady(
        self: &Rc<Self>,
        mix: &Rc<Mix>,
        kinds: &[Request],
        schedule: Schedule,
    ) -> Result<Done> {
        let done = Rc::new(RefCell::new(Done::default()));
        let work = async {
            let mut requests = JoinSet::new();
            let mut due = punctually(schedule);
            while let Some(intended_us) = due.recv().await {
                done.borrow_mut().lateness.record(now_us().saturating_sub(intended_us));
                let kind = mix.choose(kinds);
                let (load, mix, done) = (Rc::clone(self), Rc::clone(mix), Rc::clone(&done));
                requests.spawn_local(async move {
                    let status = load.take().await.ask(&mix, kind).await?;
                    done.borrow_mut().count(kind, status, now_us().saturating_sub(intended_us));
                    Ok(())
                });
            }
            all(requests).await
        };
        LocalSet::new().run_until(work).await?;
        Ok(done.take())
    }

    /// Makes requests of one kind as fast as they are answered.
    pub(super) async fn flat_out(
        self: &Rc<Self>,
        mix: &Rc<Mix>,
        kind: Request,
        time: Duration,
    ) -> Result<Done> {
        let done = Rc::new(RefCell::new(Done::default()));
        let work = async {
            let end = Instant::now() + time;
            let mut askers = JoinSet::new();
            for _ in 0..self.connections {
                let (load, mix, done) = (Rc::clone(self), Rc::clone(mix), Rc::clone(&done));
                askers.spawn_local(async move {
                    let mut loan = load.take().await;
                    while Instant::now() < end {
                        let began_us = now_us();
                        let status = loan.ask(&mix, kind).await?;
                        done.borrow_mut().count(kind, status, now_us().saturating_sub(began_us));
                    }
                    Ok(())
                });
            }
            all(askers).await
        };
        LocalSet::new().run_until(work).await?;
        Ok(done.take())
    }
}

/// The instants of a schedule, each when it has come. The runtime's timer ticks in milliseconds, which is more
/// than a read takes; a thread of its own is woken within a tenth of that.
fn punctually(schedule: Schedule) -> Receiver<u64> {
    let starts_at_us = now_us() + 100_000;
    let (come, due) = channel(DUE_MAX);
    std::thread::spawn(move || {
        for instant in schedule.instants() {
            std::thread::sleep(until(starts_at_us + instant));
            if come.blocking_send(starts_at_us + instant).is_err() {
                return;
            }
        }
    });
    due
}

async fn all(mut tasks: JoinSet<Result<()>>) -> Result<()> {
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(|error| Error::answer("asking", error))??;
    }
    Ok(())
}

impl Loan<'_> {
    /// The connection.
    pub(super) fn line(&mut self) -> Result<&mut Http> {
        self.http.as_mut().ok_or_else(|| Error::answer("asking", "more loans than connections"))
    }

    async fn ask(&mut self, mix: &Mix, kind: Request) -> Result<u16> {
        let late = |_| Error::Late { step: format!("answering {}", kind.name()), limit: ANSWER_LIMIT };
        let http = self.line()?;
        http.renew().await?;
        let answer = tokio::time::timeout(ANSWER_LIMIT, mix.make(http, kind)).await.map_err(late)??;
        Ok(answer.status)
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        self.load.pool.0.borrow_mut().extend(self.http.take());
        self.load.free.add_permits(1);
    }
}
