//! Accounts, roles and what they do to open sockets, through the engine's door.

use crate::ground::{Ground, PASSWORD};
use actors::Verdict;
use engine::{Identity, Standing};
use people::{rooms, users};
use schema::{code::Code, event::Hearing, role::Role};
use serde_json::json;

#[tokio::test]
async fn a_suspended_person_is_out_everywhere_and_may_come_back() {
    let ground = Ground::new().await;
    let admin = ground.admin().await;
    let id = ground.person(admin, "awa", "student").await;
    let signed_in = ground.sign_in("awa@example.sn", PASSWORD).await;
    let awa = ground.caller(&signed_in);
    assert!(ground.call(Some(awa), "ShowMe", json!({})).await.is_ok());

    let suspend = json!({"user_id": id, "to": "suspended", "reason": "holiday"});
    let suspended = ground.call(Some(admin), "TransitionUser", suspend.clone()).await.unwrap();

    assert_eq!(suspended.body["status"], "suspended");
    assert_eq!(ground.code(Some(awa), "ShowMe", json!({})).await, Code::AccountNotActive);
    let (told, _) = ground.told(&rooms::of_user(id), "auth.session.revoked").await;
    assert_eq!(told.hearing, Some(Hearing::Control));
    assert_eq!(ground.auth.control(&awa, &told), Verdict::Revoked);
    let login = json!({"email": "awa@example.sn", "password": PASSWORD});
    assert_eq!(ground.code(None, "Login", login.clone()).await, Code::AccountNotActive);
    assert_eq!(ground.code(Some(admin), "TransitionUser", suspend).await, Code::InvalidTransition);

    let back = json!({"user_id": id, "to": "active"});
    ground.call(Some(admin), "TransitionUser", back).await.unwrap();
    let old = json!({"refresh_token": signed_in["refresh_token"]});
    assert_eq!(ground.code(None, "RefreshSession", old).await, Code::TokenRevoked);
    ground.clock.advance_ms(1);
    assert!(ground.call(None, "Login", login).await.is_ok());
}

#[tokio::test]
async fn a_new_role_ends_old_tokens_and_reloads_rights() {
    let ground = Ground::new().await;
    let admin = ground.admin().await;
    let id = ground.person(admin, "awa", "student").await;
    let signed_in = ground.sign_in("awa@example.sn", PASSWORD).await;
    let awa = ground.caller(&signed_in);

    let promote = json!({"user_id": id, "role": "manager"});
    ground.call(Some(admin), "ChangeRole", promote).await.unwrap();

    assert_eq!(ground.code(Some(awa), "ShowMe", json!({})).await, Code::TokenRevoked);
    let (told, event) = ground.told(&rooms::of_user(id), "users.permission.changed").await;
    assert_eq!(ground.auth.control(&awa, &told), Verdict::Recheck);
    assert_eq!(event.data["role"], "manager");
    let refreshed = json!({"refresh_token": signed_in["refresh_token"]});
    let refreshed = ground.call(None, "RefreshSession", refreshed).await.unwrap().body;
    assert_eq!(ground.caller(&refreshed).role, Role::Manager);
    let (_, notification) = ground.told(&rooms::of_user(id), "notifications.notification.created").await;
    assert_eq!(notification.data["recipient_id"], json!(id));
}

#[tokio::test]
async fn an_address_is_one_persons_in_the_whole_product() {
    let ground = Ground::new().await;
    let admin = ground.admin().await;
    ground.person(admin, "awa", "student").await;

    let twin = json!({
        "email": " AWA@example.sn", "first_name": "A", "last_name": "B", "role": "student", "password": PASSWORD,
    });
    let refused = ground.call(Some(admin), "CreateUser", twin).await.unwrap_err();

    assert_eq!(refused.code(), Code::Duplicate);
    assert_eq!(refused.problem(false).errors[0].pointer, "/email");
}

#[tokio::test]
async fn only_who_runs_the_organization_makes_accounts_and_only_good_passwords_do() {
    let ground = Ground::new().await;
    let admin = ground.admin().await;
    ground.person(admin, "awa", "manager").await;
    let manager = ground.caller(&ground.sign_in("awa@example.sn", PASSWORD).await);
    let input = |password| {
        json!({"email": "new@example.sn", "first_name": "Kofi", "last_name": "Mensah", "role": "student",
               "password": password})
    };

    assert_eq!(ground.code(Some(manager), "CreateUser", input(PASSWORD)).await, Code::Forbidden);
    assert_eq!(ground.code(Some(admin), "CreateUser", input("password2024")).await, Code::Validation);
    assert_eq!(ground.code(Some(admin), "CreateUser", input("mensah-est-ici-7")).await, Code::Validation);
    assert_eq!(ground.code(None, "CreateUser", input(PASSWORD)).await, Code::NotAuthenticated);
}

