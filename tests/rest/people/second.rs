//! What takes two people: making a super administrator.

use crate::{
    harness::{PASSWORD, World, config, rand_bits},
    rest::ask::{expect, get, post, refusal},
};
use schema::role::Role;
use serde_json::json;

const USERS: &str = "/api/v1/users/";

#[tokio::test(flavor = "multi_thread")]
async fn a_super_administrator_is_made_by_two_who_agree() {
    let world = World::start(config);
    let person = world.person("Tierce", Role::Manager).await;
    // While there is one alone, there is nobody to confirm.
    let second = world.person("Seconde", Role::SuperAdministrator).await;
    let (path, role) = (format!("{USERS}{}/role/", person.id), json!({"role": "super_administrator"}));
    let confirm = format!("{path}confirm/");
    let first = world.elevated().await;
    assert_eq!(refusal(&post(&first, &confirm, &json!({})).await), "404 not-found", "nobody asked for it");

    let asked = expect(post(&first, &path, &role).await, 200);
    let alone = post(&first, &confirm, &json!({})).await;
    let unproven = post(&second.client(), &confirm, &json!({})).await;
    second.step_up().await;
    let confirmed = expect(post(&second.client(), &confirm, &json!({})).await, 200);
    let twice = post(&second.client(), &confirm, &json!({})).await;

    assert_eq!(asked["role"], "manager", "nothing changes until another one confirms");
    assert_eq!(refusal(&alone), "422 rule-violation");
    assert_eq!(refusal(&unproven), "403 step-up-required");
    assert_eq!(confirmed["role"], "super_administrator");
    assert_eq!(refusal(&twice), "404 not-found", "what was confirmed is done with");
    let body = json!({
        "email": format!("seul.{}@example.org", rand_bits()), "first_name": "Seul", "last_name": "Diop",
        "role": "super_administrator", "password": PASSWORD,
    });
    assert_eq!(refusal(&post(&first, USERS, &body).await), "422 rule-violation");
    let inbox = expect(get(&second.client(), "/api/v1/notifications/").await, 200);
    let codes: Vec<_> = inbox["data"].as_array().unwrap().iter().map(|one| &one["template_code"]).collect();
    assert!(codes.contains(&&json!("users.user.role_asked")), "{inbox}");
}
