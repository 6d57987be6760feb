//! Templates: one's own, and what is called from them.

use super::{MEETINGS, in_hours};
use crate::{
    harness::world,
    rest::{
        ask::{column, delete, expect, get, patch, post, refusal},
        cast::{admin, cast},
    },
};
use schema::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

const TEMPLATES: &str = "/api/v1/meetings/templates/";

fn weekly() -> Value {
    json!({
        "name": "Hebdo", "kind": "standup", "duration_minutes": 45, "location": "Baobab",
        "agenda": [{"title": "Tour de table", "planned_minutes": 10}, {"title": "Divers"}],
    })
}

#[tokio::test]
async fn a_meeting_is_called_from_a_template_and_may_differ() {
    let cast = cast().await;
    let mut body = weekly();
    body["attendee_ids"] = json!([cast.moussa.id, cast.fatou.id, cast.moussa.id]);
    let template = expect(post(&cast.awa.client(), TEMPLATES, &body).await, 201);
    let start = in_hours(3);
    let from = json!({"title": "Semaine 12", "start_at": start, "template_id": template["id"]});
    let mut other = from.clone();
    other["kind"] = "training".into();
    other["end_at"] = json!(start.plus_seconds(600));

    let meeting = expect(post(&cast.awa.client(), MEETINGS, &from).await, 201);
    let differs = expect(post(&cast.awa.client(), MEETINGS, &other).await, 201);

    assert_eq!(template["attendee_ids"], json!([cast.moussa.id, cast.fatou.id]));
    assert_eq!((&meeting["kind"], &meeting["location"]), (&json!("standup"), &json!("Baobab")));
    assert_eq!(meeting["end_at"], json!(start.plus_seconds(2_700)));
    assert_eq!((&differs["kind"], &differs["end_at"]), (&json!("training"), &other["end_at"]));
    let path = format!("{MEETINGS}{}/", meeting["id"].as_str().unwrap());
    let agenda = expect(get(&cast.moussa.client(), &format!("{path}agenda/")).await, 200);
    let titles: Vec<&Value> = agenda["items"].as_array().unwrap().iter().map(|item| &item["title"]).collect();
    assert_eq!(titles, ["Tour de table", "Divers"]);
    let by_another = post(&cast.fatou.client(), MEETINGS, &from).await;
    assert_eq!(refusal(&by_another), "404 not-found", "a template is its author's");
    let endless = json!({"title": "x", "start_at": start});
    assert_eq!(refusal(&post(&cast.awa.client(), MEETINGS, &endless).await), "422 validation /end_at");
}

#[tokio::test]
async fn a_template_is_edited_and_removed_by_its_author_and_seen_by_who_reads_all() {
    let cast = cast().await;
    let yaw = world().person("Yaw", Role::Student).await;
    let template = expect(post(&yaw.client(), TEMPLATES, &weekly()).await, 201);
    let path = format!("{TEMPLATES}{}/", template["id"].as_str().unwrap());

    let edit = json!({"name": "Bihebdo", "location": null, "agenda": []});
    let edited = expect(patch(&yaw.client(), &path, &edit).await, 200);
    let own = expect(get(&yaw.client(), TEMPLATES).await, 200);
    let shown = expect(get(&cast.mariam.client(), &path).await, 200);

    assert_eq!(
        (&edited["agenda"], &edited["location"], &edited["version"]),
        (&json!([]), &Value::Null, &json!(2))
    );
    assert_eq!(column(&own, "name"), ["Bihebdo"]);
    assert_eq!(shown, edited);
    let all = expect(get(&cast.mariam.client(), &format!("{TEMPLATES}?created_by={}", yaw.id)).await, 200);
    assert_eq!(column(&all, "name"), ["Bihebdo"]);
    for (who, expected) in [(&cast.kofi, "404 not-found"), (&cast.mariam, "403 forbidden")] {
        assert_eq!(refusal(&patch(&who.client(), &path, &edit).await), expected);
        assert_eq!(refusal(&delete(&who.client(), &path).await), expected);
    }
    assert_eq!(refusal(&get(&cast.kofi.client(), &path).await), "404 not-found");
    assert_eq!(delete(&admin(), &path).await.status.as_u16(), 204);
    assert_eq!(refusal(&get(&yaw.client(), &path).await), "404 not-found");
}

#[tokio::test]
async fn a_template_is_one_that_meetings_can_be_called_from() {
    let cast = cast().await;
    let but = |field: &str, value: Value| {
        let mut body = weekly();
        body[field] = value;
        body
    };
    let template = expect(post(&cast.awa.client(), TEMPLATES, &weekly()).await, 201);
    let path = format!("{TEMPLATES}{}/", template["id"].as_str().unwrap());
    let points = vec![json!({"title": "x"}); 51];
    for (body, expected) in [
        (but("name", " ".into()), "422 validation /name"),
        (but("duration_minutes", 0.into()), "422 validation /duration_minutes"),
        (but("duration_minutes", 1_441.into()), "422 validation /duration_minutes"),
        (but("agenda", json!(points)), "422 validation /agenda"),
        (but("agenda", json!([{"title": ""}])), "422 validation /agenda/0/title"),
        (but("attendee_ids", json!([Uuid::from_u128(2)])), "422 validation /attendee_ids/0"),
        (but("created_by", json!(cast.kofi.id)), "400 unknown-field /created_by"),
    ] {
        assert_eq!(refusal(&post(&cast.awa.client(), TEMPLATES, &body).await), expected, "{body}");
        assert_eq!(refusal(&patch(&cast.awa.client(), &path, &body).await), expected, "{body}");
    }
    assert_eq!(
        refusal(&patch(&cast.awa.client(), &path, &json!({"agenda": null})).await),
        "422 validation /agenda"
    );
}
