//! Writing on what one has seen: entity tags, stale copies, and what is not sent again.

use super::{
    ask::{ask, expect, get, patch, post, refusal, send},
    cast::cast,
};
use serde_json::{Value, json};

/// A new task's path.
async fn task(title: &str) -> String {
    let awa = &cast().await.awa;
    let project = awa.project("Versions", &[]).await;
    let tasks = format!("/api/v1/projects/{project}/tasks/");
    let task = expect(post(&awa.client(), &tasks, &json!({"title": title})).await, 201);
    format!("/api/v1/projects/tasks/{}/", task["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_stale_copy_is_refused_with_the_present_one() {
    let awa = cast().await.awa.client();
    let path = task("Première version").await;
    let edit = |tag: &str, title: &str| ask("PATCH", &path).if_match(tag).json(&json!({"title": title}));

    let fresh = send(&awa, edit("\"v1.0\"", "Deuxième version")).await;
    let stale = send(&awa, edit("\"v1.0\"", "Trop tard")).await;

    assert_eq!(fresh.header("etag"), Some("\"v2.0\""));
    expect(fresh, 200);
    assert_eq!(refusal(&stale), "412 version-conflict");
    assert_eq!(stale.body["current_version"], 2);
    assert_eq!(stale.body["current"]["title"], "Deuxième version");
    let now = get(&awa, &path).await;
    assert_eq!((now.header("etag"), &now.body["title"]), (Some("\"v2.0\""), &json!("Deuxième version")));
}

#[tokio::test]
async fn every_write_honours_the_condition() {
    let awa = cast().await.awa.client();
    let path = task("Conditions").await;
    expect(patch(&awa, &path, &json!({"priority": "low"})).await, 200);
    let stale =
        |end: &str, body: Value| ask("POST", &format!("{path}{end}")).if_match("\"v1.0\"").json(&body);

    let moved = send(&awa, stale("move/", json!({"status": "done"}))).await;
    let transition = send(&awa, stale("transition/", json!({"to": "done"}))).await;
    let seen = post(&awa, &format!("{path}move/"), &json!({"status": "done", "version": 1})).await;
    let current = send(
        &awa,
        ask("POST", &format!("{path}move/")).if_match("\"v2.7\"").json(&json!({"status": "done"})),
    )
    .await;

    for refused in [moved, transition, seen] {
        assert_eq!(refusal(&refused), "412 version-conflict");
        assert_eq!(refused.body["current_version"], 2);
    }
    assert_eq!(expect(current, 200)["status"], "done", "only the version counts, not the numbers beside it");
}

#[tokio::test]
async fn an_edit_that_changes_nothing_makes_no_version_and_still_honours_the_condition() {
    let awa = cast().await.awa.client();
    let path = task("Rien de neuf").await;
    expect(patch(&awa, &path, &json!({"priority": "low"})).await, 200);
    let before = expect(get(&awa, &path).await, 200);

    for nothing in [json!({}), json!({"title": "Rien de neuf"}), json!({"priority": "low", "due_at": null})] {
        let answer = patch(&awa, &path, &nothing).await;
        assert_eq!(answer.header("etag"), Some("\"v2.0\""));
        assert_eq!(expect(answer, 200), before);
    }
    let stale = send(&awa, ask("PATCH", &path).if_match("\"v1.0\"").json(&json!({}))).await;
    assert_eq!(refusal(&stale), "412 version-conflict");
    assert_eq!((&stale.body["current_version"], &stale.body["current"]), (&json!(2), &before));
}

#[tokio::test]
async fn a_tag_that_is_none_of_ours_matches_nothing() {
    let awa = cast().await.awa.client();
    let path = task("Étiquettes").await;
    let edit = |tag: &str| ask("PATCH", &path).if_match(tag).json(&json!({"priority": "high"}));

    for tag in ["v1.0", "\"1\"", "W/\"v1.0\"", "\"v1\"", "\"vx.0\"", "\"v1.0\", \"v2.0\"", ""] {
        assert_eq!(refusal(&send(&awa, edit(tag)).await), "412 version-conflict", "{tag}");
    }
    expect(send(&awa, edit("*")).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_saw_the_same_version_one_writes() {
    let path = task("Course").await;

    let racing: Vec<_> = (0..6)
        .map(|n| {
            let edit =
                ask("PATCH", &path).if_match("\"v1.0\"").json(&json!({"title": format!("coureur {n}")}));
            tokio::spawn(async move { send(&cast().await.awa.client(), edit).await })
        })
        .collect();
    let mut winners = Vec::new();
    for racer in racing {
        let answer = racer.await.unwrap();
        match answer.status.as_u16() {
            200 => winners.push(answer.body["title"].clone()),
            _ => assert_eq!(refusal(&answer), "412 version-conflict"),
        }
    }

    assert_eq!(winners.len(), 1, "{winners:?}");
    let now = expect(get(&cast().await.awa.client(), &path).await, 200);
    assert_eq!((&now["title"], &now["version"]), (&winners[0], &json!(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_without_a_condition_are_all_kept() {
    let path = task("Ensemble").await;
    let bodies = [json!({"title": "nom"}), json!({"priority": "high"}), json!({"estimated_minutes": 45})];

    let editing: Vec<_> = bodies
        .into_iter()
        .map(|body| {
            let path = path.clone();
            tokio::spawn(async move { expect(patch(&cast().await.awa.client(), &path, &body).await, 200) })
        })
        .collect();
    for edit in editing {
        edit.await.unwrap();
    }

    let now = expect(get(&cast().await.awa.client(), &path).await, 200);
    assert_eq!(
        (&now["title"], &now["priority"], &now["estimated_minutes"]),
        (&json!("nom"), &json!("high"), &json!(45))
    );
    assert_eq!(now["version"], 4);
}

#[tokio::test]
async fn a_record_that_has_not_changed_is_not_sent_again() {
    let awa = cast().await.awa.client();
    let path = task("Même").await;
    let unless = |tag: &str| ask("GET", &path).header("if-none-match", tag);

    let same = send(&awa, unless("\"v1.0\"")).await;
    let weak = send(&awa, unless("\"v7.0\", W/\"v1.0\"")).await;
    expect(patch(&awa, &path, &json!({"title": "Autre"})).await, 200);
    let other = send(&awa, unless("\"v1.0\"")).await;

    assert_eq!((same.status.as_u16(), weak.status.as_u16()), (304, 304));
    assert_eq!(same.header("cache-control"), Some("private, no-cache"));
    assert_eq!(expect(other, 200)["title"], "Autre");
}
