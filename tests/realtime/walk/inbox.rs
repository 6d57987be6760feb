//! Notifications: at home in their person's own room, which is heard on a socket.

use super::floor::{Walk, with};
use crate::harness::within;
use schema::role::Role;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

const UPDATED: &str = "notifications.notification.updated";
const COUNTED: &str = "notifications.unread_count.changed";

pub(super) async fn notifications(walk: Arc<Walk>) {
    let world = walk.apart.world.clone();
    let awa = world.person("Awa", Role::Entrepreneur).await;
    let person = world.person("Informée", Role::Student).await;
    let (own, client) = (person.inbox(), person.client());
    walk.listen(&person, &own).await;
    for n in 0..4 {
        awa.project(&format!("Projet {n}"), &[&person]).await;
    }
    // One for each, and a welcome.
    let inbox: Vec<Value> = within(async {
        loop {
            let (_, inbox) = person.get("/api/v1/notifications/").await;
            let rows = inbox["data"].as_array().unwrap().clone();
            if rows.len() == 5 {
                return rows;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let which = |n: usize, more: Value| with(&json!({"id": inbox[n]["id"]}), more);
    let run = async |name: &str, input: Value, hears: &[&str]| {
        walk.run(name, &client, &own, input, hears).await;
    };

    let aside = which(0, json!({"archived": true}));
    run("EditNotification", aside, &["notifications.notification.archived", COUNTED]).await;
    let later = walk.apart.clock.now().plus_seconds(86_400 * 30);
    run("EditNotification", which(1, json!({"snoozed_until": later})), &[UPDATED, COUNTED]).await;
    run("WakeNotification", which(1, json!({})), &[UPDATED, COUNTED]).await;
    let read = "notifications.notification.read";
    run("MarkNotificationRead", which(2, json!({})), &[read, COUNTED]).await;
    run("MarkNotificationUnread", which(2, json!({})), &[UPDATED, COUNTED]).await;
    let deleted = "notifications.notification.deleted";
    run("DeleteNotification", which(3, json!({})), &[deleted, COUNTED]).await;
    let all_read = "notifications.notification.all_read";
    run("MarkAllNotificationsRead", json!({}), &[all_read, COUNTED]).await;
    let read_deleted = "notifications.notification.read_deleted";
    run("DeleteReadNotifications", json!({}), &[read_deleted]).await;
    let preferences = json!({"digest": "daily"});
    run("EditPreferences", preferences, &["notifications.preferences.updated"]).await;
}
