//! `permissions.md`: each role before each operation, decided by the very function that decides in the
//! server, for a caller who is nobody to the record, whose own it is, and who is a member of its container.

use super::{agrees, catalog::modules, paper::Table};
use engine::{Action, Level, Needs, Standing, permission::permit};
use people::users::matrix;
use schema::{
    caller::Caller,
    id::{Id, OrgId},
    role::Role,
};
use std::fmt::Write as _;
use uuid::Uuid;

const LEGEND: &str = "\
# Permissions

Printed from the catalogue and the matrix of levels. A cell says on which records a role may do an operation: `org`
on all of the organization's, `own` on the caller's own, `member` where the caller has a membership role that the
operation names, `–` on none. `any` asks for a sign-in and no level, `all` not even for that.

";

#[test]
fn the_permissions_are_what_the_contract_says() {
    let mut out = String::from(LEGEND);
    let mut levels = Table::of(["module"].into_iter().chain(Role::ALL.map(Role::word)));
    // What only has rooms is a part of another one.
    let modules: Vec<_> = modules().into_iter().filter(|module| !module.endpoints.is_empty()).collect();
    for module in &modules {
        let row = Role::ALL.map(|role| matrix::level(role, module.name).word());
        levels.row([module.name].into_iter().chain(row));
    }
    out.push_str("## Levels\n\n");
    levels.write(&mut out);
    for module in &modules {
        writeln!(out, "## {} · {}\n", module.name, module.base).unwrap();
        let head = ["operation", "method and path", "needs"];
        let mut table = Table::of(head.into_iter().chain(Role::ALL.map(Role::word)));
        for operation in module.endpoints {
            let place = format!("{} `{}`", operation.route.method.word(), operation.route.path);
            let what = [operation.name().to_owned(), place, operation.needs.words()];
            let cells = Role::ALL.map(|role| cell(&operation.needs, role, matrix::level(role, module.name)));
            table.row(what.into_iter().chain(cells));
        }
        table.write(&mut out);
    }

    agrees("permissions.md", &format!("{}\n", out.trim_end()));
}

/// Every module has a column in the matrix of levels, else nobody but the highest could do anything there.
#[test]
fn every_module_has_its_levels() {
    for module in modules() {
        assert!(matrix::MODULES.contains(&module.name), "the matrix has no column {}", module.name);
    }
}

/// On which records a role may do what needs this.
fn cell(needs: &Needs, role: Role, level: Level) -> String {
    match needs {
        Needs::Public => return "all".into(),
        Needs::Auth => return "any".into(),
        _ => {}
    }
    let caller = Caller { role, ..Caller::system(org()) };
    let nobody = || Standing { own: false, open: false, ..Standing::in_org(org()) };
    let may = |standing: &Standing| permit(needs, Action::Write, &caller, level, standing).is_ok();
    if may(&nobody()) {
        return "org".into();
    }
    let own = may(&Standing { own: true, open: true, ..nobody() });
    let member =
        roles(needs).into_iter().any(|role| may(&Standing { role: Some(role.to_owned()), ..nobody() }));
    match (own, member) {
        (true, true) => "own, member".into(),
        (true, false) => "own".into(),
        (false, true) => "member".into(),
        (false, false) => "–".into(),
    }
}

/// The membership roles that an expression names.
fn roles(needs: &Needs) -> Vec<&'static str> {
    match needs {
        Needs::Member(roles) => roles.to_vec(),
        Needs::Any(any) => any.iter().flat_map(roles).collect(),
        Needs::Public | Needs::Auth | Needs::Own | Needs::Level(_) | Needs::OrgLevel(_) => Vec::new(),
    }
}

fn org() -> OrgId {
    Id::new(Uuid::from_u128(1))
}

#[test]
fn a_cell_says_on_which_records() {
    use engine::Action::{Manage, Read, Write};
    const TEAM: Needs = Needs::Any(&[Needs::Level(Write), Needs::Member(&["lead"])]);

    assert_eq!(cell(&Needs::Level(Read), Role::Manager, Level::R), "org");
    assert_eq!(cell(&Needs::Level(Write), Role::Student, Level::RW), "own");
    assert_eq!(cell(&TEAM, Role::Student, Level::RO), "member");
    assert_eq!(cell(&TEAM, Role::Trainer, Level::WO), "own, member");
    assert_eq!(cell(&Needs::Level(Manage), Role::Alumni, Level::NONE), "–");
    assert_eq!(cell(&Needs::Level(Manage), Role::SuperAdministrator, Level::M), "org");
    assert_eq!(cell(&Needs::Public, Role::Alumni, Level::NONE), "all");
}
