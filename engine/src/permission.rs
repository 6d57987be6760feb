//! Who may do what: levels of a role in a module, the standing of a caller towards a record, and what
//! an operation needs. The decision is one pure function.

use crate::{Error, Result};
use schema::{caller::Caller, change::Guard, id::OrgId, role::Role};

/// On which rows a right holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Extent {
    /// On none.
    None,
    /// On own records only.
    Own,
    /// On all records of the organization.
    Org,
}

/// What can be reached in a module at all with what somebody came with, whatever rights they have there: everything as
/// oneself, less with a program's key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Remit {
    /// Nothing: the key was made for other modules.
    Nothing,
    /// What only reads.
    Reading,
    /// Everything.
    Everything,
}

/// What a role may do in a module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Level {
    /// Which rows may be read.
    pub read: Extent,
    /// Which rows may be created and edited.
    pub write: Extent,
    /// Whether others' rows may be archived, settings changed, members managed.
    pub manage: bool,
    /// What can be reached with what the caller came with, also where a membership or no level at all is asked.
    pub remit: Remit,
}

impl Level {
    /// No right at all (`–`).
    pub const NONE: Self = Self::of(Extent::None, Extent::None, false);
    /// Read own (`RO`).
    pub const RO: Self = Self::of(Extent::Own, Extent::None, false);
    /// Read all (`R`).
    pub const R: Self = Self::of(Extent::Org, Extent::None, false);
    /// Read and write own (`WO`).
    pub const WO: Self = Self::of(Extent::Own, Extent::Own, false);
    /// Read all, write own (`RW`).
    pub const RW: Self = Self::of(Extent::Org, Extent::Own, false);
    /// Read and write all (`W`).
    pub const W: Self = Self::of(Extent::Org, Extent::Org, false);
    /// Everything (`M`).
    pub const M: Self = Self::of(Extent::Org, Extent::Org, true);

    const fn of(read: Extent, write: Extent, manage: bool) -> Self {
        Self { read, write, manage, remit: Remit::Everything }
    }

    /// Whether something can be reached at all.
    #[must_use]
    pub fn reaches(self, to: Action) -> bool {
        self.remit >= if to == Action::Read { Remit::Reading } else { Remit::Everything }
    }

    /// The code in the permission table.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match (self.read, self.write, self.manage) {
            (_, _, true) => "M",
            (Extent::Org, Extent::Org, _) => "W",
            (Extent::Org, Extent::Own, _) => "RW",
            (Extent::Org, Extent::None, _) => "R",
            (Extent::Own, Extent::Own | Extent::Org, _) => "WO",
            (Extent::Own, Extent::None, _) => "RO",
            (Extent::None, ..) => "–",
        }
    }
}

/// Something a level may allow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Seeing.
    Read,
    /// Creating and editing.
    Write,
    /// Deciding over others' rows.
    Manage,
}

/// What an operation needs: an expression over levels and memberships.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Needs {
    /// No token.
    Public,
    /// Any signed-in person.
    Auth,
    /// The record is the caller's own.
    Own,
    /// The module's level, at an extent that covers the record.
    Level(Action),
    /// The module's level over the whole organization.
    OrgLevel(Action),
    /// One of these membership roles in the room's container.
    Member(&'static [&'static str]),
    /// Any of these.
    Any(&'static [Self]),
}

impl Needs {
    /// How it is printed in the permission table.
    #[must_use]
    pub fn words(&self) -> String {
        let action = |action: &Action| match action {
            Action::Read => "read",
            Action::Write => "write",
            Action::Manage => "manage",
        };
        match self {
            Self::Public => "public".into(),
            Self::Auth => "auth".into(),
            Self::Own => "self".into(),
            Self::Level(a) => action(a).into(),
            Self::OrgLevel(a) => format!("{}@org", action(a)),
            Self::Member(roles) => format!("member({})", roles.join(" or ")),
            Self::Any(any) => any.iter().map(Self::words).collect::<Vec<_>>().join(" or "),
        }
    }

    /// True when a call without a token may be let in.
    #[must_use]
    pub const fn is_public(&self) -> bool {
        matches!(self, Self::Public)
    }
}

/// A caller's relation to the record or container a call is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The organization the record belongs to.
    pub org: OrgId,
    /// It counts as the caller's own.
    pub own: bool,
    /// It counts as own for reading, though not for writing.
    pub open: bool,
    /// The caller's membership role in it.
    pub role: Option<String>,
    /// The facts this leans on, where they are homed in the same room: a commit made on them is
    /// refused when they have changed.
    pub guards: Vec<Guard>,
}

impl Standing {
    /// Towards an organization as a whole: every list and every birth starts from here.
    #[must_use]
    pub const fn in_org(org: OrgId) -> Self {
        Self { org, own: true, open: true, role: None, guards: Vec::new() }
    }

