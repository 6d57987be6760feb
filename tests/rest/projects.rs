//! Projects: begun, listed and shown, and who may know of one.

use super::{
    ask::{ask, column, expect, get, post, refusal, send},
    cast::cast,
};
use serde_json::{Value, json};
use uuid::Uuid;

const PROJECTS: &str = "/api/v1/projects/";

fn wish() -> Value {
    json!({"title": "Jardin partagé de la Médina", "due_date": "2030-06-30"})
}

fn but(field: &str, value: Value) -> Value {
    let mut wish = wish();
    wish[field] = value;
    wish
}

#[tokio::test]
async fn a_project_begins_as_asked_and_belongs_to_who_began_it() {
    let awa = &cast().await.awa;
    let body = json!({
        "title": "  Potager des écoles  ", "description": "Des légumes <script>alert(1)</script>pour **tous**.",
        "priority": "high", "start_date": "2030-01-01", "due_date": "2030-06-30", "tags": ["école", "jardin"],
        "color": "#123abc", "visibility": "organization",
    });

    let made = post(&awa.client(), PROJECTS, &body).await;

    let location = made.header("location").unwrap().to_owned();
    assert_eq!(made.header("etag"), Some("\"v1.0\""));
    let project = expect(made, 201);
    assert_eq!(location, format!("{PROJECTS}{}/", project["id"].as_str().unwrap()));
    assert_eq!(
        (&project["title"], &project["status"]),
        (&json!("Potager des écoles"), &json!("not_started"))
    );
    assert_eq!(project["description"], "Des légumes alert(1)pour **tous**.");
    assert_eq!((&project["owner_id"], &project["my_role"]), (&json!(awa.id), &json!("owner")));
    assert_eq!((&project["version"], &project["progress"]), (&json!(1), &json!(0)));
    let shown = expect(get(&awa.client(), &location).await, 200);
    for member in project.as_object().unwrap() {
        assert_eq!(&shown[member.0], member.1, "{}", member.0);
    }
    assert_eq!(shown["task_counts"]["todo"], 0);
    let team = expect(get(&awa.client(), &format!("{location}team/")).await, 200);
    assert_eq!(
        (column(&team, "role"), column(&team, "user_id")),
        (vec!["owner"], vec![&*awa.id.to_string()])
    );
}

#[tokio::test]
async fn each_field_that_is_wrong_is_pointed_at() {
    let awa = cast().await.awa.client();
    let cases = [
        (json!({"title": "Sans fin"}), "422 validation /due_date"),
        (but("title", "".into()), "422 validation /title"),
        (but("title", "deux\nlignes".into()), "422 validation /title"),
        (but("title", "x".repeat(201).into()), "422 validation /title"),
        (but("title", 7.into()), "422 validation /title"),
        (but("key", "lower".into()), "422 validation /key"),
        (but("key", "TOOLONG".into()), "422 validation /key"),
        (but("description", "x".repeat(10_001).into()), "422 validation /description"),
        (but("priority", "urgent".into()), "422 validation /priority"),
        (but("start_date", "2030-07-01".into()), "422 validation /due_date"),
        (but("start_date", "2020-01-01".into()), "422 validation /due_date"),
        (but("due_date", "30/06/2030".into()), "422 validation /due_date"),
        (but("due_date", "2130-01-01".into()), "422 validation /due_date"),
        (but("due_date", "2030-02-30".into()), "422 validation /due_date"),
        (but("tags", json!(["x".repeat(41)])), "422 validation /tags/0"),
        (but("tags", json!(vec!["x"; 21])), "422 validation /tags"),
        (but("color", "red".into()), "422 validation /color"),
        (but("visibility", "public".into()), "422 validation /visibility"),
        (but("id", json!(Uuid::from_u128(1))), "400 unknown-field /id"),
        (but("org_id", json!(Uuid::from_u128(1))), "400 unknown-field /org_id"),
        (but("owner_id", json!(Uuid::from_u128(1))), "400 unknown-field /owner_id"),
        (but("status", "completed".into()), "400 unknown-field /status"),
        (but("version", 9.into()), "400 unknown-field /version"),
    ];

    for (body, expected) in cases {
        assert_eq!(refusal(&post(&awa, PROJECTS, &body).await), expected, "{body}");
    }
}

