//! Signing in and out through the engine's door, on a real store.

use crate::ground::{ADMIN, Ground, PASSWORD};
use actors::Verdict;
use engine::Identity;
use people::rooms;
use schema::{caller::Caller, code::Code, event::Hearing};
use serde_json::{Value, json};

async fn refresh(ground: &Ground, signed_in: &Value) -> Value {
    let input = json!({"refresh_token": signed_in["refresh_token"]});
    ground.call(None, "RefreshSession", input).await.unwrap().body
}

#[tokio::test]
async fn a_sign_in_lives_from_login_to_logout() {
    let ground = Ground::new().await;
    let signed_in = ground.sign_in("ADMIN@example.sn ", PASSWORD).await;
    let caller = ground.caller(&signed_in);

    let me = ground.call(Some(caller), "ShowMe", json!({})).await.unwrap().body;
    assert_eq!(me["user"]["email"], ADMIN);
    assert_eq!(me["levels"]["finance"], "M");
    assert_eq!(me["levels"].as_object().unwrap().len(), 15);
    assert_eq!(me["organization"]["slug"], "jokko-labs");
    assert!(me["user"].get("token_version").is_none() && me["user"].get("email_folded").is_none());

    let out = ground.call(Some(caller), "Logout", json!({})).await.unwrap();
    assert_eq!(out.status, 204);
    let (told, _) = ground.told(&rooms::of_user(caller.user), "auth.session.revoked").await;
    assert_eq!(told.hearing, Some(Hearing::Control));
    assert_eq!(ground.auth.control(&caller, &told), Verdict::Revoked);
    let elsewhere = Caller { session: ground.clock.new_id(), ..caller };
    assert_eq!(ground.auth.control(&elsewhere, &told), Verdict::Stay);
    assert_eq!(ground.code(Some(caller), "ShowMe", json!({})).await, Code::TokenRevoked);
    let again = json!({"refresh_token": signed_in["refresh_token"]});
    assert_eq!(ground.code(None, "RefreshSession", again).await, Code::TokenRevoked);
}

#[tokio::test]
async fn a_refresh_token_rotates_and_parallel_tabs_agree() {
    let ground = Ground::new().await;
    let first = ground.sign_in(ADMIN, PASSWORD).await;

    let (one, two) = tokio::join!(refresh(&ground, &first), refresh(&ground, &first));
    let third = refresh(&ground, &one).await;

    assert_eq!(one["refresh_token"], two["refresh_token"]);
    assert_ne!(one["refresh_token"], first["refresh_token"]);
    assert_ne!(third["refresh_token"], one["refresh_token"]);
    assert!(ground.call(Some(ground.caller(&third)), "ShowMe", json!({})).await.is_ok());
}

#[tokio::test]
async fn a_stolen_refresh_token_ends_the_sign_in_for_thief_and_robbed() {
    let ground = Ground::new().await;
    let first = ground.sign_in(ADMIN, PASSWORD).await;
    let second = refresh(&ground, &first).await;
    ground.clock.advance_ms(10_001);

    let stolen = json!({"refresh_token": first["refresh_token"]});
    let reply = ground.call(None, "RefreshSession", stolen).await.unwrap();

    assert_eq!((reply.status, &reply.body["code"]), (401, &json!("token-revoked")));
    let robbed = json!({"refresh_token": second["refresh_token"]});
    assert_eq!(ground.code(None, "RefreshSession", robbed).await, Code::TokenRevoked);
    let caller = ground.caller(&second);
    assert_eq!(ground.code(Some(caller), "ShowMe", json!({})).await, Code::TokenRevoked);
    let room = rooms::of_user(caller.user);
    let (told, _) = ground.told(&room, "auth.token.reuse_detected").await;
    assert_eq!(told.notify, [caller.user]);
    let (_, notification) = ground.told(&room, "notifications.notification.created").await;
    assert_eq!(notification.data["template_code"], "auth.token.reuse_detected");
}

#[tokio::test]
async fn a_browser_gets_its_refresh_token_for_a_cookie_only() {
    let ground = Ground::new().await;

    let input = json!({"email": ADMIN, "password": PASSWORD});
    let body = ground.call(None, "Login", input).await.unwrap().body;

    assert!(body.get("refresh_token").is_none());
    assert_eq!(body["set_refresh_cookie"]["max_age"], 7 * 86_400);
    let next = json!({"refresh_token": body["set_refresh_cookie"]["token"]});
    let next = ground.call(None, "RefreshSession", next).await.unwrap().body;
    assert!(next.get("refresh_token").is_none() && next["set_refresh_cookie"]["token"].is_string());
    let out = ground.call(Some(ground.caller(&next)), "Logout", json!({})).await.unwrap();
    assert_eq!(out.body, json!({"set_refresh_cookie": null}));
}

