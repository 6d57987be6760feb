//! What each role may do in each module, as data. An organization may override it later; these are the
//! defaults, one line a role.

use engine::Level;
use schema::role::Role;

/// The modules, in the order of the columns below.
pub const MODULES: [&str; 15] = [
    "auth",
    "users",
    "projects",
    "courses",
    "jobs",
    "crm",
    "finance",
    "time",
    "goals",
    "meetings",
    "notif",
    "analytics",
    "knowledge",
    "leave",
    "core",
];

const O: Level = Level::NONE;
const RO: Level = Level::RO;
const R: Level = Level::R;
const WO: Level = Level::WO;
const RW: Level = Level::RW;
const W: Level = Level::W;
const M: Level = Level::M;

/// The level of a role in a module; none in a module that is not one of [`MODULES`].
#[must_use]
pub fn level(role: Role, module: &str) -> Level {
    let columns = MODULES.iter().zip(row(role));
    columns.into_iter().find(|(name, _)| **name == module).map_or(O, |(_, level)| level)
}

#[rustfmt::skip]
const fn row(role: Role) -> [Level; 15] {
    match role {
        //                        auth users proj cours jobs crm fin time goals meet notif anal know leave core
        Role::SuperAdministrator => [M,  M,  M,  M,  M,  M,  M,  M,  M,  M,  M,  M,  M,  M,  M],
        Role::Administrator      => [M,  M,  M,  M,  M,  M,  M,  M,  M,  M,  M,  M,  M,  M,  M],
        Role::Manager            => [WO, RW, M,  M,  M,  M,  M,  M,  M,  RW, WO, RW, M,  M,  WO],
        Role::Supervisor         => [WO, RW, W,  W,  W,  R,  R,  W,  W,  RW, WO, RW, W,  RW, WO],
        Role::Intern             => [WO, RW, RO, RO, RO, O,  O,  WO, RO, WO, WO, RO, R,  WO, WO],
        Role::Student            => [WO, WO, RO, RO, RO, O,  O,  WO, RO, WO, WO, RO, R,  WO, WO],
        Role::Entrepreneur       => [WO, WO, WO, RO, WO, WO, WO, WO, WO, WO, WO, RO, RW, WO, WO],
        Role::Employer           => [WO, WO, WO, RO, WO, WO, RO, WO, RO, WO, WO, RO, R,  RO, WO],
        Role::Trainer            => [WO, WO, WO, WO, RO, O,  O,  WO, WO, WO, WO, RO, RW, WO, WO],
        Role::Funder             => [WO, WO, RO, RO, RO, RO, WO, RO, RO, WO, WO, R,  R,  RO, WO],
        Role::Implementer        => [WO, WO, RO, RO, RO, O,  O,  WO, RO, WO, WO, RO, RW, WO, WO],
        Role::Mentor             => [WO, WO, RO, WO, RO, O,  O,  WO, WO, WO, WO, RO, RW, WO, WO],
        Role::Coach              => [WO, WO, RO, WO, RO, O,  O,  WO, WO, WO, WO, RO, RW, WO, WO],
        Role::Facilitator        => [WO, WO, WO, WO, RO, O,  O,  WO, WO, WO, WO, RO, RW, WO, WO],
        Role::Publisher          => [WO, WO, WO, WO, RO, WO, O,  WO, WO, WO, WO, RO, W,  WO, WO],
        Role::Editor             => [WO, WO, WO, WO, RO, WO, O,  WO, WO, WO, WO, RO, W,  WO, WO],
        Role::Producer           => [WO, WO, WO, WO, RO, WO, O,  WO, WO, WO, WO, RO, RW, WO, WO],
        Role::Artist             => [WO, WO, RO, RO, RO, WO, O,  WO, RO, WO, WO, RO, RW, WO, WO],
        Role::Alumni             => [WO, WO, RO, RO, RO, O,  O,  RO, RO, WO, WO, RO, R,  O,  WO],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_matrix_says_what_the_permission_table_says() {
        let expected = [
            (Role::Manager, "auth", "WO"),
            (Role::Manager, "meetings", "RW"),
            (Role::Manager, "leave", "M"),
            (Role::Supervisor, "crm", "R"),
            (Role::Supervisor, "leave", "RW"),
            (Role::Intern, "users", "RW"),
            (Role::Intern, "finance", "–"),
            (Role::Student, "projects", "RO"),
            (Role::Student, "time", "WO"),
            (Role::Entrepreneur, "finance", "WO"),
            (Role::Employer, "leave", "RO"),
            (Role::Funder, "analytics", "R"),
            (Role::Funder, "finance", "WO"),
            (Role::Publisher, "knowledge", "W"),
            (Role::Artist, "projects", "RO"),
            (Role::Alumni, "leave", "–"),
            (Role::Alumni, "core", "WO"),
        ];

        for (role, module, word) in expected {
            assert_eq!(level(role, module).word(), word, "{} in {module}", role.word());
        }
    }

    #[test]
    fn a_module_nobody_knows_gives_no_right_not_even_to_the_highest() {
        assert_eq!(level(Role::SuperAdministrator, "secrets"), Level::NONE);
    }

    proptest! {
        #[test]
        fn only_those_who_run_the_organization_manage_people(role in proptest::sample::select(&Role::ALL[..])) {
            let runs = matches!(role, Role::Administrator | Role::SuperAdministrator);

            prop_assert_eq!(level(role, "users").manage, runs);
            prop_assert_eq!(level(role, "auth").manage, runs);
            prop_assert!(level(role, "notif").read != engine::Extent::None);
        }
    }
}
