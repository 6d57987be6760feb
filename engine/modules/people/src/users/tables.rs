//! People and the organization they belong to. Both are homed in the organization's own room, because
//! rules such as "one administrator stays" span many people.

use super::{
    departments::tables::DepartmentId,
    details::{Education, Employment, Gender, Links},
    rights::tables::Override,
    status::Status,
};
use crate::folding::folded;
use schema::{
    id::{OrgId, UserId},
    role::Role,
    row,
    time::{Date, Timestamp},
    words,
};
use std::collections::BTreeMap;

/// The zone of whoever did not say.
pub const TIMEZONE: &str = "Africa/Dakar";

/// The language a person reads.
#[words]
pub enum Language {
    /// French.
    #[default]
    Fr,
    /// English.
    En,
}

/// A person's account. What others see of it is a card: the row itself holds the credential version.
#[row(name = "users", id = 10, entity = "user", home = "org", by = "org_id", topic = "users", find, trash)]
#[table(index(
    name = "by_name",
    within = "org_id",
    sort = "last_name, first_name",
    carry = "role, status, email, job_title, language, created_at, version",
    when = "is_kept"
))]
#[table(index(
    name = "staff",
    within = "org_id",
    sort = "last_name, first_name",
    carry = "role, status, email, job_title, language, created_at, version",
    when = "is_active_staff"
))]
#[table(index(
    name = "administrators",
    within = "org_id",
    sort = "role",
    carry = "version",
    when = "is_active_administrator"
))]
#[table(index(
    name = "by_first",
    within = "org_id",
    sort = "first_folded",
    carry = "first_name, last_name, last_folded, role, job_title",
    when = "is_found"
))]
#[table(index(
    name = "by_last",
    within = "org_id",
    sort = "last_folded",
    carry = "first_name, last_name, first_folded, role, job_title",
    when = "is_found"
))]
#[table(index(
    name = "by_department",
    within = "department_id",
    sort = "last_name, first_name",
    carry = "role, status, email, job_title, language, version",
    when = "is_of_department"
))]
#[table(index(name = "by_role", within = "org_id, role", sort = "created_at", when = "is_active"))]
#[table(text(within = "org_id", of = "first_name, last_name, email, job_title", when = "is_kept"))]
#[table(unique(name = "email", on = "email_folded"))]
pub struct User {
    /// The person.
    pub id: UserId,
    /// The address as it was written, trimmed.
    pub email: String,
    /// The address folded: what must not repeat, and what a sign-in is found by.
    pub email_folded: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// The given name as a search compares it.
    pub first_folded: String,
    /// The family name as a search compares it.
    pub last_folded: String,
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
    /// Where the person lives or works, up to 100 characters.
    pub location: Option<String>,
    /// The person in their own words, up to 500 characters.
    pub bio: Option<String>,
    /// Where the person works, up to 100 characters.
    pub company: Option<String>,
    /// Their places in the web.
    #[table(nested)]
    pub links: Links,
    /// When they were born.
    pub birth_date: Option<Date>,
    /// As they say.
    pub gender: Option<Gender>,
    /// How far they went to school.
    pub education_level: Option<Education>,
    /// Years of work, 0 to 60.
    pub experience_years: Option<u32>,
    /// Whom they report to.
    pub manager_id: Option<UserId>,
    /// The department they belong to.
    pub department_id: Option<DepartmentId>,
    /// Their contract, where there is one.
    #[table(nested)]
    pub employment: Option<Employment>,
    /// What an hour costs, in minor units of the organization's currency.
    pub hourly_rate_amount: Option<u64>,
    /// What is said of their rights for them alone, by module.
    pub overrides: BTreeMap<String, Override>,
    /// Whether others never see when they are there.
    pub hides_presence: bool,
    /// Nothing else is carried out for them until they have chosen another password.
    pub must_change_password: bool,
    /// Credential version: tokens of an older one are refused.
    pub token_version: u64,
}

/// Who somebody is, before there is an account.
#[derive(Clone, Debug)]
pub struct Person {
    /// The address to sign in with.
    pub email: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// The global role.
    pub role: Role,
    /// The language they read.
    pub language: Language,
    /// What they do.
    pub job_title: Option<String>,
}

impl User {
    /// An active account of somebody who has none yet.
    #[must_use]
    pub fn open(id: UserId, org_id: OrgId, person: Person) -> Self {
        Self {
            id,
            org_id,
            email_folded: fold_email(&person.email),
            email: person.email,
            first_folded: folded(&person.first_name),
            last_folded: folded(&person.last_name),
            first_name: person.first_name,
            last_name: person.last_name,
            role: person.role,
            status: Status::Active,
            language: person.language,
            timezone: TIMEZONE.to_owned(),
            job_title: person.job_title,
            token_version: 1,
            ..Self::default()
        }
    }

    /// The name as people say it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// The same under other names.
    #[must_use]
    pub fn named(self, first_name: &str, last_name: &str) -> Self {
        Self {
            first_folded: folded(first_name),
            last_folded: folded(last_name),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            ..self
        }
    }

    /// True when the person may sign in.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == Status::Active && self.is_kept()
    }

    /// True when a department has this person.
    #[must_use]
    pub const fn is_of_department(&self) -> bool {
        self.department_id.is_some() && self.is_kept()
    }

    /// True when a search finds the person.
    #[must_use]
    pub fn is_found(&self) -> bool {
        self.is_active()
    }

    /// True when the person reads French.
    #[must_use]
    pub fn is_french(&self) -> bool {
        self.language == Language::Fr
    }

    /// True when anybody in the organization may turn to this person.
    #[must_use]
    pub fn is_active_staff(&self) -> bool {
        self.is_active() && self.role.is_staff()
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
#[words]
pub enum OrganizationStatus {
    /// It may.
    Active,
    /// It may not, for now.
    Suspended,
}

/// A tenant: every row belongs to exactly one.
#[row(
    name = "organizations",
    id = 11,
    entity = "organization",
    home = "org",
    by = "id",
    topic = "users",
    lean
)]
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
    /// Modules that it does not use.
    pub modules_off: Vec<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Organization {
    /// An active organization with the defaults of the region.
    #[must_use]
    pub fn open(id: OrgId, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            slug: slug(name),
            default_language: Language::Fr,
            timezone: TIMEZONE.to_owned(),
            currency: "XOF".to_owned(),
            country: "SN".to_owned(),
            week_start: "monday".to_owned(),
            status: OrganizationStatus::Active,
            ..Self::default()
        }
    }
}

/// A name as it stands in an address: lower-case words with hyphens between them.
fn slug(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}
