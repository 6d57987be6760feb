//! `q`: words find what somebody wrote, whatever their accents, and only in what the asker may read.

use super::{
    ask::{column, expect, get, patch, post, refusal},
    cast::cast,
};
use crate::harness::world;
use gateway::client::Client;
use schema::role::Role;
use serde_json::json;

#[tokio::test]
async fn words_find_tasks_projects_and_what_stands_beside_them() {
    let cast = cast().await;
    let project = cast.awa.project("Pépinière expérimentale", &[&cast.moussa]).await;
    let (awa, moussa) = (cast.awa.client(), cast.moussa.client());
    let path = format!("/api/v1/projects/{project}/tasks/");
    let mut ids = Vec::new();
    for title in ["Arroser les jeunes arbres", "Acheter l'ARROSOIR", "Planter", "Récolter au château"] {
        let task = expect(post(&awa, &path, &json!({"title": title})).await, 201);
        ids.push(task["id"].as_str().unwrap().to_owned());
    }
    let search = |words: &'static str| {
        let (moussa, path) = (&moussa, &path);
        async move { column(&expect(get(moussa, &format!("{path}?q={words}")).await, 200), "number").len() }
    };

    assert_eq!((search("arros").await, search("arrosoir").await, search("arrosoirs").await), (2, 1, 1));
    assert_eq!(
        (search("jeune%20arb").await, search("chateau").await, search("arb%20jeunes").await),
        (1, 1, 0)
    );
    let only = get(&moussa, &format!("{path}?q=arros&status=done")).await;
    assert!(column(&expect(only, 200), "id").is_empty(), "filters add up");
    let sorted = expect(get(&moussa, &format!("{path}?q=a&sort=-number&limit=1")).await, 200);
    assert_eq!(sorted["data"][0]["number"], 4);
    let next = sorted["page"]["next_cursor"].as_str().unwrap();
    let next = expect(get(&moussa, &format!("{path}?q=a&sort=-number&limit=1&cursor={next}")).await, 200);
    assert_eq!(next["data"][0]["number"], 2, "each row is found once");

    expect(
        patch(&awa, &format!("/api/v1/projects/tasks/{}/", ids[2]), &json!({"title": "Semer"})).await,
        200,
    );
    assert_eq!((search("planter").await, search("semer").await), (0, 1));
    let projects = |words: &str| format!("/api/v1/projects/?q={words}");
    for person in [&awa, &moussa, &cast.mariam.client()] {
        let found = expect(get(person, &projects("pepiniere%20exper")).await, 200);
        assert_eq!(column(&found, "id"), [project.to_string()]);
    }
    assert!(column(&expect(get(&cast.kofi.client(), &projects("pepiniere")).await, 200), "id").is_empty());
    assert_eq!(refusal(&get(&moussa, &format!("{path}?q=%20,")).await), "400 invalid-filter /query/q");
    let team = format!("/api/v1/projects/{project}/team/?q=x");
    assert_eq!(refusal(&get(&moussa, &team).await), "400 invalid-filter /query/q");
    let mine = "/api/v1/projects/tasks/my/?q=x";
    assert!(column(&expect(get(&moussa, mine).await, 200), "id").is_empty());
}