#[tokio::test]
async fn a_key_is_one_projects_and_one_is_found_where_none_was_chosen() {
    let awa = cast().await.awa.client();
    expect(post(&awa, PROJECTS, &but("key", "MEDINA".into())).await, 201);

    let taken = post(&awa, PROJECTS, &but("key", "MEDINA".into())).await;
    let mut found = Vec::new();
    for _ in 0..3 {
        let made = expect(
            post(&awa, PROJECTS, &json!({"title": "Zone Humide Niayes", "due_date": "2030-06-30"})).await,
            201,
        );
        found.push(made["key"].as_str().unwrap().to_owned());
    }

    assert_eq!(refusal(&taken), "409 duplicate /key");
    assert_eq!(found, ["ZHN", "ZHN1", "ZHN2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_of_one_title_begun_at_once_each_find_a_key() {
    let awa = &cast().await.awa;

    let beginning: Vec<_> = (0..8)
        .map(|_| {
            let client = awa.client();
            let wish = json!({"title": "Forage Puits Eau Claire", "due_date": "2030-06-30"});
            tokio::spawn(async move { expect(post(&client, PROJECTS, &wish).await, 201)["key"].to_string() })
        })
        .collect();
    let mut keys = Vec::new();
    for begun in beginning {
        keys.push(begun.await.unwrap());
    }

    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 8, "{keys:?}");
}

#[tokio::test]
async fn whoever_only_reads_projects_begins_none() {
    let cast = cast().await;

    for person in [&cast.moussa, &cast.fatou] {
        assert_eq!(refusal(&post(&person.client(), PROJECTS, &wish()).await), "403 forbidden");
    }
}

#[tokio::test]
async fn a_project_is_not_found_by_those_who_may_not_know_of_it() {
    let cast = cast().await;
    let project = cast.awa.project("Confidentiel", &[&cast.moussa]).await;
    let paths = ["", "team/", "tasks/", "board/"].map(|end| format!("{PROJECTS}{project}/{end}"));

    for path in &paths {
        let unknown = path.replace(&project.to_string(), &Uuid::from_u128(3).to_string());
        assert_eq!(refusal(&get(&cast.kofi.client(), path).await), "404 not-found", "{path}");
        assert_eq!(refusal(&get(&cast.awa.client(), &unknown).await), "404 not-found", "{unknown}");
        expect(get(&cast.moussa.client(), path).await, 200);
        expect(get(&cast.mariam.client(), path).await, 200);
    }
    let tasks = post(&cast.kofi.client(), &paths[2], &json!({"title": "x"})).await;
    assert_eq!(refusal(&tasks), "404 not-found");
    let nonsense = get(&cast.awa.client(), "/api/v1/projects/not-an-id/").await;
    assert_eq!(refusal(&nonsense), "404 not-found");
}

#[tokio::test]
async fn a_project_open_to_the_organization_is_read_by_all_and_written_by_its_team() {
    let cast = cast().await;
    let body = but("visibility", "organization".into());
    let made = expect(post(&cast.awa.client(), PROJECTS, &body).await, 201);
    let path = format!("{PROJECTS}{}/", made["id"].as_str().unwrap());
    let kofi = cast.kofi.client();

    let shown = expect(get(&kofi, &path).await, 200);
    let listed = expect(get(&kofi, &format!("{PROJECTS}?limit=100")).await, 200);
    let task = post(&kofi, &format!("{path}tasks/"), &json!({"title": "x"})).await;
    let team = post(&kofi, &format!("{path}team/"), &json!({"user_id": cast.kofi.id})).await;

    assert_eq!(shown["my_role"], Value::Null);
    assert!(column(&listed, "id").contains(&made["id"].as_str().unwrap()));
    assert_eq!(refusal(&task), "403 forbidden");
    assert_eq!(refusal(&team), "403 forbidden");
}

#[tokio::test]
async fn a_list_holds_ones_own_projects_or_all_of_them() {
    let cast = cast().await;
    let shared = cast.awa.project("Partagé", &[&cast.fatou]).await.to_string();
    let private = cast.awa.project("Privé", &[]).await.to_string();
    let list = |person: &crate::harness::Person| {
        let client = person.client();
        let path = format!("{PROJECTS}?sort=-created_at&limit=100&owner_id={}", cast.awa.id);
        async move { expect(get(&client, &path).await, 200) }
    };

    let (hers, fatous, mariams) = (list(&cast.awa).await, list(&cast.fatou).await, list(&cast.mariam).await);

    let has = |list: &Value, id: &str| column(list, "id").contains(&id);
    assert!(has(&hers, &shared) && has(&hers, &private));
    assert!(has(&fatous, &shared) && !has(&fatous, &private));
    assert!(has(&mariams, &shared) && has(&mariams, &private));
    let newest = column(&mariams, "created_at");
    assert!(newest.is_sorted_by(|a, b| a >= b), "{newest:?}");
    let row = mariams["data"].as_array().unwrap().iter().find(|row| row["id"] == *private).unwrap();
    assert_eq!((&row["progress"], row.get("description")), (&json!(0), None), "{row}");
}

#[tokio::test]
async fn a_project_that_has_not_changed_is_not_sent_again() {
    let cast = cast().await;
    let path = format!("{PROJECTS}{}/", cast.awa.project("Inchangé", &[]).await);
    let awa = cast.awa.client();
    let unless = |tag: &str| ask("GET", &path).header("if-none-match", tag);

    let first = get(&awa, &path).await.header("etag").unwrap().to_owned();
    let same = send(&awa, unless(&first)).await;
    let any = send(&awa, unless("*")).await;
    expect(post(&awa, &format!("{path}tasks/"), &json!({"title": "compte"})).await, 201);
    let counted = send(&awa, unless(&first)).await;

    assert_eq!((same.status.as_u16(), &same.body), (304, &Value::Null));
    assert_eq!((same.header("etag"), any.status.as_u16()), (Some(first.as_str()), 304));
    assert_eq!(counted.status.as_u16(), 200);
    let now = counted.header("etag").unwrap();
    let version = |tag: &str| tag.split('.').next().unwrap().to_owned();
    assert_ne!(now, first, "a task more is another answer");
    assert_eq!(version(now), version(&first), "but the same version of the project");
}
