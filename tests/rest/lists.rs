//! Lists: filters, sorts, totals, and cursors that can't be bent.

use super::{
    ask::{column, delete, expect, get, post, refusal},
    cast::cast,
};
use gateway::client::Client;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use uuid::Uuid;

const TASKS: usize = 25;

/// A project with twenty-five tasks that nobody changes, made once.
async fn tasks() -> String {
    static PROJECT: OnceCell<Uuid> = OnceCell::const_new();
    let project = PROJECT.get_or_init(|| async {
        let cast = cast().await;
        let project = cast.awa.project("Listes", &[&cast.moussa]).await;
        let client = cast.awa.client();
        for n in 0..TASKS {
            let (status, priority) = (["todo", "in_progress", "done"][n % 3], ["low", "high"][n % 2]);
            let body = json!({
                "title": format!("Tâche {n:02}"),
                "status": status,
                "priority": priority,
                "assignee_id": n.is_multiple_of(5).then_some(cast.moussa.id),
                "due_at": n.is_multiple_of(4).then(|| format!("2030-01-{:02}T12:00:00Z", 28 - n)),
                "estimated_minutes": (n > 20).then_some(n),
            });
            expect(post(&client, &format!("/api/v1/projects/{project}/tasks/"), &body).await, 201);
        }
        project
    });
    format!("/api/v1/projects/{}/tasks/", project.await)
}

async fn list(query: &str) -> Value {
    expect(get(&cast().await.awa.client(), &format!("{}?{query}", tasks().await)).await, 200)
}

async fn refused(query: &str) -> String {
    refusal(&get(&cast().await.awa.client(), &format!("{}?{query}", tasks().await)).await)
}

/// All titles of a list, page by page.
async fn walked(client: &Client, path: &str, query: &str) -> Vec<String> {
    let mut titles = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = expect(get(client, &format!("{path}?{query}{cursor}")).await, 200);
        titles.extend(column(&page, "title").into_iter().map(str::to_owned));
        match page["page"]["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => {
                assert_eq!(page["page"]["has_more"], false);
                return titles;
            }
        }
    }
}

