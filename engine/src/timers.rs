//! What is due. A timer is a row written in the commit that wished for it; once its instant has come
//! the operation is called in the server's own name, under a key made of the timer, and the row goes
//! away when the call is settled. After a pause everything overdue is caught up.

use crate::{Call, Engine, Request, Result};
use actors::own::{STRETCHES, Stretch, TIMERS, Timer, not_due_at};
use schema::{caller::Caller, codec, room::RoomId, time::Timestamp};
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
        let range = Range::partition(TIMERS, stretch.place(), PAGE).before(not_due_at(now));
        let (mut settled, rows) = (Vec::new(), self.node().store().scan(&range).await?);
        let is_empty = rows.is_empty();
        for row in rows {
            let timer: Timer = codec::from_msgpack(&row.value)?;
            if self.fire(&timer).await {
                settled.push(Write::Delete(timer.key()));
            }
        }
        let count = settled.len();
        if count > 0 {
            // A timer that outlives its settling runs again, and its command answers for it.
            let _ = self.node().store().apply(Batch::plain(settled)).await?;
        }
        Ok(Ran { settled: count, is_empty })
    }

    /// True when the timer is settled: it ran, or it never will.
    async fn fire(&self, timer: &Timer) -> bool {
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
        let Err(error) = Box::pin(self.call(call)).await else { return true };
        let passing = error.is_passing();
        warn!(operation = timer.operation, at = %timer.at, %error, passing, "a timer was refused");
        !passing
    }
}

/// What became of the timers of one stretch.
struct Ran {
    settled: usize,
    /// Nothing was due in it.
    is_empty: bool,
}
