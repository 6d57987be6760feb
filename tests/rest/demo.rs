//! The demonstration, as somebody sees it who signs in to look around: everything is there, agrees with itself, and is
//! there once.

use super::{
    apart::Apart,
    ask::{column, expect, get},
};
use gateway::client::Client;
use schema::{clock::Clock, role::Role};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

const STATUSES: [(&str, &str); 6] = [
    ("BISSAP", "completed"),
    ("CODE", "in_progress"),
    ("FESTI", "not_started"),
    ("JARDIN", "in_progress"),
    ("RADIO", "on_hold"),
    ("SOLAR", "in_progress"),
];

async fn sign_in(apart: &Apart, name: &str) -> Client {
    let demo = people::demo(apart.server.engine()).await.unwrap();
    let email = format!("{name}@demo.ecosystia.app");
    let body = json!({"email": email, "password": demo.password, "client": "native"});
    let signed_in = apart.world.anonymous().post("/api/v1/auth/login/", &body).await.unwrap().body;
    apart.world.anonymous().with_token(signed_in["access_token"].as_str().unwrap())
}

async fn seen(client: &Client, path: &str) -> Value {
    expect(get(client, path).await, 200)
}

/// The projects by their keys.
async fn projects(client: &Client) -> BTreeMap<String, Value> {
    let list = seen(client, "/api/v1/projects/?limit=100").await;
    let projects = list["data"].as_array().unwrap().clone();
    projects.into_iter().map(|project| (project["key"].as_str().unwrap().to_owned(), project)).collect()
}

/// All tasks of a project.
async fn tasks(client: &Client, project: &Value) -> Vec<Value> {
    let path =
        format!("/api/v1/projects/{}/tasks/?limit=100&with_total=true", project["id"].as_str().unwrap());
    let page = seen(client, &path).await;
    let tasks = page["data"].as_array().unwrap().clone();
    assert_eq!(page["page"]["total"], tasks.len(), "{path}");
    tasks
}

/// What would be twice there if something were played twice.
async fn counts(client: &Client, meetings: &[String]) -> Vec<(String, usize)> {
    let mut counts = Vec::new();
    for (key, project) in projects(client).await {
        let path = format!("/api/v1/projects/{}", project["id"].as_str().unwrap());
        for part in ["tasks", "risks", "reports", "milestones", "labels", "team"] {
            let list = seen(client, &format!("{path}/{part}/?limit=100")).await;
            counts.push((format!("{key} {part}"), list["data"].as_array().unwrap().len()));
        }
        let links =
            seen(client, &format!("{path}/timeline/")).await["dependencies"].as_array().unwrap().len();
        counts.push((format!("{key} dependencies"), links));
        for task in tasks(client, &project).await {
            let id = task["id"].as_str().unwrap();
            let talk = seen(client, &format!("/api/v1/core/comments/?entity_type=task&entity_id={id}")).await;
            let items = seen(client, &format!("/api/v1/projects/tasks/{id}/checklist/")).await;
            let sizes = [&talk, &items].map(|list| list["data"].as_array().unwrap().len());
            counts.push((format!("{key} {}", task["number"]), sizes[0] * 100 + sizes[1]));
        }
    }
    for id in meetings {
        for part in ["messages", "attendees", "actions"] {
            let list = seen(client, &format!("/api/v1/meetings/{id}/{part}/?limit=100")).await;
            counts.push((format!("{id} {part}"), list["data"].as_array().unwrap().len()));
        }
    }
    counts
}

