//! People's names in lists: who somebody is, beside their id.

use engine::{Reader, Result};
use schema::{
    answer,
    code::Code,
    id::{OrgId, UserId},
};
use serde_json::Value;

/// What a list adds to whoever it names.
#[answer]
pub(crate) struct Named {
    /// First and last name; null for somebody who is gone.
    name: Option<String>,
}

/// Adds `name` to each row that has a `user_id`. Somebody who is gone has none.
///
/// # Errors
/// When the store fails.
pub(crate) async fn people(reader: &Reader, org: OrgId, rows: &mut [Value]) -> Result<()> {
    for row in rows {
        let user = row.get("user_id").and_then(Value::as_str).and_then(|id| id.parse::<UserId>().ok());
        let (Some(user), Some(members)) = (user, row.as_object_mut()) else { continue };
        let name = match people::users::name_of(reader, org, user).await {
            Ok(name) => Value::String(name),
            Err(error) if error.code() == Code::NotFound => Value::Null,
            Err(error) => return Err(error),
        };
        members.insert("name".into(), name);
    }
    Ok(())
}
