//! Notifications: what happens elsewhere reaches a person's own room, once, and counts are exact on every
//! device.

use crate::harness::{event, within, world};
use schema::role::Role;
use serde_json::json;

#[tokio::test]
async fn being_added_to_a_project_reaches_the_inbox_and_the_counts_of_every_device() {
    let world = world();
    let (awa, moussa) =
        (world.person("Awa", Role::Entrepreneur).await, world.person("Moussa", Role::Student).await);
    let (mut phone, mut desk) = (moussa.socket().await, moussa.socket().await);
    phone.join(&moussa.inbox(), None).await.unwrap();
    desk.join(&moussa.inbox(), None).await.unwrap();

    let project = awa.project("Coopérative", &[&moussa]).await;

    let created = event(&mut phone, "notifications.notification.created").await;
    event(&mut desk, "notifications.notification.created").await;
    assert_eq!(event(&mut desk, "notifications.unread_count.changed").await.d["data"]["unread"], 1);
    let (_, inbox) = moussa.get("/api/v1/notifications/").await;
    assert_eq!(inbox["data"].as_array().unwrap().len(), 1, "{inbox}");
    assert!(inbox["data"][0]["action_url"].as_str().unwrap().contains(&project.to_string()), "{inbox}");
    let id = created.d["entity"]["id"].as_str().unwrap();
    let (status, _) = moussa.post(&format!("/api/v1/notifications/{id}/mark-read/"), &json!({})).await;
    assert!(status == 200 || status == 204);
    assert_eq!(event(&mut phone, "notifications.unread_count.changed").await.d["data"]["unread"], 1);
    assert_eq!(event(&mut phone, "notifications.unread_count.changed").await.d["data"]["unread"], 0);
    let (_, count) = moussa.get("/api/v1/notifications/unread-count/").await;
    assert_eq!(count["total"], 0);
}

#[tokio::test]
async fn everything_is_read_at_once_and_nobody_hears_of_their_own_acts() {
    let world = world();
    let (awa, moussa) =
        (world.person("Awa", Role::Entrepreneur).await, world.person("Moussa", Role::Student).await);
    let mut his = moussa.socket().await;
    his.join(&moussa.inbox(), None).await.unwrap();
    for n in 0..5 {
        awa.project(&format!("Projet {n}"), &[&moussa]).await;
    }
    within(async {
        loop {
            let (_, count) = moussa.get("/api/v1/notifications/unread-count/").await;
            if count["total"] == 5 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;

    let (status, _) = moussa.post("/api/v1/notifications/mark-all-read/", &json!({})).await;

    assert!((200..300).contains(&status));
    let (_, count) = moussa.get("/api/v1/notifications/unread-count/").await;
    assert_eq!(count["total"], 0);
    let (_, hers) = awa.get("/api/v1/notifications/").await;
    assert_eq!(hers["data"].as_array().unwrap().len(), 0, "{hers}");
}