#[tokio::test]
async fn the_directory_shows_a_student_himself_and_the_staff() {
    let ground = Ground::new().await;
    let admin = ground.admin().await;
    let student = ground.person(admin, "awa", "student").await;
    let other = ground.person(admin, "yaw", "student").await;
    let manager = ground.person(admin, "fatou", "manager").await;
    let awa = ground.caller(&ground.sign_in("awa@example.sn", PASSWORD).await);

    let seen = ground.call(Some(awa), "ListUsers", json!({})).await.unwrap().body;
    let all =
        ground.call(Some(admin), "ListUsers", json!({"query": {"with_total": "true"}})).await.unwrap().body;

    let ids: Vec<&str> =
        seen["data"].as_array().unwrap().iter().filter_map(|card| card["id"].as_str()).collect();
    assert!(ids.contains(&student.to_string().as_str()) && ids.contains(&manager.to_string().as_str()));
    assert!(!ids.contains(&other.to_string().as_str()));
    assert_eq!(all["page"]["total"], 4);
    assert_eq!(ground.code(Some(awa), "ShowUser", json!({"user_id": other})).await, Code::NotFound);
    let own = ground.call(Some(awa), "ShowUser", json!({"user_id": student})).await.unwrap();
    assert_eq!((&own.body["timezone"], own.etag.as_deref()), (&json!("Africa/Dakar"), Some("\"v1.0\"")));
}

#[tokio::test]
async fn a_room_of_ones_own_is_nobody_elses() {
    let ground = Ground::new().await;
    let admin = ground.admin().await;
    let id = ground.person(admin, "awa", "student").await;
    let awa = ground.caller(&ground.sign_in("awa@example.sn", PASSWORD).await);
    let (room, reader) = (rooms::of_user(id), ground.engine.reader());

    let own = (rooms::USER.standing)(reader, &awa, &room).await.unwrap();
    let superior = (rooms::USER.standing)(reader, &admin, &room).await.unwrap();
    let manager = schema::caller::Caller { role: Role::Manager, ..admin };
    let stranger = (rooms::USER.standing)(reader, &manager, &room).await.unwrap();

    assert_eq!(own, Some(Standing::in_org(ground.org)));
    assert_eq!(superior, None);
    assert!(stranger.is_some_and(|standing| !standing.own && !standing.open && standing.org == ground.org));
}

#[tokio::test]
async fn a_second_start_changes_nothing() {
    let ground = Ground::new().await;

    let again = people::FirstStart {
        org_name: "Another".into(),
        admin_email: "other@example.sn".into(),
        admin_password: None,
    };

    assert!(people::first_start(&ground.engine, again).await.unwrap().is_none());
    assert_eq!(people::first_organization(ground.engine.reader()).await.unwrap(), Some(ground.org));
}

#[tokio::test]
async fn the_demo_is_made_once_and_its_people_sign_in() {
    let ground = Ground::new().await;

    let demo = people::demo(&ground.engine).await.unwrap();
    let again = people::demo(&ground.engine).await.unwrap();

    assert_eq!(demo.people, again.people);
    assert_eq!(demo.people.len(), 32);
    let signed_in = ground.sign_in(&demo.people[0].email, demo.password).await;
    assert_eq!(signed_in["user"]["role"], "manager");
}

#[tokio::test]
async fn seeded_people_are_signed_in_for_real() {
    let ground = Ground::new().await;

    let seeded = people::seed(&ground.engine, ground.org, 300).await.unwrap();

    assert_eq!(seeded.len(), 300);
    for (id, token) in seeded.iter().step_by(50) {
        let caller = ground.auth.verify(token).unwrap();
        assert_eq!(caller.user, *id);
        assert!(ground.call(Some(caller), "ShowMe", json!({})).await.is_ok());
        assert!(users::active(ground.engine.reader(), ground.org, *id).await.is_ok());
    }
}
