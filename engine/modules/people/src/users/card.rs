//! What is shown of people: a card to everybody who may see them, the full profile to themselves and to
//! whoever manages people. Never the credential version, never the folded address.

use super::{
    departments::tables::DepartmentId,
    details::{Education, Employment, Gender, Links},
    status::Status,
    tables::{Language, Organization, User},
};
use schema::{
    answer,
    id::{OrgId, UserId},
    role::Role,
    time::{Date, Timestamp},
};
use serde_json::{Value, json};

/// What a directory shows of somebody.
#[answer]
pub(crate) struct Card {
    /// Who.
    id: UserId,
    /// The organization.
    org_id: OrgId,
    /// Given name.
    first_name: String,
    /// Family name.
    last_name: String,
    /// The address to sign in with.
    email: String,
    /// The global role.
    role: Role,
    /// Where the account stands.
    status: Status,
    /// What the person does, in their own words.
    job_title: Option<String>,
    /// What they read.
    language: Language,
    /// Counts changes, from 1.
    version: u64,
}

/// The whole profile; to others than its person and who manages people it is the card alone.
#[answer]
pub(crate) struct Profile {
    /// The card.
    #[serde(flatten)]
    card: Card,
    /// The rest.
    #[serde(flatten)]
    more: Option<More>,
}

/// What only a person themselves and who manages people see.
#[answer]
pub(crate) struct More {
    /// An IANA zone.
    timezone: String,
    /// E.164.
    phone: Option<String>,
    /// Where the person lives or works.
    location: Option<String>,
    /// The person in their own words.
    bio: Option<String>,
    /// Where the person works.
    company: Option<String>,
    /// Their places in the web.
    links: Links,
    /// When they were born.
    birth_date: Option<Date>,
    /// As they say.
    gender: Option<Gender>,
    /// How far they went to school.
    education_level: Option<Education>,
    /// Years of work.
    experience_years: Option<u32>,
    /// Whom they report to.
    manager_id: Option<UserId>,
    /// The department they belong to.
    department_id: Option<DepartmentId>,
    /// Whether others never see when the person is there.
    hides_presence: bool,
    /// Their contract, where there is one.
    employment: Option<Employment>,
    /// What an hour costs, in minor units of the organization's currency.
    hourly_rate_amount: Option<u64>,
    /// When it was put into the trash, from where it can come back for 30 days.
    deleted_at: Option<Timestamp>,
    /// When the account was made.
    created_at: Timestamp,
    /// Who made it; absent for the server itself.
    created_by: Option<UserId>,
    /// When it was last changed.
    updated_at: Timestamp,
    /// Who changed it last.
    updated_by: Option<UserId>,
}

/// What people see of the organization they belong to.
#[answer]
pub(crate) struct Tenant {
    /// The organization.
    id: OrgId,
    /// Its name.
    name: String,
    /// Its name in addresses.
    slug: String,
    /// What it speaks where nobody chose.
    default_language: Language,
    /// An IANA zone; business days and dates are its own.
    timezone: String,
    /// ISO 4217.
    currency: String,
    /// ISO 3166-1 alpha-2.
    country: String,
    /// The first day of its week.
    week_start: String,
}

impl Card {
    /// Somebody's.
    pub(crate) fn of(user: &User) -> Self {
        Self {
            id: user.id,
            org_id: user.org_id,
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            email: user.email.clone(),
            role: user.role,
            status: user.status,
            job_title: user.job_title.clone(),
            language: user.language,
            version: user.version,
        }
    }
}

impl Profile {
    /// All of somebody's.
    pub(crate) fn of(user: &User) -> Self {
        let more = More {
            timezone: user.timezone.clone(),
            phone: user.phone.clone(),
            location: user.location.clone(),
            bio: user.bio.clone(),
            company: user.company.clone(),
            links: user.links.clone(),
            birth_date: user.birth_date,
            gender: user.gender,
            education_level: user.education_level,
            experience_years: user.experience_years,
            manager_id: user.manager_id,
            department_id: user.department_id,
            hides_presence: user.hides_presence,
            employment: user.employment.clone(),
            hourly_rate_amount: user.hourly_rate_amount,
            deleted_at: user.deleted_at,
            created_at: user.created_at,
            created_by: user.created_by,
            updated_at: user.updated_at,
            updated_by: user.updated_by,
        };
        Self { card: Card::of(user), more: Some(more) }
    }
}

impl Tenant {
    /// What is shown of an organization.
    pub(crate) fn of(organization: &Organization) -> Self {
        Self {
            id: organization.id,
            name: organization.name.clone(),
            slug: organization.slug.clone(),
            default_language: organization.default_language,
            timezone: organization.timezone.clone(),
            currency: organization.currency.clone(),
            country: organization.country.clone(),
            week_start: organization.week_start.clone(),
        }
    }
}

impl User {
    /// What a directory shows.
    #[must_use]
    pub fn card(&self) -> Value {
        json!(Card::of(self))
    }

    /// The whole profile.
    #[must_use]
    pub fn full(&self) -> Value {
        json!(Profile::of(self))
    }
}
