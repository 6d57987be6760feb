//! `q`: words find what somebody wrote, whatever their accents, and only in what the asker may read.

use super::{
    ask::{column, expect, get, patch, post, refusal},
    cast::cast,
};
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
    let reports = format!("/api/v1/projects/{project}/reports/?q=x");
    assert_eq!(refusal(&get(&moussa, &reports).await), "400 invalid-filter /query/q");
    let mine = "/api/v1/projects/tasks/my/?q=x";
    assert!(column(&expect(get(&moussa, mine).await, 200), "id").is_empty());
}
