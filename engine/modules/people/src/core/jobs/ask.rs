//! Asking for work, looking how it comes along, calling it off.

use super::{
    runner::LEASE_S,
    tables::{Job, JobId, JobState},
};
use crate::{core::events, rooms};
use engine::{
    Context, Empty, Endpoint, Error, Listed, Listing, Needs, Outcome, Query, Record, Result, Route, Scope,
};
use schema::{
    answer,
    caller::{ActorKind, Caller},
    change::{Change, Slot},
    code::Code,
    id::UserId,
    key::KeyWriter,
    operation,
    reply::Reply,
    table::Table as _,
    time::Timestamp,
};
use serde_json::{Value, json};

/// Jobs of one person that may be open at once.
const OPEN_MAX: usize = 5;
/// How long the steps of a job are known, less than commands are kept, in seconds.
const AGAIN_S: i64 = 23 * 3_600;
/// The operation that takes up a job that nobody works on.
const RUN: &str = "RunJob";

/// Work to be done.
#[derive(Debug)]
pub struct Wish {
    /// The name of its kind.
    pub kind: &'static str,
    /// What it is called, for people.
    pub title: String,
    /// How many steps it has.
    pub steps: usize,
    /// What its kind needs to know: 64 KB at most.
    pub input: Value,
}

/// A job, as its owner sees it.
#[answer]
pub struct JobCard {
    /// The job.
    id: JobId,
    /// What kind of work it is.
    kind: String,
    /// What it is called.
    title: String,
    /// Where it stands.
    state: JobState,
    /// How many steps it has.
    steps: u64,
    /// How many of them are done.
    done: u64,
    /// The same in percent.
    progress: u32,
    /// What came of it; its shape is that of its kind.
    result: Option<Value>,
    /// Why it failed.
    error: Option<String>,
    /// When it was asked for.
    created_at: Timestamp,
    /// Who asked for it.
    owner_id: UserId,
    /// When it was over.
    finished_at: Option<Timestamp>,
}

impl JobCard {
    pub(super) fn of(job: &Job) -> Self {
        Self {
            id: job.id,
            kind: job.kind.clone(),
            title: job.title.clone(),
            state: job.state,
            steps: job.steps,
            done: job.done,
            progress: job.progress,
            result: job.result.clone(),
            error: job.error.clone(),
            created_at: job.created_at,
            owner_id: job.owner_id,
            finished_at: job.finished_at,
        }
    }
}

/// The change that asks for work in the caller's own room, and answers 202 with the place of the job. It is committed by
/// an operation that runs there.
///
/// # Errors
/// `capacity-reached` while the caller has five jobs open.
pub async fn queue(cx: &Context, wish: Wish) -> Result<Change> {
    let mine = KeyWriter::new().with(&cx.caller.user);
    let open = cx.index::<Job>("open", mine, OPEN_MAX, |range| range).await?;
    if open.len() >= OPEN_MAX {
        let why = format!("{OPEN_MAX} of your jobs are not done yet: wait for one, or cancel it");
        return Err(Error::new(Code::CapacityReached, why));
    }
    let job = Job {
        id: cx.clock().new_id(),
        org_id: cx.caller.org,
        owner_id: cx.caller.user,
        kind: wish.kind.to_owned(),
        title: wish.title,
        steps: u64::try_from(wish.steps).unwrap_or(u64::MAX),
        input: wish.input,
        french: cx.request.french,
        ..Job::default()
    };
    let mut change = Change::new();
    // Whoever should begin it may fall before they do.
    look_later(&mut change, &job, cx.now().plus_seconds(LEASE_S));
    let slot = change.insert(job);
    told(&mut change, events::JOB_QUEUED, slot);
    change.reply(move |filled| match filled.get(slot) {
        Some(job) => Reply {
            location: Some(format!("/api/v1/core/jobs/{}/", job.id)),
            ..Reply::of(202, json!(JobCard::of(job)))
        },
        None => Reply::empty(),
    });
    Ok(change)
}

/// Tells how a job stands.
pub(super) fn told(change: &mut Change, name: &'static str, slot: Slot<Job>) {
    let _ = change.tell(name, slot).saying(move |filled| match filled.get(slot) {
        Some(job) => json!({"title": job.title, "job": JobCard::of(job)}),
        None => Value::Null,
    });
}