#[tokio::test]
async fn filters_narrow_and_add_up() {
    let count = |query: &'static str| async move {
        list(&format!("{query}&limit=100")).await["data"].as_array().unwrap().len()
    };
    let moussa = cast().await.moussa.id;

    assert_eq!(count("status=todo").await, 9);
    assert_eq!(count("status=todo,done").await, 17);
    assert_eq!(count("status=todo&status=done").await, 17);
    assert_eq!(count("status__ne=todo").await, 16);
    assert_eq!(count("status=todo&priority=high").await, 4);
    assert_eq!(count("due_at__isnull=false").await, 7);
    assert_eq!(count("due_at__lt=2030-01-12T12:00:00.000Z").await, 2);
    assert_eq!(count("due_at__lte=2030-01-12T12:00:00.000Z").await, 3);
    assert_eq!(count("number__gt=20").await, 5);
    assert_eq!(count("estimated_minutes__gte=22").await, 3);
    assert_eq!(count("title__contains=T%C3%82CHE%200").await, 10);
    let his = list(&format!("assignee_id={moussa}")).await;
    assert_eq!(his["data"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn sorts_follow_one_another_and_absent_values_come_last() {
    let by_priority = list("sort=priority,-title&limit=100").await;
    let by_due = list("sort=-due_at,title&limit=100").await;

    let pairs: Vec<(&str, &str)> =
        column(&by_priority, "priority").into_iter().zip(column(&by_priority, "title")).collect();
    assert!(pairs.is_sorted_by(|a, b| a.0 < b.0 || (a.0 == b.0 && a.1 > b.1)), "{pairs:?}");
    let titles = column(&by_due, "title");
    assert_eq!(
        titles[..8],
        ["Tâche 00", "Tâche 04", "Tâche 08", "Tâche 12", "Tâche 16", "Tâche 20", "Tâche 24", "Tâche 01"]
    );
}

#[tokio::test]
async fn pages_hold_everything_once_in_every_order() {
    let (awa, path) = (cast().await.awa.client(), tasks().await);
    let all: Vec<String> = (0..TASKS).map(|n| format!("Tâche {n:02}")).collect();

    for query in [
        "limit=7",
        "limit=1",
        "sort=-rank&limit=10",
        "sort=-title&limit=4",
        "sort=due_at&limit=6",
        "limit=25",
    ] {
        let mut walk = walked(&awa, &path, query).await;
        if query == "sort=-title&limit=4" {
            assert!(walk.is_sorted_by(|a, b| a > b), "{walk:?}");
        }
        walk.sort_unstable();
        assert_eq!(walk, all, "{query}");
    }
    let todo = walked(&awa, &path, "status=todo&limit=2").await;
    assert_eq!((todo.len(), todo.is_sorted()), (9, true), "{todo:?}");
}

#[tokio::test]
async fn totals_are_counted_when_asked_for() {
    let plain = list("limit=3").await;
    let counted = list("limit=3&with_total=true").await;
    let filtered = list("status=done&limit=1&with_total=true&sort=title").await;

    assert!(plain["page"].get("total").is_none_or(Value::is_null), "{}", plain["page"]);
    assert_eq!((&counted["page"]["limit"], &counted["page"]["has_more"]), (&json!(3), &json!(true)));
    assert_eq!((&counted["page"]["total"], &counted["page"]["total_capped"]), (&json!(25), &json!(false)));
    assert_eq!(filtered["page"]["total"], 8);
}

#[tokio::test]
async fn what_a_list_does_not_know_is_refused() {
    for (query, pointer) in [
        ("colour=red", "/query/colour"),
        ("status__near=todo", "/query/status__near"),
        ("due_at__isnull=perhaps", "/query/due_at__isnull"),
        ("description=x", "/query/description"),
        ("sort=colour", "/query/sort"),
        ("sort=title,", "/query/sort"),
        ("sort=title,number,status,priority", "/query/sort"),
        ("limit=0", "/query/limit"),
        ("limit=101", "/query/limit"),
        ("limit=-1", "/query/limit"),
        ("limit=ten", "/query/limit"),
    ] {
        assert_eq!(refused(query).await, format!("400 invalid-filter {pointer}"), "{query}");
    }
    assert_eq!(list("limit=100").await["page"]["limit"], 100);
    assert_eq!(list("").await["page"]["limit"], 20);
}

#[tokio::test]
async fn a_cursor_opens_only_the_list_it_came_from() {
    let (awa, path) = (cast().await.awa.client(), tasks().await);
    let other = cast().await.awa.project("Autre liste", &[]).await;
    let cursor = |query: &'static str| async move {
        list(query).await["page"]["next_cursor"].as_str().unwrap().to_owned()
    };
    let (plain, todo, by_title) =
        (cursor("limit=2").await, cursor("status=todo&limit=2").await, cursor("sort=title&limit=2").await);
    let mut bent = plain.clone().into_bytes();
    bent[30] = if bent[30] == b'A' { b'B' } else { b'A' };
    let bent = String::from_utf8(bent).unwrap();

    for query in [
        format!("cursor={bent}"),
        format!("cursor={}", &plain[..plain.len() - 4]),
        format!("status=todo&cursor={plain}"),
        format!("cursor={todo}"),
        format!("status=done&cursor={todo}"),
        format!("sort=-rank&cursor={plain}"),
        format!("sort=title&cursor={plain}"),
        format!("sort=-title&cursor={by_title}"),
        "cursor=nonsense".to_owned(),
        "cursor=".to_owned(),
        format!("cursor={}", "A".repeat(5_000)),
    ] {
        assert_eq!(refused(&query).await, "400 cursor-mismatch", "{query}");
    }
    let elsewhere = get(&awa, &format!("/api/v1/projects/{other}/tasks/?cursor={plain}")).await;
    assert_eq!(refusal(&elsewhere), "400 cursor-mismatch");
    let next = expect(get(&awa, &format!("{path}?cursor={plain}&limit=3&with_total=true")).await, 200);
    assert_eq!(next["data"].as_array().unwrap().len(), 3, "another limit is still the same list");
}

#[tokio::test]
async fn whoever_writes_finds_it_at_once_in_every_order() {
    let cast = cast().await;
    let awa = cast.awa.client();
    let project = cast.awa.project("Fraîcheur", &[]).await;
    let path = format!("/api/v1/projects/{project}/tasks/");

    for n in 0..10 {
        let title = format!("nouvelle {n}");
        let made = expect(post(&awa, &path, &json!({"title": title})).await, 201);
        for query in ["limit=100", "sort=-number&limit=100", "status=todo&sort=title&limit=100"] {
            let found = expect(get(&awa, &format!("{path}?{query}")).await, 200);
            assert!(column(&found, "title").contains(&title.as_str()), "{query}");
        }
        let renamed = json!({"title": format!("renommée {n}")});
        let edited = format!("/api/v1/projects/tasks/{}/", made["id"].as_str().unwrap());
        expect(super::ask::patch(&awa, &edited, &renamed).await, 200);
        let found =
            expect(get(&awa, &format!("{path}?sort=-number&title__contains=renomm&limit=100")).await, 200);
        assert_eq!(found["data"].as_array().unwrap().len(), n + 1);
    }
}

#[tokio::test]
async fn what_is_thrown_away_leaves_every_order_and_comes_back() {
    let cast = cast().await;
    let project = cast.awa.project("Corbeille", &[]).await;
    let (awa, path) = (cast.awa.client(), format!("/api/v1/projects/{project}/tasks/"));
    let mut tasks = Vec::new();
    for title in ["a", "b", "c"] {
        tasks.push(expect(post(&awa, &path, &json!({"title": title})).await, 201));
    }
    let shown = async || {
        let mut shown = Vec::new();
        for query in ["sort=rank", "sort=-title", "sort=due_at,-title", "sort=rank&title__ne=a"] {
            let list = expect(get(&awa, &format!("{path}?{query}&with_total=true")).await, 200);
            shown.push(format!("{} of {}", column(&list, "title").join(""), list["page"]["total"]));
        }
        shown
    };
    let one = format!("/api/v1/projects/tasks/{}/", tasks[1]["id"].as_str().unwrap());

    let before = shown().await;
    expect(delete(&awa, &one).await, 204);
    let without = shown().await;
    expect(post(&awa, &format!("{one}restore/"), &json!({})).await, 200);

    assert_eq!(before, ["abc of 3", "cba of 3", "cba of 3", "bc of 2"]);
    assert_eq!(without, ["ac of 2", "ca of 2", "ca of 2", "c of 1"]);
    let mut back = shown().await;
    back[0] = before[0].clone();
    back[3] = before[3].clone();
    assert_eq!(back, before, "it comes back, though not where it stood on the board");
}