    fn is_readable(&self, level: Level) -> bool {
        level.read == Extent::Org || self.role.is_some() || self.own || self.open
    }
}

/// Decides about reading or writing. A refusal is `not-found` when the caller may not know that the record exists.
///
/// # Errors
/// `not-found` or `forbidden`.
pub fn permit(needs: &Needs, to: Action, caller: &Caller, level: Level, standing: &Standing) -> Result<()> {
    if needs.is_public() {
        return Ok(());
    }
    if !level.reaches(to) {
        return Err(Error::forbidden("this key was not made for that: it has no such scope in this module"));
    }
    if caller.role == Role::SuperAdministrator {
        return Ok(());
    }
    if standing.org != caller.org {
        return Err(Error::not_found("record"));
    }
    if grants(needs, level, standing) {
        return Ok(());
    }
    if standing.is_readable(level) {
        Err(Error::forbidden(format!("this needs {}", needs.words())))
    } else {
        Err(Error::not_found("record"))
    }
}

fn grants(needs: &Needs, level: Level, standing: &Standing) -> bool {
    let covers = |extent: Extent, own: bool| match extent {
        Extent::Org => true,
        Extent::Own => own,
        Extent::None => false,
    };
    match needs {
        Needs::Public | Needs::Auth => true,
        Needs::Own => standing.own,
        Needs::Level(Action::Read) => {
            covers(level.read, standing.own || standing.open) || standing.role.is_some()
        }
        Needs::Level(Action::Write) => covers(level.write, standing.own),
        Needs::OrgLevel(Action::Read) => level.read == Extent::Org,
        Needs::OrgLevel(Action::Write) => level.write == Extent::Org,
        Needs::Level(Action::Manage) | Needs::OrgLevel(Action::Manage) => level.manage,
        Needs::Member(roles) => standing.role.as_deref().is_some_and(|role| roles.contains(&role)),
        Needs::Any(any) => any.iter().any(|needs| grants(needs, level, standing)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::{code::Code, id::Id};
    use uuid::Uuid;

    fn caller(role: Role) -> Caller {
        Caller { role, ..Caller::system(org()) }
    }
    fn org() -> OrgId {
        Id::new(Uuid::from_u128(1))
    }
    fn stranger() -> Standing {
        Standing { own: false, open: false, ..Standing::in_org(org()) }
    }

    #[test]
    fn what_may_not_be_known_is_not_found_and_what_may_not_be_done_is_forbidden() {
        let write = Needs::Level(Action::Write);

        let hidden =
            permit(&write, Action::Write, &caller(Role::Student), Level::RO, &stranger()).unwrap_err();
        let seen = permit(&write, Action::Write, &caller(Role::Funder), Level::R, &stranger()).unwrap_err();

        assert_eq!((hidden.code(), seen.code()), (Code::NotFound, Code::Forbidden));
    }

    #[test]
    fn another_organizations_record_is_never_hinted_at() {
        let elsewhere = Standing { org: Id::new(Uuid::from_u128(2)), ..Standing::in_org(org()) };

        let refused = permit(&Needs::Auth, Action::Write, &caller(Role::Administrator), Level::M, &elsewhere)
            .unwrap_err();

        assert_eq!(refused.code(), Code::NotFound);
        assert!(
            permit(&Needs::Auth, Action::Write, &caller(Role::SuperAdministrator), Level::M, &elsewhere)
                .is_ok()
        );
    }

    #[test]
    fn a_key_reaches_what_it_was_made_for_by_level_and_by_membership() {
        let member = Standing { role: Some("lead".into()), ..stranger() };
        let needs = Needs::Any(&[Needs::Auth, Needs::Member(&["lead"])]);
        let may = |role, remit, to| {
            permit(&needs, to, &caller(role), Level { remit, ..Level::RO }, &member).is_ok()
        };

        for role in [Role::Student, Role::SuperAdministrator] {
            assert!(!may(role, Remit::Nothing, Action::Read));
            assert!(may(role, Remit::Reading, Action::Read) && !may(role, Remit::Reading, Action::Write));
            assert!(may(role, Remit::Everything, Action::Write));
        }
    }

    #[test]
    fn a_membership_adds_to_the_level() {
        let needs = Needs::Any(&[Needs::OrgLevel(Action::Write), Needs::Member(&["lead", "owner"])]);
        let lead = Standing { role: Some("lead".into()), ..stranger() };

        assert!(permit(&needs, Action::Write, &caller(Role::Student), Level::RO, &lead).is_ok());
        assert!(permit(&needs, Action::Write, &caller(Role::Student), Level::RO, &stranger()).is_err());
        assert!(permit(&needs, Action::Write, &caller(Role::Supervisor), Level::W, &stranger()).is_ok());
    }
}
