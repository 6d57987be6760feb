//! What day it is where an organization is: business rules count its days, not those of the server.

use crate::users::{self, tables::Organization};
use engine::{Reader, Result};
use schema::{id::OrgId, time::Date};

/// Today in an organization's own zone; in UTC where the zone is not known any more.
///
/// # Errors
/// When the store fails.
pub async fn today(reader: &Reader, org: OrgId) -> Result<Date> {
    let organization: Option<Organization> = reader.by_id(&users::home(org), org.cast()).await?;
    let zone = organization.map(|organization| organization.timezone).unwrap_or_default();
    Ok(Date::at(reader.now(), &zone))
}
