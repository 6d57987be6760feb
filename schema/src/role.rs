//! The nineteen global roles. What a role may do in a module is data of the modules; here is only
//! what they are called and how they are grouped.

use serde::{Deserialize, Serialize};

/// A person's global job in an organization.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the meaning; labels come from the clients' catalogues")]
pub enum Role {
    #[default]
    Student,
    Entrepreneur,
    Employer,
    Trainer,
    Funder,
    Implementer,
    Mentor,
    Coach,
    Facilitator,
    Publisher,
    Editor,
    Producer,
    Artist,
    Alumni,
    Intern,
    Supervisor,
    Manager,
    Administrator,
    SuperAdministrator,
}

impl Role {
    /// All roles, in the order of the specification's table.
    pub const ALL: [Self; 19] = [
        Self::Student,
        Self::Entrepreneur,
        Self::Employer,
        Self::Trainer,
        Self::Funder,
        Self::Implementer,
        Self::Mentor,
        Self::Coach,
        Self::Facilitator,
        Self::Publisher,
        Self::Editor,
        Self::Producer,
        Self::Artist,
        Self::Alumni,
        Self::Intern,
        Self::Supervisor,
        Self::Manager,
        Self::Administrator,
        Self::SuperAdministrator,
    ];

    /// The snake_case word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Entrepreneur => "entrepreneur",
            Self::Employer => "employer",
            Self::Trainer => "trainer",
            Self::Funder => "funder",
            Self::Implementer => "implementer",
            Self::Mentor => "mentor",
            Self::Coach => "coach",
            Self::Facilitator => "facilitator",
            Self::Publisher => "publisher",
            Self::Editor => "editor",
            Self::Producer => "producer",
            Self::Artist => "artist",
            Self::Alumni => "alumni",
            Self::Intern => "intern",
            Self::Supervisor => "supervisor",
            Self::Manager => "manager",
            Self::Administrator => "administrator",
            Self::SuperAdministrator => "super_administrator",
        }
    }

    /// Supervisor and above.
    #[must_use]
    pub const fn is_staff(self) -> bool {
        matches!(self, Self::Supervisor | Self::Manager | Self::Administrator | Self::SuperAdministrator)
    }
}