#[tokio::test]
async fn the_fifth_wrong_password_locks_and_the_right_one_waits() {
    let ground = Ground::new().await;
    let wrong = json!({"email": ADMIN, "password": "not this one"});
    let right = json!({"email": ADMIN, "password": PASSWORD});

    for _ in 0..4 {
        assert_eq!(ground.code(None, "Login", wrong.clone()).await, Code::NotAuthenticated);
    }
    assert_eq!(ground.code(None, "Login", wrong.clone()).await, Code::AccountLocked);
    assert_eq!(ground.code(None, "Login", right.clone()).await, Code::AccountLocked);

    ground.clock.advance_ms(15 * 60 * 1_000);
    assert!(ground.call(None, "Login", right).await.is_ok());
}

#[tokio::test]
async fn an_address_nobody_has_is_answered_like_a_wrong_password() {
    let ground = Ground::new().await;

    let nobody = json!({"email": "nobody@example.sn", "password": PASSWORD});
    let wrong = json!({"email": ADMIN, "password": "not this one"});
    let nobody = ground.call(None, "Login", nobody).await.unwrap_err().problem(false);
    let wrong = ground.call(None, "Login", wrong).await.unwrap().body;

    assert_eq!(serde_json::to_value(nobody).unwrap(), wrong);
}

#[tokio::test]
async fn what_is_no_refresh_token_is_not_authenticated() {
    let ground = Ground::new().await;
    let nobody = format!("{}.{}", "0".repeat(32), "A".repeat(43));

    for token in ["", "x.y", nobody.as_str()] {
        let input = json!({"refresh_token": token});
        assert_eq!(ground.code(None, "RefreshSession", input).await, Code::NotAuthenticated, "{token}");
    }
}

#[tokio::test]
async fn nothing_stored_holds_a_token_or_a_password() {
    let ground = Ground::new().await;
    let signed_in = ground.sign_in(ADMIN, PASSWORD).await;
    let next = refresh(&ground, &signed_in).await;

    let secrets: Vec<&str> = [&signed_in, &next]
        .iter()
        .flat_map(|body| [&body["access_token"], &body["refresh_token"]])
        .filter_map(Value::as_str)
        .chain([PASSWORD])
        .collect();
    let user = ground.caller(&signed_in).user;
    for room in [rooms::of_user(user), people::users::home(ground.org)] {
        let partition = schema::table::Spec::partition(&room);
        for table in 0..16 * 40 {
            let range = storage::Range::partition(table, partition.clone(), 1_000);
            for row in ground.engine.node().store().scan(&range).await.unwrap() {
                let text = String::from_utf8_lossy(&row.value);
                assert!(secrets.iter().all(|secret| !text.contains(secret)), "table {table} holds a secret");
            }
        }
    }
}

#[tokio::test]
async fn a_ticket_stands_in_for_a_token_once() {
    let ground = Ground::new().await;
    let caller = ground.admin().await;

    let issued = ground.call(Some(caller), "IssueTicket", json!({})).await.unwrap().body;

    let ticket = issued["ticket"].as_str().unwrap();
    assert_eq!(ground.auth.redeem(ticket).unwrap(), caller);
    assert_eq!(ground.auth.redeem(ticket).unwrap_err().code(), Code::NotAuthenticated);
}

#[tokio::test]
async fn a_forged_token_and_one_of_another_time_are_refused() {
    let ground = Ground::new().await;
    let signed_in = ground.sign_in(ADMIN, PASSWORD).await;
    let token = signed_in["access_token"].as_str().unwrap();
    let caller = ground.auth.verify(token).unwrap();

    let (rest, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{rest}.{}", "A".repeat(86));
    assert_eq!(ground.auth.verify(&forged).unwrap_err().code(), Code::NotAuthenticated);
    assert_eq!(ground.auth.verify("a.b.c").unwrap_err().code(), Code::NotAuthenticated);

    ground.clock.advance_ms(15 * 60 * 1_000 + 29_000);
    assert!(ground.auth.verify(token).is_ok());
    ground.clock.advance_ms(1_000);
    assert_eq!(ground.auth.verify(token).unwrap_err().code(), Code::TokenExpired);
    assert_eq!(ground.code(Some(caller), "ShowMe", json!({})).await, Code::TokenExpired);
}
