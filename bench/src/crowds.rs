//! The harness's side of its crowds: starts them, gives orders to all at once, adds up what they report.
//! A crowd that does not answer in time, or answers something else, ends the run.

use crate::{
    child::{self, Orders},
    client::address::CROWDS_MAX,
    crowd::{
        account::{Account, add_counts},
        order::{Arrival, Arrived, Kept, Order, Progress, Report, Settled, Settling, Speech, Spoken},
    },
    error::{Error, Result},
    number::count,
};
use std::{collections::BTreeMap, time::Duration};
use tokio::{
    process::Child,
    sync::{mpsc, watch},
    time::{Instant, timeout_at},
};

/// What a crowd gets on top of a bound of its own before it is given up.
const GRACE: Duration = Duration::from_secs(10);

/// How long reading all histories may take.
const VERIFY_LIMIT: Duration = Duration::from_secs(300);

/// The child processes of a run.
pub(crate) struct Crowds(Vec<Crowd>);

struct Crowd {
    index: usize,
    pid: u32,
    orders: Orders<Order>,
    reports: mpsc::Receiver<Result<Report>>,
    progress: watch::Receiver<Progress>,
    _child: Child,
}

impl Crowds {
    /// Enough crowds for these people, at most `each` in one process.
    ///
    /// # Errors
    /// When the system refuses, or there would be too many.
    pub(crate) fn start(people: usize, each: usize) -> Result<Self> {
        let crowds = people.div_ceil(each.max(1)).max(1);
        if crowds > CROWDS_MAX {
            return Err(Error::answer(
                "starting crowds",
                format_args!("{crowds} are more than {CROWDS_MAX}"),
            ));
        }
        (0..crowds).map(Crowd::start).collect::<Result<_>>().map(Self)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Their process ids.
    pub(crate) fn pids(&self) -> Vec<u32> {
        self.0.iter().map(|crowd| crowd.pid).collect()
    }

    /// Their progress, each as it comes.
    pub(crate) fn progress(&self) -> Vec<watch::Receiver<Progress>> {
        self.0.iter().map(|crowd| crowd.progress.clone()).collect()
    }

    /// Brings everybody in.
    ///
    /// # Errors
    /// When somebody does not come in.
    pub(crate) async fn arrive(&mut self, arrival: impl Fn(usize, usize) -> Arrival) -> Result<Arrived> {
        let sum = self.gather(arrival).await?;
        if sum.arrived == sum.expected && sum.arrived > 0 {
            return Ok(sum);
        }
        let why = sum.turned_away.iter().max_by_key(|(_, times)| **times);
        let why =
            why.map_or_else(|| "the time is over".into(), |(end, times)| format!("{end} ({times} times)"));
        Err(Error::Absent { arrived: sum.arrived, expected: sum.expected, why })
    }

    /// Brings in as many as come in within the time.
    ///
    /// # Errors
    /// When a crowd does not answer.
    pub(crate) async fn gather(&mut self, arrival: impl Fn(usize, usize) -> Arrival) -> Result<Arrived> {
        let crowds = self.len();
        let limit = arrival(0, crowds).limit_ms;
        let mut sum = Arrived::default();
        for report in self.all(|index| Order::Arrive(arrival(index, crowds)), millis(limit)).await? {
            let Report::Arrived(arrived) = report else { continue };
            sum.arrived += arrived.arrived;
            sum.expected += arrived.expected;
            sum.took_us = sum.took_us.max(arrived.took_us);
            sum.opened.merge(&arrived.opened);
            sum.greeted.merge(&arrived.greeted);
            sum.joined.merge(&arrived.joined);
            add_counts(&mut sum.turned_away, arrived.turned_away);
        }
        Ok(sum)
    }

    /// Lets crowds talk.
    ///
    /// # Errors
    /// When a crowd does not end its talk.
    pub(crate) async fn speak(&mut self, speech: impl Fn(usize) -> Speech) -> Result<Spoken> {
        let limit = Duration::from_secs_f64(speech(0).schedule.seconds * 2.0);
        let mut sum = Spoken::default();
        for report in self.all(|index| Order::Speak(speech(index)), limit).await? {
            let Report::Spoken(spoken) = report else { continue };
            sum.said += spoken.said;
            sum.lateness.merge(&spoken.lateness);
        }
        Ok(sum)
    }

    /// Waits until everybody is level. What one crowd knows to have been said, all wait for: the heads
    /// are collected first, from the crowds' own waiting. The instant is `None` when the time was over.
    ///
    /// # Errors
    /// When a crowd does not answer at all.
    pub(crate) async fn settle(&mut self, limit: Duration) -> Result<Option<u64>> {
        let until = Instant::now() + limit;
        let mut heads = BTreeMap::new();
        let mut level_at_us = None;
        // The second round is over at once, unless a room is spread over crowds.
        for _ in 0..2 {
            let left = until.saturating_duration_since(Instant::now());
            let limit_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
            let settling = Settling { heads: std::mem::take(&mut heads), limit_ms };
            let reports = self.all(|_| Order::Settle(settling.clone()), left).await?;
            let settled: Vec<Settled> = reports.into_iter().filter_map(settled).collect();
            let instants: Option<Vec<u64>> = settled.iter().map(|each| each.level_at_us).collect();
            let Some(instants) = instants else { return Ok(None) };
            let last = instants.into_iter().max();
            let round_heads = settled.into_iter().flat_map(|each| each.heads);
            let mut raised = false;
            for (room, seq) in round_heads {
                let known = heads.entry(room).or_insert(seq);
                raised |= *known != seq;
                *known = (*known).max(seq);
            }
            level_at_us = last;
            if !raised {
                break;
            }
        }
        Ok(level_at_us)
    }

    /// Changes the behaviour of all.
    ///
    /// # Errors
    /// When a crowd does not obey.
    pub(crate) async fn change(&mut self, order: impl Fn(usize) -> Order) -> Result<()> {
        self.all(order, Duration::ZERO).await.map(drop)
    }

    /// Looks for every acknowledged message in the history.
    ///
    /// # Errors
    /// When a history can't be read.
    pub(crate) async fn verify(&mut self) -> Result<Kept> {
        let mut sum = Kept::default();
        for report in self.all(|_| Order::Verify, VERIFY_LIMIT).await? {
            let Report::Verified(kept) = report else { continue };
            sum.acknowledged += kept.acknowledged;
            sum.found += kept.found;
            sum.lost += kept.lost;
            sum.twice += kept.twice;
        }
        Ok(sum)
    }

    /// Everything measured since the arrival.
    ///
    /// # Errors
    /// When a crowd does not answer.
    pub(crate) async fn tell(&mut self) -> Result<Account> {
        let mut sum = Account::default();
        for report in self.all(|_| Order::Tell, Duration::from_secs(30)).await? {
            if let Report::Told(account) = report {
                sum.add(*account);
            }
        }
        Ok(sum)
    }

    /// Gives an order to all, then waits for every answer.
    async fn all(&mut self, order: impl Fn(usize) -> Order, limit: Duration) -> Result<Vec<Report>> {
        for crowd in &mut self.0 {
            crowd.orders.give(&order(crowd.index)).await?;
        }
        let until = Instant::now() + limit + GRACE;
        let mut reports = Vec::with_capacity(self.len());
        for crowd in &mut self.0 {
            reports.push(crowd.answer(until).await?);
        }
        Ok(reports)
    }
}

impl Crowd {
    fn start(index: usize) -> Result<Self> {
        let (child, orders, mut lines) = child::spawn(&["crowd", &index.to_string()])?;
        let pid = child.id().unwrap_or_default();
        let (answers, reports) = mpsc::channel(4);
        let (moments, progress) = watch::channel(Progress::default());
        tokio::spawn(async move {
            loop {
                let report = match lines.next().await {
                    Ok(Some(Report::Progress(moment))) => {
                        moments.send_replace(moment);
                        continue;
                    }
                    Ok(Some(report)) => Ok(report),
                    Ok(None) => return,
                    Err(error) => Err(error),
                };
                if answers.send(report).await.is_err() {
                    return;
                }
            }
        });
        Ok(Self { index, pid, orders, reports, progress, _child: child })
    }

    async fn answer(&mut self, until: Instant) -> Result<Report> {
        let index = self.index;
        let failed = |what: &str| Error::Crowd { index, what: what.into() };
        match timeout_at(until, self.reports.recv()).await {
            Err(_) => Err(failed("does not answer in time")),
            Ok(None) => Err(failed("is gone")),
            Ok(Some(Ok(Report::Failed { why }))) => Err(failed(&why)),
            Ok(Some(report)) => report,
        }
    }
}

fn settled(report: Report) -> Option<Settled> {
    match report {
        Report::Settled(settled) => Some(settled),
        _ => None,
    }
}

fn millis(limit_ms: u64) -> Duration {
    Duration::from_millis(limit_ms)
}

/// People as a number of listeners.
pub(crate) fn listeners(people: usize) -> u32 {
    u32::try_from(count(people)).unwrap_or(u32::MAX)
}
