//! What day it is where an organization is: business rules count its days, not those of the server.

use crate::users::{self, tables::Organization};
use engine::{Reader, Result};
use schema::{id::OrgId, time::Date};

/// Today in an organization's own zone; in UTC where the zone is not known any more.
///
/// # Errors
/// When the store fails.
pub async fn today(reader: &Reader, org: OrgId) -> Result<Date> {
    Ok(Date::at(reader.now(), &zone(reader, org).await?))
}

/// An organization's own zone, by its IANA name; empty where there is no such organization.
///
/// # Errors
/// When the store fails.
pub async fn zone(reader: &Reader, org: OrgId) -> Result<String> {
    let organization: Option<Organization> = reader.by_id(&users::home(org), org.cast()).await?;
    Ok(organization.map(|organization| organization.timezone).unwrap_or_default())
}
