//! Notifications from event to inbox, and reading them.

use crate::ground::{Ground, PASSWORD};
use people::rooms;
use schema::{caller::Caller, code::Code, id::UserId};
use serde_json::{Value, json};
use std::time::Duration;

/// Changes a role back and forth: each time its person is notified.
async fn notify(ground: &Ground, admin: Caller, id: UserId, times: usize) {
    for n in 0..times {
        let role = if n % 2 == 0 { "mentor" } else { "student" };
        ground.call(Some(admin), "ChangeRole", json!({"user_id": id, "role": role})).await.unwrap();
        ground.clock.advance_ms(10);
    }
}

async fn awa(ground: &Ground) -> Caller {
    ground.caller(&ground.sign_in("awa@example.sn", PASSWORD).await)
}

async fn unread(ground: &Ground, caller: Caller) -> Value {
    ground.call(Some(caller), "CountUnread", json!({})).await.unwrap().body
}

/// Waits until the inbox has this many unread.
async fn wait_for(ground: &Ground, caller: Caller, total: u64) {
    for _ in 0..300 {
        if unread(ground, caller).await["total"] == total {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} instead of {total}", unread(ground, caller).await);
}

async fn list(ground: &Ground, caller: Caller, query: Value) -> Vec<Value> {
    let page = ground.call(Some(caller), "ListNotifications", json!({"query": query})).await.unwrap().body;
    page["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn what_concerns_a_person_reaches_the_inbox_in_their_language() {
    let ground = Ground::new().await;
    let admin = ground.admin().await;
    let id = ground.person(admin, "awa", "student").await;
    notify(&ground, admin, id, 1).await;
    let awa = awa(&ground).await;
    wait_for(&ground, awa, 2).await;

    let rows = list(&ground, awa, json!({})).await;

    assert_eq!(rows[0]["title"], "Your role changed");
    assert_eq!(rows[0]["body"], "Administrateur Jokko Labs gave you the role “mentor” (it was “student”).");
    assert_eq!((&rows[1]["title"], &rows[1]["number"]), (&json!("Welcome, Awa"), &json!(1)));
    assert_eq!(unread(&ground, awa).await, json!({"total": 2, "by_category": {"user": 2}}));
    assert!(list(&ground, awa, json!({"category": "project"})).await.is_empty());
    let greeting = (rooms::USER.greeting.unwrap())(ground.engine.reader(), &awa, &rooms::of_user(id)).await;
    let greeting = greeting.unwrap();
    assert_eq!((&greeting["unread"], greeting["latest"].as_array().unwrap().len()), (&json!(2), 2));
    // The administrator acted, so nobody tells him.
    assert_eq!(unread(&ground, admin).await["total"], 0);
}

#[tokio::test]
async fn a_reaction_that_runs_again_notifies_nobody_twice() {
    let ground = Ground::new().await;
    let admin = ground.admin().await;
    let id = ground.person(admin, "awa", "student").await;
    let caller = awa(&ground).await;
    wait_for(&ground, caller, 1).await;
    let (told, event) = ground.told(&people::users::home(ground.org), "users.user.created").await;

    let notify = ground.engine.catalog().reactions().find(|reaction| reaction.name == "notify").unwrap();
    let cause = engine::Cause {
        rule: notify.name,
        room: people::users::home(ground.org),
        seq: 1,
        event,
        notify: told.notify,
    };
    for _ in 0..3 {
        (notify.run)(&ground.engine, &cause, &(notify.acts_in)(&cause)).await.unwrap();
    }

    assert_eq!(cause.notify, [id]);
    assert_eq!(unread(&ground, caller).await["total"], 1);
    assert_eq!(list(&ground, caller, json!({})).await.len(), 1);
}

#[tokio::test]
async fn reading_one_counts_down_once() {
    let ground = Ground::new().await;
    let admin = ground.admin().await;
    ground.person(admin, "awa", "student").await;
    let awa = awa(&ground).await;
    wait_for(&ground, awa, 1).await;
    let id = list(&ground, awa, json!({})).await[0]["id"].clone();

    let first = ground.call(Some(awa), "MarkNotificationRead", json!({"id": id})).await.unwrap();
    let again = ground.call(Some(awa), "MarkNotificationRead", json!({"id": id})).await.unwrap();

    assert_eq!(first.body, again.body);
    assert!(first.body["read_at"].is_string());
    assert_eq!(unread(&ground, awa).await["total"], 0);
    let elsewhere = json!({"id": id, "user_id": admin.user});
    assert_eq!(ground.code(Some(awa), "MarkNotificationRead", elsewhere).await, Code::NotFound);
    assert_eq!(ground.code(Some(admin), "MarkNotificationRead", json!({"id": id})).await, Code::NotFound);
}

#[tokio::test]
async fn reading_all_leaves_what_came_later_and_is_written_down_in_the_end() {
    let ground = Ground::new().await;
    let admin = ground.admin().await;
    let id = ground.person(admin, "awa", "student").await;
    // What can be read in an hour, three times.
    let mut admin = admin;
    for times in 1..=3 {
        notify(&ground, admin, id, 50).await;
        let caller = awa(&ground).await;
        wait_for(&ground, caller, 1 + 50 * times).await;
        ground.clock.advance_ms(3_600_000);
        admin = ground.admin().await;
    }
    let caller = awa(&ground).await;
    wait_for(&ground, caller, 151).await;
    let seen = list(&ground, caller, json!({})).await[0]["created_at"].clone();
    ground.clock.advance_ms(10);
    notify(&ground, admin, id, 3).await;
    let caller = awa(&ground).await;
    wait_for(&ground, caller, 154).await;

    let counts = ground.call(Some(caller), "MarkAllNotificationsRead", json!({"up_to": seen})).await.unwrap();

    assert_eq!(counts.body, json!({"unread": 3, "by_category": {"user": 3}}));
    assert_eq!(list(&ground, caller, json!({"unread": "true", "limit": "100"})).await.len(), 3);
    let all = list(&ground, caller, json!({"limit": "100"})).await;
    assert_eq!(all.iter().filter(|row| row["read_at"].is_null()).count(), 3);
    let within = || schema::key::KeyWriter::new().with(&id);
    for _ in 0..300 {
        let left = ground.engine.reader();
        let left =
            left.index::<people::notifications::tables::Notification>("unread", within(), 500, |range| range);
        if left.await.unwrap().len() == 3 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the rows were never rewritten");
}
