//! What was done in an organization: chained, searched, and whatever is changed of it afterwards is seen.

use crate::rest::{
    apart::Apart,
    ask::{column, expect, get, patch, post, put, refusal},
};
use actors::own::audit_key;
use schema::{
    codec,
    key::Key,
    role::Role,
    room::RoomId,
    table::{Slot, Spec, Table as _},
};
use serde_json::{Value, json};
use storage::{Batch, Outcome, Range, Write};

const AUDITED: &str = "/api/v1/core/audit/";
const VERIFY: &str = "/api/v1/core/audit/verify/";

/// Lets some seconds pass, and the timers that came due in them run.
async fn settle(apart: &Apart) {
    apart.clock.advance_ms(15_000);
    apart.server.engine().run_due().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_is_found_by_who_did_what_to_what() {
    let apart = Apart::in_slow_motion().await;
    let admin = apart.world.admin();
    let awa = apart.world.person("Awa", Role::Entrepreneur).await;
    apart.clock.advance_ms(1_000);
    let project = awa.project("Maraîchage", &[]).await;
    apart.clock.advance_ms(1_000);
    let path = format!("/api/v1/projects/{project}/");
    expect(patch(&awa.client(), &path, &json!({"title": "Maraîchage urbain"})).await, 200);
    settle(&apart).await;

    let found = async |query: &str| expect(get(&admin, &format!("{AUDITED}?{query}")).await, 200);
    let hers = found(&format!("actor_id={}&with_total=true", awa.id)).await;
    let edits = found(&format!("action=EditProject&entity_id={project}")).await;
    let all = found("limit=1").await;

    assert_eq!(column(&hers, "action"), ["EditProject", "CreateProject", "Login"]);
    assert_eq!(hers["page"]["total"], 3);
    let edit = &edits["data"][0];
    let changed = &edit["changes"][format!("project:{project}")];
    assert_eq!(changed["title"], json!(["Maraîchage", "Maraîchage urbain"]));
    assert_eq!((&edit["actor_role"], &edit["ip"]), (&json!("entrepreneur"), &json!("127.0.0.1")));
    assert!(edit["request_id"].is_string(), "{edit}");
    assert_eq!(edit["hash"].as_str().map(str::len), Some(64));
    assert!(all["page"]["next_cursor"].is_string());
    let mariam = apart.world.person("Mariam", Role::Manager).await;
    assert_eq!(refusal(&get(&mariam.client(), AUDITED).await), "403 forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_line_is_chained_once_however_often_and_wherever_it_is_chained() {
    let apart = Apart::in_slow_motion().await;
    let admin = apart.world.admin();
    let awa = apart.world.person("Awa", Role::Entrepreneur).await;
    let project = awa.project("Maraîchage", &[]).await;
    let tasks = format!("/api/v1/projects/{project}/tasks/");
    for number in 0..150 {
        expect(post(&awa.client(), &tasks, &json!({"title": format!("Tâche {number}")})).await, 201);
    }

    let too_early = expect(put(&admin, "/api/v1/core/audit/chain/", &json!({})).await, 200);
    settle(&apart).await;
    let again = expect(put(&admin, "/api/v1/core/audit/chain/", &json!({})).await, 200);
    let created = format!("{AUDITED}?action=CreateTask&limit=100&with_total=true");
    let found = expect(get(&admin, &created).await, 200);
    let verdict = expect(get(&admin, VERIFY).await, 200);

    assert_eq!(too_early["added"], 0, "what is written this very moment may not be written through");
    assert_eq!(again["added"], 0, "the timer did it");
    assert_eq!(found["page"]["total"], 150);
    assert_eq!((&verdict["intact"], &verdict["checked"]), (&json!(true), &again["number"]));
    // A tenth of a thousand lines of one room, in the order in which they were written there.
    let commits: Vec<u64> =
        found["data"].as_array().unwrap().iter().filter_map(|e| e["commit"].as_u64()).collect();
    assert!(commits.is_sorted_by(|later, earlier| later > earlier), "{commits:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_changes_what_was_written_is_seen() {
    let apart = Apart::in_slow_motion().await;
    let admin = apart.world.admin();
    let awa = apart.world.person("Awa", Role::Entrepreneur).await;
    let project = awa.project("Maraîchage", &[]).await;
    settle(&apart).await;
    let store = apart.server.engine().node().store().clone();
    let put_back = async |write: Write| {
        assert_eq!(store.apply(Batch::plain(vec![write])).await.unwrap(), Outcome::Applied);
    };
    let verdict = async || expect(get(&admin, VERIFY).await, 200);
    assert_eq!(verdict().await["intact"], true);

    // A line in its room.
    let room = RoomId::new("project", project);
    let entry = expect(get(&admin, &format!("{AUDITED}?entity_id={project}")).await, 200)["data"][0].clone();
    let key = audit_key(&room, entry["commit"].as_u64().unwrap(), 0);
    let line = store.get(&key).await.unwrap().expect("the line");
    let mut forged: Value = codec::from_msgpack(&line).unwrap();
    forged["actor_role"] = json!("student");
    put_back(Write::Put(key.clone(), codec::to_msgpack(&forged).unwrap().into())).await;
    let changed = verdict().await;
    put_back(Write::Put(key, line)).await;

    // An entry of the chain.
    let table = Slot::Rows.number(people::core::audit::tables::AuditEntry::SPEC.id);
    let home = RoomId::with_topic("org", awa_org(&awa).await, "audit");
    let chain = Range::partition(table, Spec::partition(&home), 1_000);
    let entries = store.scan(&chain).await.unwrap();
    let second = entries.get(1).expect("several entries");
    let place = Key { table, partition: chain.partition.clone(), sort: second.sort.clone() };
    put_back(Write::Delete(place.clone())).await;
    let removed = verdict().await;
    put_back(Write::Put(place, second.value.clone())).await;

    assert_eq!(changed["flaw"], json!({"number": entry["number"], "reason": "its line was changed"}));
    assert_eq!(removed["flaw"], json!({"number": 3, "reason": "an entry is missing before it"}));
    assert_eq!(verdict().await["intact"], true);
}

async fn awa_org(person: &crate::harness::Person) -> uuid::Uuid {
    let me = expect(get(&person.client(), "/api/v1/auth/me/").await, 200);
    me["organization"]["id"].as_str().unwrap().parse().unwrap()
}
