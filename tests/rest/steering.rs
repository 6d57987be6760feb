//! What becomes of a project: edited, moved through its states, put aside, thrown away, handed over; its risks, its
//! reports and its numbers.

use super::{
    ask::{column, delete, expect, get, patch, post, refusal},
    cast::{admin, cast},
};
use crate::harness::{Person, world};
use schema::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

fn at(project: Uuid, tail: &str) -> String {
    format!("/api/v1/projects/{project}/{tail}")
}

async fn task(person: &Person, project: Uuid, body: Value) -> Value {
    expect(post(&person.client(), &at(project, "tasks/"), &body).await, 201)
}

#[tokio::test]
async fn an_edit_changes_what_it_names_and_money_is_for_those_who_run_the_project() {
    let cast = cast().await;
    let project = cast.awa.project("Budget", &[&cast.moussa]).await;
    let (awa, moussa) = (cast.awa.client(), cast.moussa.client());
    let edit =
        json!({"title": "Budget 2030", "tags": ["eau"], "budget_amount": 5_000_000, "color": "#00aa88"});

    let edited = expect(patch(&awa, &at(project, ""), &edit).await, 200);
    let again = expect(patch(&awa, &at(project, ""), &edit).await, 200);

    assert_eq!((&edited["title"], &edited["budget_amount"]), (&json!("Budget 2030"), &json!(5_000_000)));
    assert_eq!(edited["version"], again["version"], "what changes nothing commits nothing");
    let seen = expect(get(&moussa, &at(project, "")).await, 200);
    assert_eq!((&seen["title"], &seen["budget_amount"]), (&json!("Budget 2030"), &Value::Null));
    let deeds = expect(get(&moussa, &at(project, "activity/")).await, 200);
    assert!(!deeds.to_string().contains("budget_amount") && deeds.to_string().contains("Budget 2030"));
    assert_eq!(refusal(&patch(&moussa, &at(project, ""), &edit).await), "403 forbidden");
    let wrong = json!({"due_date": "2029-01-01", "start_date": "2030-01-01"});
    assert_eq!(refusal(&patch(&awa, &at(project, ""), &wrong).await), "422 validation /due_date");
    for (field, value) in
        [("status", json!("completed")), ("owner_id", json!(cast.moussa.id)), ("progress", json!(9))]
    {
        let body = json!({field: value});
        assert_eq!(
            refusal(&patch(&awa, &at(project, ""), &body).await),
            format!("400 unknown-field /{field}")
        );
    }
}