#[tokio::test]
async fn words_find_comments_reports_actions_and_meetings_page_by_page() {
    let cast = cast().await;
    let project = cast.awa.project("Verger", &[&cast.moussa]).await;
    let meeting = cast.awa.meeting("Réunion du verger", &[&cast.moussa]).await;
    let (awa, moussa) = (cast.awa.client(), cast.moussa.client());
    for (number, words) in
        ["Greffer les **manguiers**", "Tailler", "Mangues mûres à Thiès"].iter().enumerate()
    {
        let day = format!("2026-11-0{}", number + 1);
        let report = json!({"period_start": day, "period_end": day, "health": "green", "summary": words});
        expect(post(&awa, &format!("/api/v1/projects/{project}/reports/"), &report).await, 201);
        let comment = json!({"entity_type": "project", "entity_id": project, "body": words});
        expect(post(&moussa, "/api/v1/core/comments/", &comment).await, 201);
        let action = json!({"title": words, "assignee_id": cast.moussa.id});
        expect(post(&awa, &format!("/api/v1/meetings/{meeting}/actions/"), &action).await, 201);
    }
    let found = async |path: &str, query: &str| {
        let mark = if path.contains('?') { '&' } else { '?' };
        expect(get(&moussa, &format!("{path}{mark}{query}")).await, 200)
    };

    for list in [
        format!("/api/v1/projects/{project}/reports/"),
        format!("/api/v1/core/comments/?entity_type=project&entity_id={project}"),
        format!("/api/v1/meetings/{meeting}/actions/"),
        "/api/v1/meetings/actions/my/".to_owned(),
    ] {
        assert_eq!(column(&found(&list, "q=thies%20mangu").await, "id").len(), 1, "{list}");
        assert!(column(&found(&list, "q=oranges").await, "id").is_empty(), "{list}");
        let both = found(&list, "q=mang&with_total=true&limit=1").await;
        assert_eq!(
            (both["data"].as_array().unwrap().len(), &both["page"]["total"]),
            (1, &json!(2)),
            "{list}"
        );
        let next = both["page"]["next_cursor"].as_str().unwrap();
        let rest = found(&list, &format!("q=mang&limit=1&cursor={next}")).await;
        assert_eq!(column(&rest, "id").len(), 1, "{list}");
        assert_ne!(rest["data"][0]["id"], both["data"][0]["id"], "{list}");
        let mark = if list.contains('?') { '&' } else { '?' };
        let strange = get(&moussa, &format!("{list}{mark}q=tailler&cursor={next}")).await;
        assert_eq!(refusal(&strange), "400 cursor-mismatch", "a cursor is of its words");
    }
    let upcoming = found("/api/v1/meetings/upcoming/", "q=reunion%20ver").await;
    assert_eq!(column(&upcoming, "id"), [meeting.to_string()]);
}

#[tokio::test]
async fn words_find_people_invitations_and_notifications() {
    let world = world();
    let admin = world.admin();
    let person = world.person("Ndèye-Coumba", Role::Entrepreneur).await;
    let found = async |client: &Client, path: &str, words: &str| {
        let mark = if path.contains('?') { '&' } else { '?' };
        expect(get(client, &format!("{path}{mark}q={words}")).await, 200)
    };

    let people = found(&admin, "/api/v1/users/?limit=100", "ndeye%20coum").await;
    assert!(column(&people, "id").contains(&person.id.to_string().as_str()), "{people}");
    let nobody = found(&admin, "/api/v1/users/?role=manager&limit=100", "ndeye").await;
    assert!(!column(&nobody, "id").contains(&person.id.to_string().as_str()), "filters add up");
    let own = found(&person.client(), "/api/v1/users/", "ndeye").await;
    assert_eq!(column(&own, "id"), [person.id.to_string()], "who sees few searches among them");
    let email = format!("baobab.{}@example.org", crate::harness::rand_bits());
    let body = json!({"invitations": [{"email": email, "role": "student", "last_name": "Sarr"}]});
    expect(post(&admin, "/api/v1/users/invitations/", &body).await, 200);
    let invited = found(&admin, "/api/v1/users/invitations/?limit=100", "sarr%20baob").await;
    assert!(column(&invited, "email").contains(&email.as_str()), "{invited}");

    let inbox = "/api/v1/notifications/";
    crate::harness::within(async {
        while column(&found(&person.client(), inbox, "bienvenue").await, "id").is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    let welcome = found(&person.client(), inbox, "ndeye%20bienv").await;
    let id = column(&welcome, "id")[0].to_owned();
    assert!(column(&found(&person.client(), inbox, "inconnu").await, "id").is_empty());
    assert!(
        column(&found(&person.client(), "/api/v1/notifications/?archived=only", "bienvenue").await, "id")
            .is_empty()
    );
    let archive = json!({"archived": true});
    expect(patch(&person.client(), &format!("{inbox}{id}/"), &archive).await, 200);
    assert!(column(&found(&person.client(), inbox, "bienvenue").await, "id").is_empty(), "put aside");
    let aside = found(&person.client(), "/api/v1/notifications/?archived=only", "bienvenue").await;
    assert_eq!(column(&aside, "id"), [&id]);
}
