//! Letting people go, and forgetting them.

use crate::{
    harness::{PASSWORD, world},
    rest::{
        ask::{expect, get, post, put, refusal},
        cast::{admin, cast, nobody},
    },
};
use schema::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

fn to(status: &str) -> Value {
    json!({"to": status, "reason": "Fin de contrat"})
}

#[tokio::test]
async fn whoever_is_deactivated_is_out_and_may_come_back() {
    let person = world().person("Partie", Role::Mentor).await;
    let path = format!("/api/v1/users/{}/transition/", person.id);
    let with = |successor: Value| json!({"to": "deactivated", "reassign_to": successor});

    let stranger = post(&admin(), &path, &with(json!(Uuid::from_u128(1)))).await;
    let oneself = post(&admin(), &path, &with(json!(person.id))).await;
    let gone = expect(post(&admin(), &path, &with(json!(cast().await.awa.id))).await, 200);
    let suspended = json!({"to": "active", "reassign_to": cast().await.awa.id});
    let misplaced = post(&admin(), &path, &suspended).await;

    assert_eq!(refusal(&stranger), "422 validation /reassign_to");
    assert_eq!(refusal(&oneself), "422 validation /reassign_to");
    assert_eq!(refusal(&misplaced), "422 validation /reassign_to");
    assert_eq!(gone["status"], "deactivated");
    assert_eq!(refusal(&get(&person.client(), "/api/v1/auth/me/").await), "403 account-not-active");
    let refreshed =
        post(&nobody(), "/api/v1/auth/token/refresh/", &json!({"refresh_token": person.refresh_token})).await;
    assert!(["403 account-not-active", "401 token-revoked"].contains(&refusal(&refreshed).as_str()));
    expect(post(&admin(), &path, &to("active")).await, 200);
    let back = world().sign_in(&person.email, person.id).await;
    expect(get(&back.client(), "/api/v1/auth/me/").await, 200);
    assert_eq!(
        refusal(&post(&cast().await.mariam.client(), &path, &to("deactivated")).await),
        "403 forbidden"
    );
}

#[tokio::test]
async fn whoever_is_forgotten_leaves_no_trace_of_a_name() {
    let person = world().person("Oubliée", Role::Student).await;
    let user = format!("/api/v1/users/{}/", person.id);
    let path = format!("{user}transition/");
    let skills = json!({"skills": [{"name": "Apiculture oubliée"}]});
    expect(put(&person.client(), &format!("{user}skills/"), &skills).await, 200);
    let department = json!({"name": format!("Oubli {}", person.id)});
    let department = expect(post(&admin(), "/api/v1/users/departments/", &department).await, 201);
    let department = format!("/api/v1/users/departments/{}/", department["id"].as_str().unwrap());
    expect(put(&admin(), &format!("{department}members/"), &json!({"user_ids": [person.id]})).await, 204);
    let fresh = world().person("Admin", Role::Administrator).await;

    let too_soon = post(&world().elevated().await, &path, &to("anonymised")).await;
    expect(post(&admin(), &path, &to("deactivated")).await, 200);
    let unproven = post(&fresh.client(), &path, &to("anonymised")).await;
    let gone = expect(post(&world().elevated().await, &path, &to("anonymised")).await, 200);

    assert_eq!(refusal(&too_soon), "409 invalid-transition");
    assert_eq!(refusal(&unproven), "403 step-up-required");
    assert_eq!((&gone["first_name"], &gone["last_name"]), (&json!("Utilisateur"), &json!("supprimé")));
    assert_eq!(gone["email"], format!("deleted+{}@invalid", person.id));
    assert_eq!(expect(get(&admin(), &format!("{user}skills/")).await, 200)["data"], json!([]));
    assert_eq!(expect(get(&admin(), &department).await, 200)["members"], 0);
    let login = json!({"email": person.email, "password": PASSWORD, "client": "native"});
    assert_eq!(refusal(&post(&nobody(), "/api/v1/auth/login/", &login).await), "401 not-authenticated");
    let back = post(&admin(), &path, &to("active")).await;
    assert_eq!((refusal(&back), &back.body["allowed"]), ("409 invalid-transition".into(), &json!([])));
}
