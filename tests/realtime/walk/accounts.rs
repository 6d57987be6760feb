//! Signing in and what belongs to it. A person's own room is heard on a socket; what an administrator does to an
//! account is told among the organization's people, whose log is read.

use super::floor::{Walk, id, with};
use crate::harness::{PASSWORD, Person};
use schema::{id::OrgId, role::Role, room::RoomId};
use serde_json::{Value, json};
use std::sync::Arc;

const ANOTHER: &str = "fromager-dans-le-vent-17";

/// Where the organization's people are at home.
pub(super) async fn among_people(walk: &Walk) -> RoomId {
    let reader = walk.apart.server.engine().reader();
    let org: OrgId = people::first_organization(reader).await.unwrap().unwrap();
    people::users::home(org)
}

/// Somebody whose own room is listened to on a device that nothing ends but the end of all.
pub(super) async fn heard(walk: &Arc<Walk>, name: &str) -> Person {
    let person = walk.apart.world.person(name, Role::Entrepreneur).await;
    walk.listen(&person, &person.inbox()).await;
    person
}

async fn another_device(walk: &Walk, person: &Person) -> Person {
    walk.apart.world.sign_in(&person.email, person.id).await
}

async fn session(device: &Person) -> Value {
    let (_, me) = device.get("/api/v1/auth/me/").await;
    assert!(me["session_id"].is_string(), "{me}");
    me["session_id"].clone()
}

pub(super) async fn signing_in(walk: Arc<Walk>) {
    let world = walk.apart.world.clone();
    let (nobody, admin, people) = (world.anonymous(), world.elevated().await, among_people(&walk).await);
    let person = heard(&walk, "Entrée").await;
    let (own, client) = (person.inbox(), person.client());
    let sign_in = |password: &str| json!({"email": person.email, "password": password, "client": "native"});

    walk.run("Login", &nobody, &own, sign_in(PASSWORD), &["auth.login.succeeded"]).await;
    walk.run("StepUp", &client, &own, json!({"password": PASSWORD}), &[]).await;
    walk.run("SetPresence", &client, &own, json!({"state": "busy"}), &[]).await;
    walk.run("IssueTicket", &client, &own, json!({}), &[]).await;
    let wish = json!({"name": "Tableur", "scopes": ["projects:read"]});
    let key = walk.run("CreateApiKey", &client, &own, wish, &["auth.api_key.created"]).await;
    walk.run("RevokeApiKey", &client, &own, json!({"key_id": id(&key)}), &["auth.api_key.revoked"]).await;

    let ended = json!({"session_id": session(&another_device(&walk, &person).await).await});
    walk.run("EndSession", &client, &own, ended, &["auth.session.revoked"]).await;
    let other = session(&another_device(&walk, &person).await).await;
    let decreed = json!({"session_id": other, "query": format!("user_id={}", person.id)});
    walk.run("EndSession", &admin, &people, decreed, &["auth.session.ended_by_administrator"]).await;
    let leaving = another_device(&walk, &person).await.client();
    walk.run("Logout", &leaving, &own, json!({}), &["auth.session.revoked"]).await;
    // After what leaves nothing behind: its person is warned of it a moment later.
    let elsewhere = with(&sign_in(PASSWORD), json!({"agent": "Navigateur"}));
    walk.run("Login", &nobody, &own, elsewhere, &["auth.login.succeeded", "auth.login.new_device"]).await;

    for _ in 0..4 {
        walk.run_refused(401, "Login", &nobody, &own, sign_in("ce n'est pas lui"), &[]).await;
    }
    walk.run_refused(423, "Login", &nobody, &own, sign_in("ni celui-ci"), &["auth.login.locked"]).await;
    walk.run("UnlockUser", &admin, &people, json!({"user_id": person.id}), &["auth.login.unlocked"]).await;
    walk.run("LogoutEverywhere", &client, &own, json!({}), &["auth.session.revoked"]).await;
}

pub(super) async fn passwords(walk: Arc<Walk>) {
    let world = walk.apart.world.clone();
    let (nobody, admin, people) = (world.anonymous(), world.elevated().await, among_people(&walk).await);
    let person = heard(&walk, "Secrète").await;
    let change = |old: &str| json!({"old_password": old, "password": ANOTHER});

    let refused = &["auth.password.refused"];
    walk.run_refused(401, "ChangePassword", &person.client(), &people, change("un autre mot"), refused).await;
    let forgotten = json!({"email": person.email});
    walk.run("AskForPassword", &nobody, &person.inbox(), forgotten, &["auth.password.forgotten"]).await;
    let changed = &["auth.password.changed"];
    walk.run("ChangePassword", &person.client(), &people, change(PASSWORD), changed).await;
    let whose = json!({"user_id": person.id});
    let made = walk.run("MakePasswordLink", &admin, &people, whose, &["auth.password.link_made"]).await;
    let token = made["link"].as_str().unwrap().split_once('#').unwrap().1;
    let wish = json!({"token": token, "password": "karité-au-bord-du-puits-9"});
    walk.run("ConfirmPassword", &nobody, &people, wish, changed).await;
}

/// A refresh token that is presented again counts as stolen once the moment in which tabs agree is over.
pub(super) async fn a_token_used_twice(walk: &Arc<Walk>) {
    let person = heard(walk, "Volée").await;
    let (nobody, token) = (walk.apart.world.anonymous(), json!({"refresh_token": person.refresh_token}));

    walk.run("RefreshSession", &nobody, &person.inbox(), token.clone(), &[]).await;
    walk.apart.clock.advance_ms(11_000);
    let told = &["auth.session.revoked", "auth.token.reuse_detected"];
    walk.run_refused(401, "RefreshSession", &nobody, &person.inbox(), token, told).await;
}
