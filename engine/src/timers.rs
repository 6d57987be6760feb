//! What is due. A timer is a row written in the commit that wished for it; once its instant has come
//! the operation is called in the server's own name, under a key made of the timer, and the row goes
//! away when the call is settled. After a pause everything overdue is caught up.

use crate::{Call, Engine, Request, Result};
use actors::own::{TIMERS, Timer, not_due_at, timers};
use schema::{caller::Caller, code::Code, codec, room::RoomId};
use std::time::Duration;
use storage::{Batch, Range, Write};
use tracing::warn;
use uuid::Uuid;

/// A room that nobody ever joins or writes to: whoever homes it keeps the time.
const SCHEDULER: &str = "scheduler";
/// Timers looked at in one go.
const PAGE: usize = 256;
/// How often the node looks.
const PERIOD: Duration = Duration::from_secs(1);

impl Engine {
    /// Runs timers until the engine drains. Of several nodes the one does it where the scheduler's room lives; while
    /// two believe they do, a timer is a command all the same.
    pub async fn keep_time(&self) {
        let scheduler = RoomId::new(SCHEDULER, Uuid::nil());
        while !self.is_draining() {
            if self.node().homes(&scheduler)
                && let Err(error) = self.run_due().await
            {
                warn!(%error, "timers can't be run");
            }
            tokio::time::sleep(PERIOD).await;
        }
    }

    /// Runs what is due now; answers how many timers were settled.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run_due(&self) -> Result<usize> {
        let now = self.node().clock().now();
        let range = Range::partition(TIMERS, timers(), PAGE).before(not_due_at(now));
        let mut settled = Vec::new();
        for row in self.node().store().scan(&range).await? {
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
        Ok(count)
    }

    /// True when the timer is settled: it ran, or it never will.
    async fn fire(&self, timer: &Timer) -> bool {
        let name = blake3::hash(&timer.key().sort).to_hex();
        let call = Call {
            caller: Some(Caller::system(timer.org)),
            operation: timer.operation.clone(),
            input: timer.input.clone(),
            key: Some(format!("timer:{}", name.chars().take(40).collect::<String>())),
            if_match: None,
            request: Request::default(),
        };
        let Err(error) = Box::pin(self.call(call)).await else { return true };
        let passing = matches!(
            error.code(),
            Code::Conflict
                | Code::Overloaded
                | Code::StoreUnavailable
                | Code::OutcomeUnknown
                | Code::IdempotencyInProgress
                | Code::Draining
        );
        warn!(operation = timer.operation, at = %timer.at, %error, passing, "a timer was refused");
        !passing
    }
}
