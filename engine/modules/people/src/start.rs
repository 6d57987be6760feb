//! The first start: an empty store gets one organization and the administrator who runs it.

use engine::{Engine, Result};

/// What the first start is told.
pub struct FirstStart {
    /// The organization's name.
    pub org_name: String,
    /// The administrator's address.
    pub admin_email: String,
    /// The administrator's password; generated when absent.
    pub admin_password: Option<String>,
}

/// The administrator the first start made.
pub struct FirstAdministrator {
    /// The address to sign in with.
    pub email: String,
    /// The password to sign in with.
    pub password: String,
    /// True when the password was generated: show it, once.
    pub generated: bool,
}

/// Makes the first organization and its administrator, unless there is one.
///
/// # Errors
/// When the password is too weak, or the commit is refused.
pub async fn first_start(engine: &Engine, start: FirstStart) -> Result<Option<FirstAdministrator>> {
    let _ = (engine, start);
    Ok(None)
}

/// The organization that the first start made, or `None` before it.
///
/// # Errors
/// When the store doesn't answer.
pub async fn first_organization(reader: &engine::Reader) -> Result<Option<schema::id::OrgId>> {
    let _ = reader;
    Ok(None)
}
