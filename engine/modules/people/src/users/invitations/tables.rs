//! Invitations: an account that will be, as soon as whoever holds the link chooses a password.

use crate::users::{departments::tables::DepartmentId, tables::Language};
use schema::{
    id::{Id, OrgId, UserId},
    role::Role,
    row,
    time::Timestamp,
};

/// An invitation's id.
pub(crate) type InvitationId = Id<Invitation>;

/// An invitation. Of its link only the hash is kept.
#[row(
    name = "invitations",
    id = 18,
    entity = "invitation",
    home = "org",
    by = "org_id",
    topic = "users",
    find
)]
#[table(index(
    name = "by_created",
    within = "org_id",
    sort = "created_at",
    carry = "all but token_hash, email_folded"
))]
#[table(text(within = "org_id", of = "email, first_name, last_name"))]
#[table(unique(name = "email", on = "org_id, email_folded", when = "is_open"))]
pub(crate) struct Invitation {
    /// The organization.
    pub(crate) org_id: OrgId,
    /// Where it goes.
    pub(crate) email: String,
    /// The address folded: nobody is invited twice.
    pub(crate) email_folded: String,
    /// What they will be.
    pub(crate) role: Role,
    /// Given name, where the inviter knew it.
    pub(crate) first_name: Option<String>,
    /// Family name, where the inviter knew it.
    pub(crate) last_name: Option<String>,
    /// What they will read.
    pub(crate) language: Language,
    /// An IANA zone.
    pub(crate) timezone: Option<String>,
    /// E.164.
    pub(crate) phone: Option<String>,
    /// What they will do.
    pub(crate) job_title: Option<String>,
    /// The department they will belong to.
    pub(crate) department_id: Option<DepartmentId>,
    /// SHA-256 of the link's secret, in hexadecimal.
    pub(crate) token_hash: String,
    /// Until when the link is good.
    pub(crate) expires_at: Timestamp,
    /// When it was accepted.
    pub(crate) accepted_at: Option<Timestamp>,
    /// Who came of it.
    pub(crate) user_id: Option<UserId>,
    /// When it was taken back.
    pub(crate) revoked_at: Option<Timestamp>,
}

impl Invitation {
    /// True while it was neither accepted nor taken back.
    #[must_use]
    pub(crate) const fn is_open(&self) -> bool {
        self.accepted_at.is_none() && self.revoked_at.is_none()
    }
}
