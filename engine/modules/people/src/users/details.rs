//! What people say of themselves and what their organization keeps of them, as values inside their row.

use schema::{answer, part, patch::Patch, text::Link, time::Date, words};

/// The working week of whoever did not say: 40 hours.
const WEEKLY_MINUTES: u32 = 2_400;

/// As people say it of themselves.
#[words]
pub enum Gender {
    /// A woman.
    Female,
    /// A man.
    Male,
    /// Neither, or both.
    Other,
    /// Rather not said.
    Undisclosed,
}

/// How far somebody went to school.
#[words]
pub enum Education {
    /// Not at all.
    None,
    /// Primary school.
    Primary,
    /// Secondary school.
    Secondary,
    /// A trade.
    Vocational,
    /// Three years of university.
    Bachelor,
    /// Five years of university.
    Master,
    /// A doctorate.
    Doctorate,
    /// Something else.
    Other,
}

/// What kind of contract somebody has.
#[words]
pub enum EmploymentKind {
    /// No contract.
    None,
    /// A place of one's own.
    Employee,
    /// Works for a fee.
    Contractor,
    /// Learns the trade.
    Intern,
}

/// Places in the web, each an `https` address.
#[answer]
#[derive(Eq)]
pub struct Links {
    /// On LinkedIn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linkedin: Option<String>,
    /// On X.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub twitter: Option<String>,
    /// On GitHub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub github: Option<String>,
    /// Their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
}

/// What a profile's edit says of the links: each is kept, cleared or set.
#[part]
pub(super) struct LinksWish {
    /// On LinkedIn.
    linkedin: Patch<Link>,
    /// On X.
    twitter: Patch<Link>,
    /// On GitHub.
    github: Patch<Link>,
    /// Their own.
    website: Patch<Link>,
}

impl LinksWish {
    /// Applies the wish.
    pub(super) fn apply(&self, links: &mut Links) {
        self.linkedin.owned().apply(&mut links.linkedin);
        self.twitter.owned().apply(&mut links.twitter);
        self.github.owned().apply(&mut links.github);
        self.website.owned().apply(&mut links.website);
    }
}

/// Somebody's contract.
#[answer]
pub struct Employment {
    /// What kind.
    pub kind: EmploymentKind,
    /// The first day.
    pub start_date: Option<Date>,
    /// The last day.
    pub end_date: Option<Date>,
    /// Minutes of a week.
    pub weekly_minutes: u32,
}

/// What an edit says of a contract: it is replaced whole.
#[part]
pub(super) struct EmploymentWish {
    /// What kind.
    kind: EmploymentKind,
    /// The first day.
    #[serde(default)]
    start_date: Option<Date>,
    /// The last day, not before the first.
    #[serde(default)]
    end_date: Option<Date>,
    /// Minutes of a week, 2,400 unless said.
    #[serde(default = "weekly_minutes")]
    #[garde(range(max = 10_080))]
    weekly_minutes: u32,
}

const fn weekly_minutes() -> u32 {
    WEEKLY_MINUTES
}

impl EmploymentWish {
    /// The contract, unless it ends before it begins.
    pub(super) fn contract(&self) -> Option<Employment> {
        let ordered = self.start_date.zip(self.end_date).is_none_or(|(start, end)| start <= end);
        ordered.then_some(Employment {
            kind: self.kind,
            start_date: self.start_date,
            end_date: self.end_date,
            weekly_minutes: self.weekly_minutes,
        })
    }
}
