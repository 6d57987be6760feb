//! Work that takes longer than a caller waits. A module says what its kinds of work do; who asked for it is told how far
//! it came, and it goes on after a crash, so each of its steps must be one that may be taken again.

use crate::{Call, Called, Engine, Request, Result, bulk::step_key};
use actors::BoxFuture;
use schema::id::{OrgId, UserId};
use serde_json::Value;
use uuid::Uuid;

/// A kind of work.
pub struct JobKind {
    /// Its name; it stands in stored jobs, so it never changes.
    pub name: &'static str,
    /// Does it, from the first step on; answers what is kept as its result.
    pub run: for<'a> fn(&'a Work<'a>) -> BoxFuture<'a, Result<Value>>,
}

/// A piece of work in progress.
pub struct Work<'a> {
    /// The engine.
    pub engine: &'a Engine,
    /// The job.
    pub id: Uuid,
    /// The organization in which it is done.
    pub org: OrgId,
    /// Who asked for it; it is done with their rights.
    pub owner: UserId,
    /// Whether they read French.
    pub french: bool,
    /// What its kind needs to know.
    pub input: &'a Value,
    /// Told how many steps are done.
    pub watch: &'a dyn Watch,
}

/// Who is told how far a piece of work came.
pub trait Watch: Send + Sync {
    /// So many steps are done.
    fn done(&self, steps: u64) -> BoxFuture<'_, Result<()>>;
}

impl Work<'_> {
    /// Takes a step: an operation in the name of whoever asked for the work, once, however often the step is taken.
    ///
    /// # Errors
    /// Every refusal, with its code.
    pub async fn call(&self, step: usize, operation: &str, input: Value) -> Result<Called> {
        let call = Call {
            caller: None,
            operation: operation.to_owned(),
            input,
            key: Some(step_key(&self.id.to_string(), step)),
            if_match: None,
            request: Request { french: self.french, ..Request::default() },
        };
        self.engine.call_for(self.org, self.owner, call).await
    }

    /// Says how many steps are done.
    ///
    /// # Errors
    /// When nobody wants it done any more: then it ends with this error.
    pub async fn done(&self, steps: u64) -> Result<()> {
        self.watch.done(steps).await
    }
}
