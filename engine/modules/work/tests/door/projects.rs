//! A project from its beginning: team, tasks, board.

use crate::ground::{Ground, id};
use schema::{caller::Caller, code::Code, event::Hearing, room::RoomId};
use serde_json::{Value, json};

async fn project(ground: &Ground, owner: Caller, title: &str) -> String {
    let input = json!({"title": title, "due_date": "2025-12-31", "start_date": "2025-06-02"});
    id(&ground.body(owner, "CreateProject", input).await, "id")
}

async fn task(ground: &Ground, caller: Caller, project: &str, title: &str) -> Value {
    ground.body(caller, "CreateTask", json!({"project_id": project, "title": title})).await
}

fn room(project: &str) -> RoomId {
    format!("project:{project}").parse().unwrap()
}

/// The titles of a column, from the top.
async fn column(ground: &Ground, caller: Caller, project: &str, status: &str) -> Vec<String> {
    let board = ground.body(caller, "GetBoard", json!({"project_id": project})).await;
    let columns = board["columns"].as_array().unwrap();
    let column = columns.iter().find(|column| column["status"] == status).unwrap();
    let cards = column["cards"].as_array().unwrap();
    assert_eq!(column["count"], cards.len());
    cards.iter().map(|card| card["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_project_grows_a_team_and_a_board() {
    let ground = Ground::new().await;
    let owner = ground.person("kwame", "entrepreneur").await;
    let member = ground.person("awa", "student").await;

    let created = json!({"title": "Jardin partagé", "due_date": "2025-12-31", "tags": ["terre"]});
    let reply = ground.call(owner, "CreateProject", created).await.unwrap();
    let project = id(&reply.body, "id");
    assert_eq!(
        (reply.status, &reply.body["key"], &reply.body["my_role"]),
        (201, &json!("JP"), &json!("owner"))
    );
    assert_eq!(reply.location, Some(format!("/api/v1/projects/{project}/")));
    let hidden = ground.code(member, "GetProject", json!({"project_id": project})).await;
    assert_eq!(hidden, Code::NotFound);

    let added = json!({"project_id": project, "user_id": member.user, "function": "tester"});
    ground.body(owner, "AddMember", added.clone()).await;
    assert_eq!(ground.code(owner, "AddMember", added).await, Code::Duplicate);
    let (_, _, event) = ground.told(&room(&project), "projects.member.added").await;
    assert_eq!(event.data["title"], "Jardin partagé");
    let inbox = RoomId::new("user", member.user.uuid());
    let title = json!("Welcome to “Jardin partagé”");
    ground.told_with(&inbox, "notifications.notification.created", |data| data["title"] == title).await;
    let team = ground.body(member, "ListTeam", json!({"project_id": project})).await;
    let names: Vec<&str> =
        team["data"].as_array().unwrap().iter().filter_map(|row| row["name"].as_str()).collect();
    assert_eq!(names, ["kwame Sarr", "awa Sarr"]);

    let input =
        json!({"project_id": project, "title": "Semer", "assignee_id": member.user, "estimated_minutes": 60});
    let reply = ground.call(member, "CreateTask", input).await.unwrap();
    assert_eq!(
        (reply.status, &reply.body["number"], reply.etag.as_deref()),
        (201, &json!(1), Some("\"v1.0\""))
    );
    task(&ground, owner, &project, "Arroser").await;
    let seen = ground.call(member, "GetProject", json!({"project_id": project})).await.unwrap();
    assert_eq!((&seen.body["task_counts"]["todo"], &seen.body["progress"]), (&json!(2), &json!(0)));
    assert_eq!(seen.etag.as_deref(), Some("\"v1.2\""));
    assert_eq!(column(&ground, member, &project, "todo").await, ["Semer", "Arroser"]);
}

#[tokio::test]
async fn a_card_goes_where_its_neighbours_say() {
    let ground = Ground::new().await;
    let owner = ground.person("kwame", "entrepreneur").await;
    let project = project(&ground, owner, "Board").await;
    let mut cards = Vec::new();
    for title in ["a", "b", "c", "d"] {
        cards.push(id(&task(&ground, owner, &project, title).await, "id"));
    }

    let between = json!({"task_id": cards[3], "after_id": cards[0], "before_id": cards[1]});
    ground.body(owner, "MoveTask", between).await;
    assert_eq!(column(&ground, owner, &project, "todo").await, ["a", "d", "b", "c"]);
    ground.body(owner, "MoveTask", json!({"task_id": cards[2], "before_id": cards[0]})).await;
    assert_eq!(column(&ground, owner, &project, "todo").await, ["c", "a", "d", "b"]);
    ground.body(owner, "MoveTask", json!({"task_id": cards[2], "after_id": cards[1]})).await;
    assert_eq!(column(&ground, owner, &project, "todo").await, ["a", "d", "b", "c"]);
    let moved = ground.body(owner, "MoveTask", json!({"task_id": cards[0], "status": "done"})).await;

    assert_eq!(column(&ground, owner, &project, "todo").await, ["d", "b", "c"]);
    assert_eq!(column(&ground, owner, &project, "done").await, ["a"]);
    assert_eq!(moved["completed_at"], "2025-06-02T09:00:00.000Z");
    let stranger = json!({"task_id": cards[1], "after_id": owner.user});
    assert_eq!(ground.code(owner, "MoveTask", stranger).await, Code::Validation);
}

#[tokio::test]
async fn pushing_into_one_gap_again_and_again_keeps_the_order() {
    let ground = Ground::new().await;
    let owner = ground.person("kwame", "entrepreneur").await;
    let project = project(&ground, owner, "Board").await;
    let first = id(&task(&ground, owner, &project, "first").await, "id");
    let second = id(&task(&ground, owner, &project, "second").await, "id");
    let last = id(&task(&ground, owner, &project, "last").await, "id");

    // The two outer cards leapfrog into the same gap until ranks run out of digits.
    for round in 0..420 {
        let (mover, after) = if round % 2 == 0 { (&second, &first) } else { (&first, &second) };
        let input = json!({"task_id": mover, "after_id": after, "before_id": last});
        let moved = ground.body(owner, "MoveTask", input).await;
        assert!(moved["rank"].as_str().unwrap().len() <= 64, "{moved}");
    }

    assert_eq!(column(&ground, owner, &project, "todo").await, ["second", "first", "last"]);
}

#[tokio::test]
async fn a_stale_move_is_refused_with_the_card_as_it_is() {
    let ground = Ground::new().await;
    let owner = ground.person("kwame", "entrepreneur").await;
    let project = project(&ground, owner, "Board").await;
    let card = id(&task(&ground, owner, &project, "a").await, "id");
    ground.body(owner, "EditTask", json!({"task_id": card, "title": "b"})).await;

    let stale = json!({"task_id": card, "status": "done", "version": 1});
    let refused = ground.call(owner, "MoveTask", stale).await.unwrap_err();

    assert_eq!(refused.code(), Code::VersionConflict);
    let problem = refused.problem(false);
    assert_eq!(
        (&problem.extra["current_version"], &problem.extra["current"]["title"]),
        (&json!(2), &json!("b"))
    );
    let fresh = json!({"task_id": card, "status": "done", "version": 2});
    assert_eq!(ground.body(owner, "MoveTask", fresh).await["status"], "done");
}

#[tokio::test]
async fn members_change_their_own_tasks_and_leads_all() {
    let ground = Ground::new().await;
    let owner = ground.person("kwame", "entrepreneur").await;
    let (awa, yaw) = (ground.person("awa", "student").await, ground.person("yaw", "student").await);
    let manager = ground.person("fatou", "manager").await;
    let project = project(&ground, owner, "Rights").await;
    for member in [awa, yaw] {
        ground.body(owner, "AddMember", json!({"project_id": project, "user_id": member.user})).await;
    }
    let awas = id(&task(&ground, awa, &project, "a").await, "id");
    let edit = |title: &str| json!({"task_id": awas, "title": title});

    assert_eq!(ground.code(yaw, "EditTask", edit("y")).await, Code::Forbidden);
    assert_eq!(ground.body(awa, "EditTask", edit("mine")).await["title"], "mine");
    assert_eq!(ground.body(manager, "EditTask", edit("all")).await["title"], "all");
    let assign = json!({"task_id": awas, "assignee_id": yaw.user, "due_at": null});
    ground.body(owner, "EditTask", assign).await;
    assert_eq!(ground.body(yaw, "EditTask", edit("now mine")).await["version"], 5);
    let outsider = json!({"task_id": awas, "assignee_id": manager.user});
    assert_eq!(ground.code(awa, "EditTask", outsider.clone()).await, Code::Validation);
    let with_team = json!({"task_id": awas, "assignee_id": manager.user, "add_to_team": true});
    ground.body(owner, "EditTask", with_team).await;
    let team = ground.body(owner, "ListTeam", json!({"project_id": project})).await;
    assert_eq!(team["data"].as_array().map(Vec::len), Some(4));
    let (_, told, _) = ground.told(&room(&project), "projects.task.assigned").await;
    assert_eq!(told.notify, [yaw.user, manager.user]);
}

#[tokio::test]
async fn a_task_is_blocked_with_its_reason_and_told_to_who_asked_for_it() {
    let ground = Ground::new().await;
    let owner = ground.person("kwame", "entrepreneur").await;
    let manager = ground.person("fatou", "manager").await;
    let project = project(&ground, owner, "Flow").await;
    let card = id(&task(&ground, owner, &project, "a").await, "id");
    let to = |to: &str| json!({"task_id": card, "to": to});

    assert_eq!(ground.code(manager, "TransitionTask", to("blocked")).await, Code::Validation);
    let reason = json!({"task_id": card, "to": "blocked", "reason": "no water"});
    let blocked = ground.body(manager, "TransitionTask", reason).await;
    assert_eq!((&blocked["status"], &blocked["blocked_reason"]), (&json!("blocked"), &json!("no water")));
    assert_eq!(ground.code(manager, "TransitionTask", to("blocked")).await, Code::InvalidTransition);
    let done = ground.body(manager, "TransitionTask", to("done")).await;

    assert_eq!(done["blocked_reason"], Value::Null);
    let (_, told, event) = ground.told(&room(&project), "projects.task.status_changed").await;
    assert_eq!((&event.data["from"], &event.data["to"]), (&json!("blocked"), &json!("done")));
    assert_eq!(told.notify, [owner.user]);
    let seen = ground.body(owner, "GetProject", json!({"project_id": project})).await;
    assert_eq!((&seen["progress"], &seen["task_counts"]["done"]), (&json!(100), &json!(1)));
}

#[tokio::test]
async fn a_removed_member_hears_nothing_later_and_writes_nothing_late() {
    let ground = Ground::new().await;
    let owner = ground.person("kwame", "entrepreneur").await;
    let awa = ground.person("awa", "student").await;
    let project = project(&ground, owner, "Removal").await;
    ground.body(owner, "AddMember", json!({"project_id": project, "user_id": awa.user})).await;
    let theirs = id(&task(&ground, awa, &project, "a").await, "id");
    for n in 0..50 {
        let input = json!({"project_id": project, "title": format!("t{n}"), "assignee_id": awa.user});
        ground.body(owner, "CreateTask", input).await;
    }
    assert!(ground.hears(awa, &room(&project)).await);
    assert_eq!(
        ground.code(awa, "RemoveMember", json!({"project_id": project, "user_id": owner.user})).await,
        Code::Forbidden
    );
    assert_eq!(
        ground.code(owner, "RemoveMember", json!({"project_id": project, "user_id": owner.user})).await,
        Code::RuleViolation
    );

    let removal = json!({"project_id": project, "user_id": awa.user});
    let removed = ground.call(owner, "RemoveMember", removal.clone()).await.unwrap();

    assert_eq!(removed.status, 204);
    let (_, told, _) = ground.told(&room(&project), "projects.member.removed").await;
    assert_eq!((told.hearing, told.notify), (Some(Hearing::Drop(awa.user)), vec![awa.user]));
    assert!(!ground.hears(awa, &room(&project)).await);
    let late = json!({"task_id": theirs, "title": "late"});
    assert_eq!(ground.code(awa, "EditTask", late).await, Code::NotFound);
    assert_eq!(ground.code(owner, "RemoveMember", removal).await, Code::NotFound);
    let assigned = json!({"project_id": project, "query": {"assignee_id": awa.user, "limit": 1}});
    for _ in 0..200 {
        let left = ground.body(owner, "ListTasks", assigned.clone()).await;
        if left["data"].as_array().is_some_and(Vec::is_empty) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("a removed member still has open tasks");
}

#[tokio::test]
async fn a_write_that_was_permitted_before_a_removal_is_refused_after_it() {
    let ground = Ground::new().await;
    let owner = ground.person("kwame", "entrepreneur").await;
    let awa = ground.person("awa", "student").await;
    let project = project(&ground, owner, "Race").await;
    ground.body(owner, "AddMember", json!({"project_id": project, "user_id": awa.user})).await;

    // Both at once, again and again: whichever comes first, nothing of hers follows her removal.
    let removal = ground.body(owner, "RemoveMember", json!({"project_id": project, "user_id": awa.user}));
    let writes = async {
        for n in 0..20 {
            let input = json!({"project_id": project, "title": format!("t{n}")});
            let _ = ground.call(awa, "CreateTask", input).await;
        }
    };
    let ((), _) = tokio::join!(writes, removal);

    let log = ground.log(&room(&project)).await;
    let (removed_at, ..) = log.iter().find(|(_, told, _)| told.name == "projects.member.removed").unwrap();
    let last_of_hers =
        log.iter().filter(|(.., event)| event.actor_id == Some(awa.user)).map(|(seq, ..)| seq).max();
    assert!(last_of_hers.is_none_or(|last| last < removed_at));
}

#[tokio::test]
async fn lists_are_paged_filtered_and_sorted() {
    let ground = Ground::new().await;
    let owner = ground.person("kwame", "entrepreneur").await;
    let project = project(&ground, owner, "Lists").await;
    for (n, priority) in (1..=5).zip(["low", "high", "low", "high", "low"]) {
        let input = json!({"project_id": project, "title": format!("Task {n}"), "priority": priority,
                           "estimated_minutes": 60 - n});
        ground.body(owner, "CreateTask", input).await;
    }
    let list = |query: Value| ground.body(owner, "ListTasks", json!({"project_id": project, "query": query}));
    let numbers = |page: &Value| -> Vec<u64> {
        page["data"].as_array().unwrap().iter().filter_map(|row| row["number"].as_u64()).collect()
    };

    let first = list(json!({"limit": 2})).await;
    let second = list(json!({"limit": 2, "cursor": first["page"]["next_cursor"]})).await;
    let low = list(json!({"priority": "low", "with_total": "true"})).await;
    let shortest = list(json!({"sort": "estimated_minutes", "limit": 3})).await;
    let found = list(json!({"title__contains": "ASK 4", "number": "4"})).await;

    assert_eq!((numbers(&first), numbers(&second)), (vec![1, 2], vec![3, 4]));
    assert_eq!((numbers(&low), &low["page"]["total"]), (vec![1, 3, 5], &json!(3)));
    assert_eq!((numbers(&shortest), numbers(&found)), (vec![5, 4, 3], vec![4]));
    let unknown = json!({"project_id": project, "query": {"colour": "red"}});
    assert_eq!(ground.code(owner, "ListTasks", unknown).await, Code::InvalidFilter);
}

#[tokio::test]
async fn people_list_what_they_may_see() {
    let ground = Ground::new().await;
    let owner = ground.person("kwame", "entrepreneur").await;
    let (awa, manager) = (ground.person("awa", "student").await, ground.person("fatou", "manager").await);
    let hidden = project(&ground, owner, "Hidden one").await;
    let shared = project(&ground, owner, "Shared one").await;
    ground.body(owner, "AddMember", json!({"project_id": shared, "user_id": awa.user})).await;
    let open = json!({"title": "Open to all", "due_date": "2025-12-31", "visibility": "organization"});
    ground.body(owner, "CreateProject", open).await;
    let titles = |page: &Value| -> Vec<String> {
        page["data"].as_array().unwrap().iter().map(|row| row["title"].as_str().unwrap().to_owned()).collect()
    };

    let own = ground.body(awa, "ListProjects", json!({"query": {"sort": "title"}})).await;
    let all = ground.body(manager, "ListProjects", json!({"query": {"with_total": true}})).await;

    assert_eq!(titles(&own), ["Open to all", "Shared one"]);
    assert_eq!((all["page"]["total"].as_u64(), titles(&all).len()), (Some(3), 3));
    assert_eq!(all["data"][0]["progress"], 0);
    assert_eq!(ground.code(awa, "GetProject", json!({"project_id": hidden})).await, Code::NotFound);
    let nowhere = json!({"project_id": awa.user});
    assert_eq!(ground.code(manager, "GetProject", nowhere.clone()).await, Code::NotFound);
    assert_eq!(ground.code(awa, "ListTasks", nowhere).await, Code::NotFound);
    let create = json!({"title": "Mine", "due_date": "2025-12-31"});
    assert_eq!(ground.code(awa, "CreateProject", create).await, Code::Forbidden);
}

#[tokio::test]
async fn keys_are_unique_and_titles_alike_get_numbered_ones() {
    let ground = Ground::new().await;
    let owner = ground.person("kwame", "entrepreneur").await;
    let create = |key: Option<&str>| json!({"title": "Same title", "due_date": "2025-12-31", "key": key});

    let first = ground.body(owner, "CreateProject", create(None)).await;
    let second = ground.body(owner, "CreateProject", create(None)).await;
    let refused = ground.call(owner, "CreateProject", create(Some("ST"))).await.unwrap_err();

    assert_eq!((&first["key"], &second["key"]), (&json!("ST"), &json!("ST1")));
    assert_eq!(
        (refused.code(), refused.problem(false).errors[0].pointer.as_str()),
        (Code::Duplicate, "/key")
    );
    assert_eq!(ground.code(owner, "CreateProject", create(Some("nope"))).await, Code::Validation);
}