/// Looks again when whoever works on it should have been heard of.
pub(super) fn look_later(change: &mut Change, job: &Job, at: Timestamp) {
    change.later(at, RUN, json!({"job_id": job.id, "owner_id": job.owner_id}));
}

/// One's jobs, the latest first.
static JOBS: Listing = Listing {
    spec: Job::SPEC,
    sorts: &[("-created_at", "of_owner")],
    filters: &["kind", "state", "created_at", "finished_at"],
};

/// Lists the caller's jobs, the latest first.
#[operation]
pub(in crate::core) struct ListJobs {
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListJobs {
    const ROUTE: Route = Route::get("/jobs/");
    const NEEDS: Needs = Needs::Auth;
    const LISTING: Option<&'static Listing> = Some(&JOBS);
    type Output = Listed<Job>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        Outcome::ok(&JOBS.page(cx, KeyWriter::new().with(&cx.caller.user), &self.query).await?)
    }
}

/// Shows how a job comes along, or what came of it.
#[operation]
pub(in crate::core) struct GetJob {
    /// The job.
    job_id: JobId,
}

impl Endpoint for GetJob {
    const ROUTE: Route = Route::get("/jobs/{job_id}/");
    const NEEDS: Needs = Needs::Auth;
    type Output = Record<JobCard>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let job = cx.here(self.job_id).await?;
        Outcome::record(&JobCard::of(&job), job.version)
    }
}

/// Calls a job off: no further step of it is taken. What was done stays.
#[operation]
pub(in crate::core) struct CancelJob {
    /// The job.
    job_id: JobId,
}

impl Endpoint for CancelJob {
    const ROUTE: Route =
        Route::delete("/jobs/{job_id}/").tells(&[events::JOB_FINISHED]).refuses(&[Code::InvalidTransition]);
    const NEEDS: Needs = Needs::Auth;
    type Output = Empty;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = cx.here(self.job_id).await?;
        if !old.state.is_open() {
            let why = format!("the job is over: {}", old.state.word());
            return Err(Error::new(Code::InvalidTransition, why).with("allowed", json!([])));
        }
        let new =
            Job { state: JobState::Cancelled, finished_at: Some(cx.now()), lease_until: None, ..old.clone() };
        let mut change = Change::new();
        let slot = change.update(&old, new);
        told(&mut change, events::JOB_FINISHED, slot);
        Ok(Outcome::Commit(change))
    }
}

/// Takes up a job that nobody works on any more, which the server does by itself, or begins one again that failed or was
/// called off in the last 23 hours: what was done of it is not done twice. A job that is worked on, or was done, stays as
/// it is.
#[operation]
pub(in crate::core) struct RunJob {
    /// The job.
    job_id: JobId,
    /// Whose it is; one's own without it.
    owner_id: Option<UserId>,
}

impl Endpoint for RunJob {
    const ROUTE: Route =
        Route::put("/jobs/{job_id}/run/").tells(&[events::JOB_QUEUED]).refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::Own;
    type Output = Record<JobCard>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(self.owner_id.unwrap_or(caller.user)))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = cx.here(self.job_id).await?;
        let worked_on = old.lease_until.is_some_and(|until| until > cx.now());
        let mut change = Change::new();
        change.unaudited();
        if let Some(until) = old.lease_until.filter(|_| worked_on && cx.caller.kind == ActorKind::System) {
            look_later(&mut change, &old, until.plus_seconds(1));
            return Ok(Outcome::Commit(change));
        }
        let again = cx.caller.kind != ActorKind::System && old.state.may_begin_again();
        if worked_on || !(old.state.is_open() || again) {
            return Outcome::record(&JobCard::of(&old), old.version);
        }
        if again && old.created_at.plus_seconds(AGAIN_S) < cx.now() {
            return Err(Error::rule("what was done of it may be forgotten by now: ask for it anew"));
        }
        let tries = if again { 0 } else { old.tries };
        let slot = change.update(
            &old,
            Job {
                state: JobState::Queued,
                lease_until: None,
                tries,
                error: None,
                finished_at: None,
                ..old.clone()
            },
        );
        look_later(&mut change, &old, cx.now().plus_seconds(LEASE_S));
        told(&mut change, events::JOB_QUEUED, slot);
        change.reply(move |filled| match filled.get(slot) {
            Some(job) => Reply::ok(json!(JobCard::of(job))).tagged(job.version),
            None => Reply::empty(),
        });
        Ok(Outcome::Commit(change))
    }
}
