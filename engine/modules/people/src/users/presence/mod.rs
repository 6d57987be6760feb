//! Who is there: online, away, busy, or not to be seen. People say how they are, and those who share something with them
//! watch. None of it is written down.

mod known;
mod list;
mod set;
mod state;

pub(crate) use known::Presences;
pub(super) use list::ListPresence;
pub(super) use set::SetPresence;

use crate::authentication::Auth;
use engine::{Engine, Result};
use std::sync::Arc;

/// Tells whoever watches how people are, as long as the engine serves.
pub async fn keep(engine: Engine) {
    let auth: Result<&Arc<Auth>> = engine.part();
    if let Ok(auth) = auth {
        auth.presences().keep(&engine).await;
    }
}