#[tokio::test]
async fn a_project_goes_through_its_states_and_is_completed_by_force_only_with_a_reason() {
    let cast = cast().await;
    let project = cast.awa.project("États", &[]).await;
    let awa = cast.awa.client();
    let left = task(&cast.awa, project, json!({"title": "Reste"})).await;
    let to = |state: &str| json!({"to": state});

    let refused = post(&awa, &at(project, "transition/"), &to("completed")).await;
    assert_eq!(refusal(&refused), "409 invalid-transition");
    assert_eq!(refused.body["allowed"], json!(["in_progress", "cancelled"]));
    expect(post(&awa, &at(project, "transition/"), &to("in_progress")).await, 200);
    let refused = post(&awa, &at(project, "transition/"), &to("completed")).await;
    assert_eq!((refusal(&refused), &refused.body["open_tasks"]), ("422 rule-violation".into(), &json!(1)));
    let forced = json!({"to": "completed", "force": true});
    assert_eq!(refusal(&post(&awa, &at(project, "transition/"), &forced).await), "422 validation /reason");
    let forced = json!({"to": "completed", "force": true, "reason": "Fin de saison"});
    let done = expect(post(&awa, &at(project, "transition/"), &forced).await, 200);

    assert_eq!((&done["status"], &done["progress"]), (&json!("completed"), &json!(100)));
    let path = format!("/api/v1/projects/tasks/{}/", left["id"].as_str().unwrap());
    for _ in 0..100 {
        let task = expect(get(&awa, &path).await, 200);
        if task["status"] == "cancelled" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the open task was not cancelled");
}

#[tokio::test]
async fn what_is_put_aside_leaves_the_list_and_what_is_thrown_away_is_found_by_managers_only() {
    let cast = cast().await;
    let project = cast.awa.project("Rangement", &[&cast.moussa]).await;
    let (awa, moussa, mariam) = (cast.awa.client(), cast.moussa.client(), cast.mariam.client());
    let listed = |query: &'static str| {
        let awa = &awa;
        async move {
            let path = format!("/api/v1/projects/?title=Rangement{query}");
            column(&expect(get(awa, &path).await, 200), "id").len()
        }
    };

    assert_eq!(listed("").await, 1);
    expect(post(&awa, &at(project, "archive/"), &json!({})).await, 200);
    assert_eq!((listed("").await, listed("&archived=only").await, listed("&archived=all").await), (0, 1, 1));
    expect(post(&awa, &at(project, "archive/"), &json!({"archived": false})).await, 200);
    assert_eq!(refusal(&delete(&moussa, &at(project, "")).await), "403 forbidden");
    assert_eq!(delete(&awa, &at(project, "")).await.status.as_u16(), 204);

    assert_eq!((listed("").await, listed("&archived=all").await), (0, 0));
    for person in [&awa, &moussa] {
        assert_eq!(refusal(&get(person, &at(project, "")).await), "404 not-found");
        assert_eq!(
            refusal(&post(person, &at(project, "tasks/"), &json!({"title": "x"})).await),
            "404 not-found"
        );
    }
    assert_eq!(refusal(&post(&awa, &at(project, "restore/"), &json!({})).await), "404 not-found");
    expect(post(&mariam, &at(project, "restore/"), &json!({})).await, 200);
    assert_eq!(listed("").await, 1);
    expect(get(&moussa, &at(project, "")).await, 200);
}

#[tokio::test]
async fn roles_are_given_by_who_leads_and_a_project_is_handed_over_whole() {
    let cast = cast().await;
    let project = cast.awa.project("Passation", &[&cast.moussa, &cast.fatou]).await;
    let (awa, moussa) = (cast.awa.client(), cast.moussa.client());
    let place = |person: &Person| at(project, &format!("team/{}/", person.id));
    let lead = json!({"role": "lead", "function": "jardinier"});

    assert_eq!(refusal(&patch(&moussa, &place(&cast.moussa), &lead).await), "403 forbidden");
    let changed = expect(patch(&awa, &place(&cast.moussa), &lead).await, 200);
    assert_eq!((&changed["role"], &changed["function"]), (&json!("lead"), &json!("jardinier")));
    let owner = json!({"role": "owner"});
    assert_eq!(refusal(&patch(&awa, &place(&cast.moussa), &owner).await), "422 rule-violation");
    assert_eq!(refusal(&patch(&awa, &place(&cast.kofi), &lead).await), "404 not-found");
    let to = |person: &Person| json!({"user_id": person.id});
    assert_eq!(refusal(&post(&moussa, &at(project, "transfer/"), &to(&cast.moussa)).await), "403 forbidden");
    assert_eq!(
        refusal(&post(&awa, &at(project, "transfer/"), &to(&cast.kofi)).await),
        "422 validation /user_id"
    );
    let handed = expect(post(&awa, &at(project, "transfer/"), &to(&cast.fatou)).await, 200);

    assert_eq!(handed["owner_id"], json!(cast.fatou.id));
    let team = expect(get(&awa, &at(project, "team/")).await, 200);
    assert_eq!(column(&team, "role"), ["lead", "lead", "owner"]);
}

