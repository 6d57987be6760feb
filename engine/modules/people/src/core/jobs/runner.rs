//! Doing the work. Whoever takes a job up holds it for a minute from the last sign of life; a timer looks after that, so
//! a job outlives the server that did it.

use super::{
    ask::{look_later, told},
    tables::{Job, JobId, JobState},
};
use crate::{core::events, rooms, server};
use actors::{BoxFuture, room::Author};
use engine::{Cause, Engine, Error, On, Reaction, Result, Watch, Work};
use parking_lot::Mutex;
use schema::{change::Change, code::Code, id::UserId, room::RoomId, time::Timestamp};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tracing::warn;

/// How long whoever works on a job may be silent.
pub(super) const LEASE_S: i64 = 60;
/// How often a job is begun before it counts as one that can't be done.
const TRIES_MAX: u32 = 5;
/// How often its owner hears how far it came.
const TOLD_EVERY_MS: i64 = 1_000;
/// Jobs that one server works on at once; the others wait.
const AT_ONCE: usize = 4;

/// The places for work on one server; a part of the engine.
pub struct Benches(Arc<Semaphore>);

impl Default for Benches {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// Work that was asked for begins.
pub(in crate::core) const START: Reaction = Reaction {
    name: "start_job",
    on: On::Names(&[events::JOB_QUEUED]),
    acts_in: Cause::same_room,
    run: start,
};

fn start<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let (engine, owner) = (engine.clone(), UserId::new(cause.room.id()));
        let id = JobId::new(cause.event.entity.id);
        // Nobody waits for it here: the room goes on.
        tokio::spawn(async move {
            if let Err(error) = work(&engine, owner, id).await {
                warn!(job = %id, %error, "a job is left for later");
            }
        });
        Ok(())
    })
}

/// Does a job, unless somebody else does.
async fn work(engine: &Engine, owner: UserId, id: JobId) -> Result<()> {
    let desk =
        Desk { engine: engine.clone(), owner, id, attempt: 0, told_at: Mutex::new(Timestamp::from_ms(0)) };
    // A job that waits is held too, or it would be taken up again and again.
    let Some((job, desk)) = desk.take().await? else { return Ok(()) };
    let places: &Benches = engine.part()?;
    let places = Arc::clone(&places.0);
    let _place = loop {
        match tokio::time::timeout(std::time::Duration::from_secs(20), places.clone().acquire_owned()).await {
            Ok(place) => break place.map_err(Error::broken)?,
            Err(_) => desk.renew(job.done).await?,
        }
    };
    let outcome = match engine.catalog().job(&job.kind) {
        None => Err(Error::rule("this server does not know such work")),
        Some(kind) => {
            let work = Work {
                engine,
                id: job.id.uuid(),
                org: job.org_id,
                owner,
                french: job.french,
                input: &job.input,
                watch: &desk,
            };
            (kind.run)(&work).await
        }
    };
    match outcome {
        Ok(result) => desk.finish(JobState::Succeeded, Some(result), None).await,
        // It is not the work that failed: somebody takes it up again.
        Err(error) if error.is_passing() => Err(error),
        Err(error) => {
            let why = error.problem(job.french).detail;
            desk.finish(JobState::Failed, None, Some(why)).await
        }
    }
}

/// Where one job is worked on.
struct Desk {
    engine: Engine,
    owner: UserId,
    id: JobId,
    /// Which beginning this is.
    attempt: u32,
    told_at: Mutex<Timestamp>,
}

impl Desk {
    fn room(&self) -> RoomId {
        rooms::of_user(self.owner)
    }

    async fn job(&self) -> Result<Job> {
        let job = self.engine.reader().by_id(&self.room(), self.id).await?;
        job.ok_or_else(|| Error::not_found("job"))
    }

    /// The job, while it is this desk's.
    async fn own(&self) -> Result<Job> {
        let job = self.job().await?;
        if job.state != JobState::Running || job.attempt != self.attempt {
            return Err(Error::new(
                Code::InvalidTransition,
                "somebody called it off, or works on it elsewhere",
            ));
        }
        Ok(job)
    }

    async fn commit(&self, job: &Job, change: Change) -> Result<()> {
        let author = Author { user: Some(self.owner), ..Author::system(job.org_id, "RunJob") };
        server::commit(&self.engine, &self.room(), author, change).await?;
        Ok(())
    }

    /// Takes the job, if nobody has it.
    async fn take(mut self) -> Result<Option<(Job, Self)>> {
        let now = self.engine.reader().now();
        let old = self.job().await?;
        if old.state != JobState::Queued {
            return Ok(None);
        }
        self.attempt = old.attempt + 1;
        let mut change = Change::new();
        change.unaudited();
        if old.tries >= TRIES_MAX {
            let error = Some(format!("it was begun {TRIES_MAX} times and never came to an end"));
            let new = Job { state: JobState::Failed, error, finished_at: Some(now), ..old.clone() };
            let slot = change.update(&old, new);
            told(&mut change, events::JOB_FINISHED, slot);
            self.commit(&old, change).await?;
            return Ok(None);
        }
        let until = now.plus_seconds(LEASE_S);
        let new = Job {
            state: JobState::Running,
            attempt: self.attempt,
            tries: old.tries + 1,
            lease_until: Some(until),
            ..old.clone()
        };
        let slot = change.update(&old, new.clone());
        told(&mut change, events::JOB_PROGRESS, slot);
        look_later(&mut change, &new, until.plus_seconds(1));
        match self.commit(&old, change).await {
            // Somebody was quicker.
            Err(error) if error.code() == Code::Conflict => Ok(None),
            outcome => outcome.map(|()| Some((new, self))),
        }
    }

    /// Says that the job is still worked on, and how far it came.
    async fn renew(&self, done: u64) -> Result<()> {
        server::settle(|| async {
            let old = self.own().await?;
            let until = self.engine.reader().now().plus_seconds(LEASE_S);
            let progress = percent(done, old.steps);
            let new = Job { done, progress, lease_until: Some(until), ..old.clone() };
            let mut change = Change::new();
            change.unaudited();
            let slot = change.update(&old, new);
            told(&mut change, events::JOB_PROGRESS, slot);
            self.commit(&old, change).await
        })
        .await
    }

    async fn finish(&self, state: JobState, result: Option<Value>, error: Option<String>) -> Result<()> {
        server::settle(|| async {
            let old = match self.own().await {
                // Called off meanwhile: so it stays.
                Err(error) if !error.is_passing() => return Ok(()),
                own => own?,
            };
            let done = if state == JobState::Succeeded { old.steps } else { old.done };
            let new = Job {
                state,
                result: result.clone(),
                error: error.clone(),
                done,
                progress: percent(done, old.steps),
                finished_at: Some(self.engine.reader().now()),
                lease_until: None,
                ..old.clone()
            };
            let mut change = Change::new();
            change.unaudited();
            let slot = change.update(&old, new);
            told(&mut change, events::JOB_FINISHED, slot);
            self.commit(&old, change).await
        })
        .await
    }
}

impl Watch for Desk {
    fn done(&self, steps: u64) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let now = self.engine.reader().now();
            let due = {
                let mut told_at = self.told_at.lock();
                let due = now.ms() - told_at.ms() >= TOLD_EVERY_MS;
                if due {
                    *told_at = now;
                }
                due
            };
            if due { self.renew(steps).await } else { Ok(()) }
        })
    }
}

fn percent(done: u64, steps: u64) -> u32 {
    let percent = done.saturating_mul(100).checked_div(steps).unwrap_or(100);
    u32::try_from(percent.min(100)).unwrap_or(100)
}
