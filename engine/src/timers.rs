//! What is due. A timer is a row written in the commit that wished for it; once its instant has come
//! the operation is called in the server's own name, under a key made of the timer, and the row goes
//! away when the call is settled. After a pause everything overdue is caught up.

use crate::{Call, Engine, Request, Result};
use actors::own::{STRETCHES, Stretch, TIMERS, Timer, not_due_at};
use schema::{caller::Caller, code::Code, codec, room::RoomId, time::Timestamp};
use std::time::Duration;
use storage::{Batch, Range, Write};
use tokio::time::Instant;
use tracing::warn;
use uuid::Uuid;

/// A room that nobody ever joins or writes to: whoever homes it keeps the time.
const SCHEDULER: &str = "scheduler";
/// Rows looked at in one go.
const PAGE: usize = 256;
/// How often the node looks at what is due about now.
const PERIOD: Duration = Duration::from_secs(1);
/// How often it looks at all that was ever due.
const LOOK_BACK: Duration = Duration::from_secs(60);

impl Engine {
    /// Runs timers until the engine drains. Of several nodes the one does it where the scheduler's room lives; while
    /// two believe they do, a timer is a command all the same.
    pub async fn keep_time(&self) {
        let scheduler = RoomId::new(SCHEDULER, Uuid::nil());
        let mut looked_back: Option<Instant> = None;
        while !self.is_draining() {
            if self.node().homes(&scheduler) {
                let all = looked_back.is_none_or(|at| at.elapsed() >= LOOK_BACK);
                match if all { self.run_due().await } else { self.run_recent().await } {
                    Ok(_) if all => looked_back = Some(Instant::now()),
                    Ok(_) => {}
                    Err(error) => warn!(%error, "timers can't be run"),
                }
            } else {
                looked_back = None;
            }
            tokio::time::sleep(PERIOD).await;
        }
    }

    /// Runs all that is due now; answers how many timers were settled.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run_due(&self) -> Result<usize> {
        let now = self.node().clock().now();
        let end = Stretch::of(now).after().place();
        let mut range = Range::partition(STRETCHES, Stretch::list(), PAGE).before(end);
        let (mut settled, mut over) = (0, Vec::new());
        loop {
            let rows = self.node().store().scan(&range).await?;
            let Some(last) = rows.last().map(|row| row.sort.clone()) else { break };
            for row in rows {
                let stretch: Stretch = codec::from_msgpack(&row.value)?;
                let ran = self.run_stretch(stretch, now).await?;
                settled += ran.settled;
                if ran.is_empty && stretch.is_long_over(now) {
                    over.push(Write::Delete(stretch.key()));
                }
            }
            range = range.after(last);
        }
        if !over.is_empty() {
            let _ = self.node().store().apply(Batch::plain(over)).await?;
        }
        Ok(settled)
    }

    /// Runs what came due in the last minutes; answers how many timers were settled.
    async fn run_recent(&self) -> Result<usize> {
        let now = self.node().clock().now();
        let this = Stretch::of(now);
        let before = self.run_stretch(this.before(), now).await?;
        Ok(before.settled + self.run_stretch(this, now).await?.settled)
    }

    async fn run_stretch(&self, stretch: Stretch, now: Timestamp) -> Result<Ran> {
        let mut range = Range::partition(TIMERS, stretch.place(), PAGE).before(not_due_at(now));
        let (mut settled, mut is_empty) = (0, true);
        loop {
            let rows = self.node().store().scan(&range).await?;
            let mut writes = Vec::new();
            for row in &rows {
                is_empty = false;
                let timer: Timer = codec::from_msgpack(&row.value)?;
                match self.fire(&timer).await {
                    Fired::Settled => {}
                    Fired::Again => continue,
                    Fired::NotBefore(at) => {
                        let (later, stretch) = (Timer { at, ..timer.clone() }, Stretch::of(at));
                        writes.push(Write::Put(stretch.key(), codec::to_bytes(&stretch)?));
                        writes.push(Write::Put(later.key(), codec::to_bytes(&later)?));
                    }
                }
                writes.push(Write::Delete(timer.key()));
                settled += 1;
            }
            if !writes.is_empty() {
                // A timer that outlives its settling runs again, and its command answers for it.
                let _ = self.node().store().apply(Batch::plain(writes)).await?;
            }
            // Those that can't be settled now hold up none behind them.
            match rows.last() {
                Some(last) if rows.len() == PAGE => range = range.after(last.sort.clone()),
                _ => return Ok(Ran { settled, is_empty }),
            }
        }
    }

    /// Calls what a timer stands for.
    async fn fire(&self, timer: &Timer) -> Fired {
        let name = blake3::hash(&timer.key().sort).to_hex();
        // What is put may be put again, and must be where the commit that wished for it was only now completed.
        let repeats =
            self.catalog().operation(&timer.operation).is_some_and(|entry| entry.operation.route.repeats());
        let call = Call {
            caller: Some(Caller::system(timer.org)),
            operation: timer.operation.clone(),
            input: timer.input.clone(),
            key: (!repeats).then(|| format!("timer:{}", name.chars().take(40).collect::<String>())),
            if_match: None,
            request: Request::default(),
        };
        let Err(error) = Box::pin(self.call(call)).await else { return Fired::Settled };
        if let Some(at) = error.not_before().filter(|at| *at > timer.at) {
            return Fired::NotBefore(at);
        }
        // A newer server wished for what this one does not know: it will be there again.
        let passing = error.is_passing() || error.code() == Code::UnknownOperation;
        warn!(operation = timer.operation, at = %timer.at, %error, passing, "a timer was refused");
        if passing { Fired::Again } else { Fired::Settled }
    }
}

/// What became of one timer.
enum Fired {
    /// It ran, or it never will.
    Settled,
    /// It could not be run now.
    Again,
    /// Its time has not come: what it hangs on was moved.
    NotBefore(Timestamp),
}

/// What became of the timers of one stretch.
struct Ran {
    settled: usize,
    /// Nothing was due in it.
    is_empty: bool,
}
