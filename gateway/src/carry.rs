//! Carries a call through the limits to the engine and notes how it went: the one way in, for REST and for
//! the socket alike, so that the two can't differ in what they count or charge.

use crate::{door::Door, limits::Left};
use engine::{Call, Called, Error, catalog::Entry};
use schema::code::Code;
use std::sync::Arc;
use tokio::time::Instant;
use tracing::{debug, warn};

/// What a call came to.
pub(crate) struct Carried {
    /// The reply or the refusal.
    pub(crate) outcome: Result<Called, Error>,
    /// What is left in the bucket it drew from.
    pub(crate) left: Option<Left>,
}

/// Carries a call of this operation out.
pub(crate) async fn carry(door: &Arc<Door>, entry: &Entry, call: Call) -> Carried {
    let user = call.caller.map(|caller| caller.user);
    let ip = call.request.ip.unwrap_or_else(|| std::net::Ipv4Addr::UNSPECIFIED.into());
    let name = entry.operation.name();
    let left = match door.limits.draw(entry.operation.rate, user, ip) {
        Ok(left) => left,
        Err(refused) => return Carried { outcome: Err(refused), left: None },
    };
    let id = call.request.id.clone().unwrap_or_default();
    let begun = Instant::now();
    let outcome = Box::pin(door.engine.call(call)).await;
    let took = begun.elapsed();
    metrics::histogram!("call_seconds", "operation" => name).record(took.as_secs_f64());
    match &outcome {
        Ok(called) => {
            // A refusal that had to be committed is still a refusal.
            let code = if called.reply.status < 400 { "ok" } else { "refused" };
            metrics::counter!("calls_total", "operation" => name, "code" => code).increment(1);
            debug!(id, operation = name, status = called.reply.status, took_us = %took.as_micros(), "call");
        }
        Err(error) => {
            let code = error.code();
            metrics::counter!("calls_total", "operation" => name, "code" => code.word()).increment(1);
            note(door, &id, name, error);
        }
    }
    Carried { outcome, left }
}

/// What is our fault is written down with its cause; what is the caller's is theirs to read.
fn note(door: &Arc<Door>, id: &str, operation: &str, error: &Error) {
    let code = error.code();
    if code.status() < 500 || code == Code::Draining {
        debug!(id, operation, %error, "call refused");
        return;
    }
    warn!(id, operation, %error, "call failed");
    if matches!(code, Code::StoreUnavailable | Code::OutcomeUnknown) {
        door.doubt_store();
    }
}