#[tokio::test]
async fn a_risk_is_scored_escalates_once_and_moves_through_its_states() {
    let cast = cast().await;
    // An inbox of one's own: what is too much for an hour is told together.
    let keeper = world().person("Oumar", Role::Student).await;
    let project = cast.awa.project("Risques", &[&keeper]).await;
    let (awa, moussa) = (cast.awa.client(), keeper.client());
    let risk =
        json!({"title": "Sécheresse", "likelihood": "medium", "impact": "high", "owner_id": keeper.id});

    assert_eq!(refusal(&post(&moussa, &at(project, "risks/"), &risk).await), "403 forbidden");
    let stranger = json!({"title": "x", "likelihood": "low", "impact": "low", "owner_id": cast.kofi.id});
    assert_eq!(refusal(&post(&awa, &at(project, "risks/"), &stranger).await), "422 validation /owner_id");
    let made = expect(post(&awa, &at(project, "risks/"), &risk).await, 201);
    let path = format!("/api/v1/projects/risks/{}/", made["id"].as_str().unwrap());
    assert_eq!((&made["score"], &made["status"]), (&json!(6), &json!("identified")));
    let refused = patch(&awa, &path, &json!({"status": "closed"})).await;
    assert_eq!(
        (refusal(&refused), &refused.body["allowed"]),
        ("409 invalid-transition".into(), &json!(["assessed", "accepted"]))
    );
    let moved = expect(patch(&awa, &path, &json!({"status": "assessed", "likelihood": "high"})).await, 200);

    assert_eq!((&moved["score"], &moved["status"]), (&json!(9), &json!("assessed")));
    let summary = expect(get(&moussa, &at(project, "summary/")).await, 200);
    assert_eq!((&summary["risks"]["high"], &summary["members"]), (&json!(1), &json!(2)));
    assert_eq!(delete(&awa, &path).await.status.as_u16(), 204);
    assert_eq!(refusal(&get(&awa, &path).await), "404 not-found");
    let register = expect(get(&awa, &at(project, "risks/")).await, 200);
    assert!(column(&register, "id").is_empty());
    let heard = expect(get(&moussa, "/api/v1/notifications/?limit=100").await, 200);
    let raised = column(&heard, "title").into_iter().filter(|title| title.contains("Sécheresse")).count();
    assert_eq!(raised, 1, "the owner of the risk is told when it becomes high, and not again");
}

#[tokio::test]
async fn a_report_keeps_the_numbers_of_its_day() {
    let cast = cast().await;
    let project = cast.awa.project("Bilan", &[&cast.moussa]).await;
    let awa = cast.awa.client();
    task(&cast.awa, project, json!({"title": "Un", "due_at": "2020-01-01T00:00:00Z"})).await;
    task(&cast.awa, project, json!({"title": "Deux", "status": "done"})).await;
    let report = json!({"period_start": "2030-01-01", "period_end": "2030-01-31", "health": "amber", "summary": "**Bien**"});

    let made = expect(post(&awa, &at(project, "reports/"), &report).await, 201);
    task(&cast.awa, project, json!({"title": "Trois"})).await;

    let path = format!("/api/v1/projects/reports/{}/", made["id"].as_str().unwrap());
    let shown = expect(get(&cast.moussa.client(), &path).await, 200);
    assert_eq!((&shown["snapshot"]["progress"], &shown["snapshot"]["late"]), (&json!(50), &json!(1)));
    assert_eq!((&shown["snapshot"]["tasks"]["todo"], &shown["health"]), (&json!(1), &json!("amber")));
    assert_eq!(
        refusal(&post(&cast.moussa.client(), &at(project, "reports/"), &report).await),
        "403 forbidden"
    );
    assert_eq!(refusal(&get(&cast.kofi.client(), &path).await), "404 not-found");
    let stats = expect(get(&awa, "/api/v1/projects/stats/").await, 200);
    assert!(
        stats["total"].as_u64().unwrap() >= 1 && stats["by_status"]["not_started"].as_u64().unwrap() >= 1
    );
    expect(get(&admin(), "/api/v1/projects/stats/").await, 200);
}
