//! Where an account stands and where it may go from there. A table of moves and nothing else: who may
//! move it is the business of the rules beside it.

use schema::words;

/// Where an account stands.
#[words]
pub enum Status {
    /// Was asked in and has not answered.
    Invited,
    /// Signed up; the address is not confirmed.
    PendingVerification,
    /// Waits for an administrator.
    PendingApproval,
    /// May sign in.
    Active,
    /// Kept out for a while.
    Suspended,
    /// Left.
    Deactivated,
    /// Left, and asked to be forgotten. Nothing follows.
    Anonymised,
    /// Was not let in. Nothing follows.
    Rejected,
}

impl Status {
    /// Every state that may follow.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Invited => &[Self::PendingVerification],
            Self::PendingVerification => &[Self::PendingApproval, Self::Active],
            Self::PendingApproval => &[Self::Active, Self::Rejected],
            Self::Active => &[Self::Suspended, Self::Deactivated],
            Self::Suspended => &[Self::Active, Self::Deactivated],
            Self::Deactivated => &[Self::Active, Self::Anonymised],
            Self::Anonymised | Self::Rejected => &[],
        }
    }

    /// True when `to` may follow.
    #[must_use]
    pub fn may_become(self, to: Self) -> bool {
        self.next().contains(&to)
    }
}
