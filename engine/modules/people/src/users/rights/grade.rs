//! The seven levels under the codes that people know them by.

use engine::Level;
use garde::Validate;
use schema::schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A level: `–`, `RO`, `R`, `WO`, `RW`, `W` or `M`.
#[derive(
    Serialize, Deserialize, JsonSchema, Validate, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default,
)]
#[schemars(crate = "::schema::schemars", inline)]
#[garde(allow_unvalidated)]
pub enum Grade {
    /// Nothing.
    #[default]
    #[serde(rename = "–", alias = "none")]
    None,
    /// Read own.
    RO,
    /// Read all.
    R,
    /// Read and write own.
    WO,
    /// Read all, write own.
    RW,
    /// Read and write all.
    W,
    /// Everything.
    M,
}

impl Grade {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::None, Self::RO, Self::R, Self::WO, Self::RW, Self::W, Self::M];

    /// What it lets somebody do.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::None => Level::NONE,
            Self::RO => Level::RO,
            Self::R => Level::R,
            Self::WO => Level::WO,
            Self::RW => Level::RW,
            Self::W => Level::W,
            Self::M => Level::M,
        }
    }

    /// The grade of a level.
    #[must_use]
    pub fn of(level: Level) -> Self {
        Self::ALL.into_iter().find(|grade| grade.level() == level).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_grade_is_written_as_its_level_is_called() {
        for grade in Grade::ALL {
            assert_eq!(Grade::of(grade.level()), grade);
            assert_eq!(serde_json::to_value(grade).unwrap(), grade.level().word());
        }
        assert_eq!(serde_json::from_str::<Grade>("\"none\"").unwrap(), Grade::None);
    }
}