/// The meetings that somebody attends: those that are not called by their series, and how many of these.
async fn meetings(client: &Client) -> (Vec<Value>, usize) {
    let days = |days: i64| Clock::system().now().plus_seconds(days * 86_400).to_string();
    let path = format!("/api/v1/meetings/?limit=100&sort=start_at&from={}&to={}", days(-40), days(45));
    let list = seen(client, &path).await;
    let all = list["data"].as_array().unwrap().clone();
    let own = all.into_iter().filter(|meeting| meeting["my_role"].is_string());
    let (series, single): (Vec<_>, Vec<_>) = own.partition(|meeting| meeting["series_id"].is_string());
    (single, series.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_shows_a_programme_that_agrees_with_itself() {
    let apart = Apart::start().await;
    work::demo(apart.server.engine()).await.unwrap();
    let fatou = sign_in(&apart, "fatou").await;

    let people = seen(&apart.world.admin(), "/api/v1/users/?limit=100").await;
    let roles: BTreeSet<&str> = column(&people, "role").into_iter().collect();
    assert_eq!(roles, Role::ALL.map(Role::word).into_iter().collect());
    let departments = seen(&apart.world.admin(), "/api/v1/users/departments/").await;
    let top = &departments["data"][0];
    assert_eq!((top["members"].as_u64(), top["children"].as_u64()), (Some(1), Some(6)), "{top}");

    let projects = projects(&fatou).await;
    let statuses: Vec<(&str, &str)> =
        projects.iter().map(|(key, project)| (key.as_str(), project["status"].as_str().unwrap())).collect();
    assert_eq!(statuses, STATUSES);
    let today = apart.clock.now().to_string();
    assert!(projects["CODE"]["due_date"].as_str() < today.get(..10), "one is late");
    let mut all = 0;
    for (key, project) in &projects {
        all += agrees(&fatou, key, project, &today).await;
    }
    assert_eq!(all, 300);
}

/// A project's board, progress and timeline say the same as its tasks; answers how many these are.
async fn agrees(client: &Client, key: &str, project: &Value, now: &str) -> usize {
    let tasks = tasks(client, project).await;
    let path = format!("/api/v1/projects/{}", project["id"].as_str().unwrap());
    let board = seen(client, &format!("{path}/board/")).await;
    for shown in board["columns"].as_array().unwrap() {
        let listed = tasks.iter().filter(|task| task["status"] == shown["status"]).count();
        assert_eq!(shown["count"], listed, "{key} {}", shown["status"]);
        assert_eq!(
            shown["cards"].as_array().map(Vec::len),
            Some(listed.min(50)),
            "{key} {}",
            shown["status"]
        );
    }
    let live: Vec<&Value> = tasks.iter().filter(|task| task["status"] != "cancelled").collect();
    let estimated = live.iter().all(|task| task["estimated_minutes"].is_u64());
    let weight = |task: &&&Value| if estimated { task["estimated_minutes"].as_u64().unwrap() } else { 1 };
    let done: u64 = live.iter().filter(|task| task["status"] == "done").map(|task| weight(&task)).sum();
    let percent = done * 100 / live.iter().map(|task| weight(&task)).sum::<u64>();
    let rule = if project["status"] == "completed" { 100 } else { percent };
    assert_eq!(project["progress"], rule, "{key}");
    for task in &tasks {
        let is_done = task["status"] == "done";
        assert_eq!(task["completed_at"].is_string(), is_done, "{key}: {}", task["title"]);
        assert!(task["completed_at"].as_str().is_none_or(|at| at <= now), "{key}: {}", task["title"]);
        assert_eq!(
            task["blocked_reason"].is_string(),
            task["status"] == "blocked",
            "{key}: {}",
            task["title"]
        );
    }
    let timeline = seen(client, &format!("{path}/timeline/")).await;
    let path = timeline["critical_path"].as_array().unwrap();
    assert!(project["status"] == "completed" || path.len() >= 4, "{key}: {path:?}");
    tasks.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_has_meetings_behind_and_ahead_and_an_inbox_that_is_partly_read() {
    let apart = Apart::start().await;
    work::demo(apart.server.engine()).await.unwrap();
    let fatou = sign_in(&apart, "fatou").await;

    let (single, mut of_series) = meetings(&fatou).await;
    // The server calls them by itself, one after the other.
    for _ in 0..100 {
        if of_series >= 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        of_series = meetings(&fatou).await.1;
    }
    let mut statuses: BTreeMap<&str, &str> = BTreeMap::new();
    for meeting in &single {
        statuses.insert(meeting["status"].as_str().unwrap(), meeting["id"].as_str().unwrap());
    }
    let held = ["cancelled", "completed", "in_progress", "postponed", "scheduled"];
    assert_eq!(statuses.keys().copied().collect::<Vec<_>>(), held);
    assert!(of_series >= 3, "{of_series} meetings of a series are ahead");
    let held = single.iter().find(|meeting| meeting["title"] == "Comité de pilotage des jardins").unwrap();
    let held = format!("/api/v1/meetings/{}", held["id"].as_str().unwrap());
    let minutes = seen(&fatou, &format!("{held}/minutes/")).await;
    assert_eq!(
        (&minutes["state"], minutes["decisions"].as_array().map(Vec::len)),
        (&json!("published"), Some(3))
    );
    assert_eq!(seen(&fatou, &format!("{held}/actions/")).await["data"].as_array().map(Vec::len), Some(4));
    let running = format!("/api/v1/meetings/{}", statuses["in_progress"]);
    let talk = seen(&fatou, &format!("{running}/messages/?limit=100")).await;
    assert!(talk["data"].as_array().unwrap().iter().any(|said| !said["reactions"][0].is_null()), "{talk}");
    let pinned = seen(&fatou, &format!("{running}/messages/?pinned=true")).await;
    assert_eq!(pinned["data"].as_array().map(Vec::len), Some(1));
    let guests = seen(&fatou, &format!("{held}/attendees/")).await;
    let answers: BTreeSet<&str> = column(&guests, "rsvp").into_iter().collect();
    assert!(answers.contains("accepted") && answers.contains("declined"), "{answers:?}");

    let unread = settled_unread(&fatou).await;
    let list = seen(&fatou, "/api/v1/notifications/?limit=100").await;
    let (read, waiting): (Vec<&Value>, Vec<&Value>) =
        list["data"].as_array().unwrap().iter().partition(|one| one["read_at"].is_string());
    assert_eq!(unread, waiting.len());
    assert!(!waiting.is_empty() && !read.is_empty(), "{} waiting, {} read", waiting.len(), read.len());
}

/// How many notifications are unread once no more come.
async fn settled_unread(client: &Client) -> usize {
    let mut before = usize::MAX;
    for _ in 0..100 {
        let unread = seen(client, "/api/v1/notifications/unread-count/").await;
        let total = unread["total"].as_u64().and_then(|total| usize::try_from(total).ok()).unwrap();
        if total == before {
            return total;
        }
        before = total;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    panic!("notifications never stop coming");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_that_is_cut_short_again_and_again_is_played_once() {
    let whole = Apart::start().await;
    work::demo(whole.server.engine()).await.unwrap();
    let apart = Apart::start().await;

    let mut cuts = 0;
    let mut patience = Duration::from_millis(40);
    // Ends wherever it happens to be, as a crash would, and later each time.
    while tokio::time::timeout(patience, work::demo(apart.server.engine())).await.map(Result::unwrap).is_err()
    {
        cuts += 1;
        patience = patience * 5 / 4;
        // Nobody is left to hear of it, but what was on its way is written: after a crash nothing is.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(cuts > 2, "{cuts}");

    let (there, here) = (sign_in(&whole, "fatou").await, sign_in(&apart, "fatou").await);
    let ids = |meetings: &[Value]| {
        let mut named: Vec<(String, String)> = meetings
            .iter()
            .map(|meeting| (meeting["title"].to_string(), meeting["id"].as_str().unwrap().to_owned()))
            .collect();
        named.sort();
        named.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
    };
    let (meetings_there, meetings_here) = (ids(&meetings(&there).await.0), ids(&meetings(&here).await.0));
    let sizes = |counts: Vec<(String, usize)>| counts.into_iter().map(|(_, size)| size).collect::<Vec<_>>();
    let played_whole = sizes(counts(&there, &meetings_there).await);
    let first = sizes(counts(&here, &meetings_here).await);
    assert_eq!(first, played_whole);
    let devices = seen(&here, "/api/v1/auth/sessions/").await;
    work::demo(apart.server.engine()).await.unwrap();
    assert_eq!(sizes(counts(&here, &meetings_here).await), first);
    assert_eq!(ids(&meetings(&here).await.0), meetings_here);
    assert_eq!(
        seen(&here, "/api/v1/auth/sessions/").await["data"],
        devices["data"],
        "nobody signed in for it"
    );
}
