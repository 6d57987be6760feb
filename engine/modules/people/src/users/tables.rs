//! People and the organization they belong to. Both are homed in the organization's own room, because
//! rules such as "one administrator stays" span many people.

use super::status::Status;
use schema::{
    id::{OrgId, UserId},
    role::Role,
    table::Table,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// The language a person reads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// French.
    #[default]
    Fr,
    /// English.
    En,
}

/// A person's account. What others see of it is a card: the row itself holds the credential version.
#[derive(Table, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[table(name = "users", id = 10, entity = "user", home = "org", by = "org_id", topic = "users", find)]
#[table(index(
    name = "by_name",
    within = "org_id",
    sort = "last_name, first_name",
    carry = "role, status, email, job_title, language, version"
))]
#[table(index(
    name = "administrators",
    within = "org_id",
    sort = "role",
    carry = "version",
    when = "is_active_administrator"
))]
#[table(unique(name = "email", on = "email_folded"))]
pub struct User {
    /// The person.
    pub id: UserId,
    /// The organization.
    pub org_id: OrgId,
    /// The address as it was written, trimmed.
    pub email: String,
    /// The address folded: what must not repeat, and what a sign-in is found by.
    pub email_folded: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// The global role.
    pub role: Role,
    /// Where the account stands.
    pub status: Status,
    /// The language notifications are written in.
    pub language: Language,
    /// An IANA zone; reminders use it.
    pub timezone: String,
    /// E.164.
    pub phone: Option<String>,
    /// What the person does, in their own words.
    pub job_title: Option<String>,
    /// Credential version: tokens of an older one are refused.
    pub token_version: u64,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Who made it; absent for the server itself.
    pub created_by: Option<UserId>,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: Option<UserId>,
    /// Counts changes, from 1.
    pub version: u64,
}

impl User {
    /// The name as people say it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// True when the person may sign in.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// True when the person reads French.
    #[must_use]
    pub fn is_french(&self) -> bool {
        self.language == Language::Fr
    }

    /// True when the organization still has an administrator in this person.
    #[must_use]
    pub fn is_active_administrator(&self) -> bool {
        self.is_active() && matches!(self.role, Role::Administrator | Role::SuperAdministrator)
    }
}

/// What an address is compared and found by: trimmed, case folded.
#[must_use]
pub fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Whether an organization may work.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationStatus {
    /// It may.
    Active,
    /// It may not, for now.
    Suspended,
}

/// A tenant: every row belongs to exactly one.
#[derive(Table, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[table(name = "organizations", id = 11, entity = "organization", home = "org", by = "id", topic = "users")]
#[table(unique(name = "slug", on = "slug"))]
pub struct Organization {
    /// The organization.
    pub id: OrgId,
    /// Its name, up to 120 characters.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// What it speaks where nobody chose.
    pub default_language: Language,
    /// An IANA zone; business days and dates are its own.
    pub timezone: String,
    /// ISO 4217.
    pub currency: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The first day of its week.
    pub week_start: String,
    /// Whether it may work.
    pub status: OrganizationStatus,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts changes, from 1.
    pub version: u64,
}
