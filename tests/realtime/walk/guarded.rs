//! What guards accounts: proofs that fail, keys of programs, roles that take two, and what administrators learn of it.

use super::{
    accounts::{among_people, heard},
    floor::{Walk, id},
};
use crate::harness::{PASSWORD, within};
use gateway::client::Client;
use people::alerts::{Topic, room_of};
use schema::{id::OrgId, role::Role};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

const REFUSED: &str = "auth.step_up.refused";

pub(super) async fn proofs(walk: Arc<Walk>) {
    let world = walk.apart.world.clone();
    let chief = world.person("Régie", Role::Administrator).await;
    let security = room_of(OrgId::new(among_people(&walk).await.id()), Topic::Security);
    walk.listen(&chief, &security).await;
    let person = heard(&walk, "Éprouvée").await;
    let (own, client) = (person.inbox(), person.client());
    let wrong = json!({"password": "ce n'est pas elle"});

    for _ in 0..4 {
        walk.run_refused(401, "StepUp", &client, &own, wrong.clone(), &[REFUSED]).await;
    }
    walk.run_refused(423, "StepUp", &client, &own, wrong, &[REFUSED, "auth.login.locked"]).await;
    let handled = json!({"event_id": an_alert(&chief.client()).await});
    walk.run("AcknowledgeAlert", &chief.client(), &security, handled, &["core.alert.acked"]).await;
}

/// The event of something that nobody handled yet.
async fn an_alert(chief: &Client) -> Value {
    within(async {
        loop {
            let alerts = chief.get("/api/v1/core/alerts/?topic=security").await.unwrap().body;
            let mut rows = alerts["data"].as_array().unwrap().iter();
            if let Some(alert) = rows.find(|alert| alert["acked_at"].is_null()) {
                return id(alert);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}

pub(super) async fn keys(walk: Arc<Walk>) {
    let (admin, people) = (walk.apart.world.admin(), among_people(&walk).await);
    let person = heard(&walk, "Programme").await;
    let (own, client) = (person.inbox(), person.client());

    walk.run("StepUp", &client, &own, json!({"password": PASSWORD}), &[]).await;
    let wish = json!({"name": "Tableur", "scopes": ["projects:read"]});
    let key = id(&walk.run("CreateApiKey", &client, &own, wish, &["auth.api_key.created"]).await);
    walk.run("NoteKeyUse", &client, &own, json!({"key_id": key, "user_id": person.id}), &[]).await;
    let theirs = json!({"key_id": key, "query": format!("user_id={}", person.id)});
    walk.run("RevokeApiKey", &admin, &people, theirs, &["auth.api_key.ended_by_administrator"]).await;
}

/// While there is one super administrator alone, they make the second; these two make a third.
pub(super) async fn what_takes_two(walk: Arc<Walk>) {
    let (world, people) = (walk.apart.world.clone(), among_people(&walk).await);
    let second = world.person("Seconde", Role::SuperAdministrator).await;
    second.step_up().await;
    let person = world.person("Tierce", Role::Manager).await;

    let wish = json!({"user_id": person.id, "role": "super_administrator"});
    walk.run("ChangeRole", &world.elevated().await, &people, wish, &["users.user.role_asked"]).await;
    let who = json!({"user_id": person.id});
    walk.run("ConfirmRole", &second.client(), &people, who, &["users.user.role_changed"]).await;
}
