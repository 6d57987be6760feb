//! The laws of roles and states, and the shapes of addresses and numbers.

use super::*;
use crate::users::tables::{Language, Person};
use proptest::{prelude::*, sample::select};
use schema::id::OrgId;
use uuid::Uuid;

fn user(id: u128, role: Role, status: Status) -> User {
    let person = Person {
        email: "awa@example.sn".into(),
        first_name: "Awa".into(),
        last_name: "Ndiaye".into(),
        role,
        language: Language::Fr,
        job_title: None,
    };
    let user = User::open(UserId::new(Uuid::from_u128(id)), OrgId::NIL, person);
    User { status, token_version: 7, ..user }
}

fn by(role: Role, others: &[User]) -> Decision<'_> {
    Decision { by: Some(UserId::new(Uuid::from_u128(99))), role, others }
}

fn code<T: std::fmt::Debug>(outcome: Result<T>) -> Code {
    outcome.unwrap_err().code()
}

const STATUSES: [Status; 8] = [
    Status::Invited,
    Status::PendingVerification,
    Status::PendingApproval,
    Status::Active,
    Status::Suspended,
    Status::Deactivated,
    Status::Anonymised,
    Status::Rejected,
];

#[test]
fn an_administrator_gives_any_role_but_his_own_kind() {
    let student = user(1, Role::Student, Status::Active);

    let manager = with_role(&student, Role::Manager, by(Role::Administrator, &[])).unwrap();

    assert_eq!((manager.role, manager.token_version), (Role::Manager, 8));
    assert_eq!(code(with_role(&student, Role::Administrator, by(Role::Administrator, &[]))), Code::Forbidden);
    assert!(with_role(&student, Role::Administrator, by(Role::SuperAdministrator, &[])).is_ok());
}

#[test]
fn an_administrator_takes_no_other_administrators_role() {
    let other = user(1, Role::Administrator, Status::Active);
    let third = [user(2, Role::Administrator, Status::Active)];

    let refused = with_role(&other, Role::Student, by(Role::Administrator, &third));

    assert_eq!(code(refused), Code::Forbidden);
}

#[test]
fn nobody_changes_his_own_role_or_status() {
    let me = user(99, Role::SuperAdministrator, Status::Active);
    let others = [user(2, Role::SuperAdministrator, Status::Active)];

    let role = with_role(&me, Role::Student, by(Role::SuperAdministrator, &others));
    let status = with_status(&me, Status::Suspended, by(Role::SuperAdministrator, &others));

    assert_eq!((code(role), code(status)), (Code::RuleViolation, Code::RuleViolation));
}

#[test]
fn the_last_administrator_stays_and_the_last_but_one_may_go() {
    let last = user(1, Role::SuperAdministrator, Status::Active);
    let lesser = [user(2, Role::Administrator, Status::Active)];
    let equal = [user(3, Role::SuperAdministrator, Status::Active)];
    let suspend = |others| with_status(&last, Status::Suspended, by(Role::SuperAdministrator, others));

    assert_eq!(code(suspend(&[])), Code::RuleViolation);
    assert_eq!(code(suspend(&lesser)), Code::RuleViolation);
    assert!(suspend(&equal).is_ok());
}

#[test]
fn a_refused_move_names_the_moves_that_are_allowed() {
    let suspended = user(1, Role::Student, Status::Suspended);

    let refused = with_status(&suspended, Status::Suspended, by(Role::Administrator, &[])).unwrap_err();

    assert_eq!(refused.code(), Code::InvalidTransition);
    assert_eq!(refused.problem(false).extra["allowed"], serde_json::json!(["active", "deactivated"]));
}

#[test]
fn whoever_is_forgotten_leaves_no_name_and_no_address() {
    let gone = User {
        phone: Some("+221771234567".into()),
        bio: Some("Je m'appelle Awa".into()),
        experience_years: Some(3),
        ..user(1, Role::Mentor, Status::Deactivated)
    };

    let forgotten = with_status(&gone, Status::Anonymised, by(Role::Administrator, &[])).unwrap();

    let said = serde_json::to_string(&forgotten).unwrap().to_lowercase();
    assert!(!["awa", "ndiaye", "221"].iter().any(|trace| said.contains(trace)), "{said}");
    assert_eq!((forgotten.role, forgotten.id, forgotten.experience_years), (Role::Mentor, gone.id, None));
    assert_eq!(forgotten.name(), "Utilisateur supprimé");
}

#[test]
fn senegalese_numbers_get_their_country() {
    assert_eq!(phone("77 123 45 67").unwrap(), "+221771234567");
    assert_eq!(phone("221 33-123-45-67").unwrap(), "+221331234567");
    assert_eq!(phone("00 33 6 12 34 56 78").unwrap(), "+33612345678");
    assert!(phone("12").is_err());
    assert!(phone("+22177A234567").is_err());
}

#[test]
fn an_address_is_trimmed_and_must_look_like_one() {
    assert_eq!(address("  Awa.Ndiaye@Example.SN ").unwrap(), "Awa.Ndiaye@Example.SN");
    for wrong in
        ["awa", "awa@", "@example.sn", "awa@example", "a wa@example.sn", "awa@exa mple.sn", "awa@.sn"]
    {
        assert!(address(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn only_those_who_run_the_organization_give_roles(
        giver in select(&Role::ALL[..]), to in select(&Role::ALL[..]),
    ) {
        let high = matches!(to, Role::Administrator | Role::SuperAdministrator);
        let expected = match giver {
            Role::SuperAdministrator => true,
            Role::Administrator => !high,
            _ => false,
        };

        prop_assert_eq!(may_give(giver, to).is_ok(), expected);
    }

    #[test]
    fn a_move_happens_only_along_the_table_and_always_ends_old_tokens(
        from in select(&STATUSES[..]), to in select(&STATUSES[..]),
    ) {
        let outcome = with_status(&user(1, Role::Student, from), to, by(Role::Administrator, &[]));

        let by_hand = matches!(to, Status::Active | Status::Suspended | Status::Deactivated | Status::Anonymised);
        prop_assert_eq!(outcome.is_ok(), by_hand && from.may_become(to));
        if let Ok(after) = outcome {
            prop_assert_eq!((after.status, after.token_version), (to, 8));
        }
    }

    #[test]
    fn nothing_follows_an_end(to in select(&STATUSES[..])) {
        prop_assert!(!Status::Anonymised.may_become(to));
        prop_assert!(!Status::Rejected.may_become(to));
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in ".{0,80}") {
        let _ = (address(&text), phone(&text));
    }
}
