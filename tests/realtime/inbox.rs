//! Notifications: what happens elsewhere reaches a person's own room, once, and counts are exact on every
//! device.

use crate::harness::{Person, event, within, world};
use schema::role::Role;
use serde_json::json;
use std::time::Duration;

/// Waits until this many notifications are unread.
async fn unread(person: &Person, wanted: u64) {
    within(async {
        loop {
            let (_, count) = person.get("/api/v1/notifications/unread-count/").await;
            if count["total"] == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn being_added_to_a_project_reaches_the_inbox_and_the_counts_of_every_device() {
    let world = world();
    let (awa, moussa) =
        (world.person("Awa", Role::Entrepreneur).await, world.person("Moussa", Role::Student).await);
    // Everybody begins with a welcome.
    unread(&moussa, 1).await;
    let (mut phone, mut desk) = (moussa.socket().await, moussa.socket().await);
    phone.join(&moussa.inbox(), None).await.unwrap();
    desk.join(&moussa.inbox(), None).await.unwrap();

    let project = awa.project("Coopérative", &[&moussa]).await;

    let created = event(&mut phone, "notifications.notification.created").await;
    event(&mut desk, "notifications.notification.created").await;
    assert_eq!(event(&mut desk, "notifications.unread_count.changed").await.d["data"]["unread"], 2);
    let (_, inbox) = moussa.get("/api/v1/notifications/").await;
    assert_eq!(inbox["data"].as_array().unwrap().len(), 2, "{inbox}");
    assert!(inbox["data"][0]["action_url"].as_str().unwrap().contains(&project.to_string()), "{inbox}");
    let id = created.d["entity"]["id"].as_str().unwrap();
    let (status, _) = moussa.post(&format!("/api/v1/notifications/{id}/mark-read/"), &json!({})).await;
    assert!(status == 200 || status == 204);
    assert_eq!(event(&mut phone, "notifications.unread_count.changed").await.d["data"]["unread"], 2);
    assert_eq!(event(&mut phone, "notifications.unread_count.changed").await.d["data"]["unread"], 1);
    unread(&moussa, 1).await;
}

#[tokio::test]
async fn everything_is_read_at_once_and_nobody_hears_of_their_own_acts() {
    let world = world();
    let (awa, moussa) =
        (world.person("Awa", Role::Entrepreneur).await, world.person("Moussa", Role::Student).await);
    for n in 0..5 {
        awa.project(&format!("Projet {n}"), &[&moussa]).await;
    }
    unread(&moussa, 6).await;

    let (status, _) = moussa.post("/api/v1/notifications/mark-all-read/", &json!({})).await;

    assert!((200..300).contains(&status));
    unread(&moussa, 0).await;
    let (_, hers) = awa.get("/api/v1/notifications/").await;
    let categories: Vec<&str> =
        hers["data"].as_array().unwrap().iter().filter_map(|n| n["category"].as_str()).collect();
    assert!(!categories.contains(&"project"), "{hers}");
}
