//! Two organizations on one server: what belongs to the other one is not there. Wherever an id is taken, in a path or a
//! body, one of theirs is refused in the very words in which one is that nobody has.

use super::{
    apart::Apart,
    ask::{get, send},
    ground::{self, Asked, Records, SAMPLE},
};
use crate::harness::{PASSWORD, Person, World};
use gateway::client::{Answer, Ask, Client};
use people::FirstStart;
use schema::{role::Role, room::RoomId};
use serde_json::{Value, json};

/// Who runs the other organization.
const THEIR_ADMIN: &str = "administration@example.com";
/// An id that nobody has.
const NOBODYS: &str = "01935fae-d5b8-7abc-8def-0123456789ab";
/// Where any id is taken, because it refers to nothing or is left out where it can't be read: nobody is told, nothing
/// is shown.
const TAKEN: [(&str, &str); 6] = [
    // Only the server and who does everything everywhere say for whom; of others it is not looked at.
    ("AcknowledgeAlert", "/org_id"),
    ("RemindOfTasks", "/user_id"),
    ("CreateComment", "/mention_ids/0"),
    ("PostMessage", "/mention_ids/0"),
    ("PostMessage", "/client_id"),
    ("EditPreferences", "/muted/0/entity_id"),
];
/// Where nobody but oneself may be named, so anybody else is refused alike.
const ONESELF: [(&str, &str); 1] = [("SetPresence", "/user_id")];
/// Operations after which nothing more can be asked by the same person, and those that ask for no token.
const LEFT_OUT: [&str; 5] = ["Logout", "LogoutEverywhere", "ChangePassword", "Login", "ReadCalendarFeed"];

/// The two sides.
struct Sides {
    _apart: Apart,
    /// Who asks, with records of their own, and somebody of their organization who may do little.
    mine: Person,
    records: Records,
    student: Person,
    /// Records of the other organization.
    theirs: Records,
}

async fn sides() -> Sides {
    let apart = Apart::start().await;
    let start = FirstStart {
        org_name: "Autre programme".into(),
        admin_email: THEIR_ADMIN.into(),
        admin_password: Some(PASSWORD.into()),
    };
    people::found(apart.server.engine(), apart.clock.new_id(), start).await.unwrap();
    let other = World::run_by(apart.server.addr(), THEIR_ADMIN);
    let they = other.person("Awa", Role::Administrator).await;
    let mine = apart.world.person("Binta", Role::Administrator).await;
    let student = apart.world.person("Kofi", Role::Student).await;
    let theirs = ground::records(&they, &other.admin()).await;
    let records = ground::records(&mine, &apart.world.admin()).await;
    Sides { _apart: apart, mine, records, student, theirs }
}

/// What an answer says, but for where and when it was asked.
fn said(answer: &Answer) -> (u16, Value) {
    let mut body = answer.body.clone();
    if let Some(members) = body.as_object_mut() {
        members.remove("instance");
        members.remove("request_id");
    }
    (answer.status.as_u16(), body)
}

/// The record that a member of a body names.
fn meant(operation: &str, name: &str) -> &'static str {
    match (name, operation) {
        ("project_id", _) => "project_id",
        ("org_id", _) => "org_id",
        ("template_id", _) => "template_id",
        ("milestone_id", _) => "milestone_id",
        ("label_ids", _) => "label_id",
        ("reply_to_id", _) => "message_id",
        ("department_id", _) | ("parent_id", "CreateDepartment" | "EditDepartment") => "department_id",
        ("parent_id", "CreateComment") => "comment_id",
        ("after_id", "EditChecklistItem") => "item_id",
        ("id", "SetAgenda") => "agenda_item_id",
        ("entity_id" | "parent_id", _) => "task_id",
        ("depends_on_id" | "after_id" | "before_id", _) => "other_task_id",
        // There are no files yet: no id is anybody's.
        ("client_id" | "file_ids", _) => "message_id",
        ("user_id" | "user_ids" | "assignee_id" | "attendee_ids" | "mention_ids" | "owner_id", _)
        | ("manager_id" | "deputy_id" | "reassign_to", _) => "user_id",
        _ => panic!("{operation}: it is not known here what {name} names"),
    }
}

/// What a sample must have else to be a wish that could come true.
fn corrected(operation: &str) -> Value {
    let end = json!({"start_at": "2030-01-15T09:00:00.000Z", "end_at": "2030-01-15T10:00:00.000Z"});
    let span = json!({"from": "2030-01-15T09:00:00.000Z", "to": "2030-01-15T18:00:00.000Z"});
    match operation {
        "CreateMeeting" => json!({"end_at": end["end_at"], "recurrence": null, "capacity": 50}),
        "EditMeeting" => json!({"start_at": null, "end_at": null, "capacity": null, "rrule": null}),
        "AskAvailability" | "FindSlots" => span,
        "CreateComment" => json!({"entity_type": "task"}),
        "CreateTask" | "EditTask" => json!({"start_date": "2030-01-01"}),
        "EditRisk" => json!({"status": null}),
        "EditPreferences" => json!({"matrix": null, "quiet_hours": null}),
        "TransitionUser" => json!({"to": "deactivated"}),
        "MoveTask" => json!({"version": null}),
        "TransitionTask" => json!({"to": "in_progress"}),
        "EditChecklistItem" => json!({"first": null}),
        "InviteAttendees" => json!({"role": "attendee"}),
        _ => json!({}),
    }
}

/// The pointers at which a value holds the id of the samples.
fn ids_in(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text == SAMPLE => found.push(at.to_owned()),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(n, inner)| ids_in(inner, &format!("{at}/{n}"), found));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, inner)| ids_in(inner, &format!("{at}/{name}"), found));
        }
        _ => {}
    }
}

/// The member that a pointer leads to: the last name in it.
fn name_of(pointer: &str) -> &str {
    pointer.rsplit('/').find(|part| part.parse::<usize>().is_err()).unwrap()
}

/// A body with one id in it, and those of the asker's own without which there is no asking.
fn body_with(asked: &Asked, records: &Records, wanted: Option<(&str, &str)>) -> Option<Value> {
    let mut body = asked.body.clone()?;
    let mut pointers = Vec::new();
    ids_in(&body, "", &mut pointers);
    for pointer in pointers {
        let (above, last) = pointer.rsplit_once('/').unwrap();
        let required = asked.required.iter().any(|name| name == name_of(&pointer));
        let id = match wanted {
            Some((place, id)) if place == pointer => Some(id),
            _ if required => Some(records[meant(&asked.name, name_of(&pointer))].as_str()),
            _ => None,
        };
        match (id, body.pointer_mut(above).unwrap()) {
            (Some(id), Value::Array(list)) => list[last.parse::<usize>().unwrap()] = id.into(),
            (None, Value::Array(list)) => list.clear(),
            (Some(id), Value::Object(members)) => drop(members.insert(last.to_owned(), id.into())),
            (None, Value::Object(members)) => drop(members.remove(last)),
            (_, other) => panic!("{other} holds an id"),
        }
    }
    let members = body.as_object_mut().unwrap();
    for (name, value) in corrected(&asked.name).as_object().unwrap() {
        if value.is_null() {
            members.remove(name)
        } else {
            members.insert(name.clone(), value.clone())
        };
    }
    Some(body)
}

async fn asks(client: &Client, asked: &Asked, path: &str, body: Option<&Value>) -> Answer {
    let ask = asked.named(Ask::new(asked.method.parse().unwrap(), path));
    send(client, if let Some(body) = body { ask.json(body) } else { ask }).await
}

/// Every place in a path: theirs, and nobody's.
async fn paths(sides: &Sides, wrong: &mut Vec<String>) -> usize {
    let mut looked_at = 0;
    for asked in operations() {
        let body = body_with(&asked, &sides.records, None);
        for name in asked.names.iter().map(|name| asked.record(name)).filter(|name| *name != "secret") {
            let Some(theirs) = sides.theirs.get(name) else { continue };
            for (person, may) in [(&sides.mine, true), (&sides.student, false)] {
                let with = async |id: &str| {
                    let path = asked.filled(|other| {
                        if other == name { id.to_owned() } else { sides.records[other].clone() }
                    });
                    said(&asks(&person.client(), &asked, &path, body.as_ref()).await)
                };
                let (foreign, unknown) = (with(theirs).await, with(NOBODYS).await);
                looked_at += 1;
                if foreign != unknown || (may && foreign.0 != 404) {
                    wrong.push(format!("{} {name}: {foreign:?}, but of nobody's {unknown:?}", asked.name));
                }
            }
        }
    }
    looked_at
}

/// Every place in a body: theirs, and nobody's.
async fn bodies(sides: &Sides, wrong: &mut Vec<String>) -> usize {
    let mut looked_at = 0;
    for asked in operations() {
        let mut pointers = Vec::new();
        asked.body.iter().for_each(|body| ids_in(body, "", &mut pointers));
        // Nobody decides over their own account.
        let decides = |name: &str| asked.module == "users" && name == "user_id";
        let student = sides.student.id.to_string();
        let path = asked.filled(|name| if decides(name) { &student } else { &sides.records[name] }.clone());
        for pointer in pointers {
            let theirs = &sides.theirs[meant(&asked.name, name_of(&pointer))];
            let with = async |id: &str| {
                let body = body_with(&asked, &sides.records, Some((&pointer, id)));
                said(&asks(&sides.mine.client(), &asked, &path, body.as_ref()).await)
            };
            let (unknown, foreign) = (with(NOBODYS).await, with(theirs).await);
            looked_at += 1;
            if TAKEN.contains(&(&asked.name, &pointer)) {
                if foreign.0 != unknown.0 || foreign.0 >= 300 {
                    wrong.push(format!("{} {pointer} is not taken: {foreign:?} {unknown:?}", asked.name));
                }
                continue;
            }
            let pointed = unknown.1["errors"].as_array().into_iter().flatten();
            let mut pointed = pointed.filter_map(|error| error["pointer"].as_str());
            let oneself = ONESELF.contains(&(&asked.name, &pointer)) && unknown.0 == 403;
            let refused = oneself
                || unknown.0 == 404
                || (unknown.0 == 422 && pointed.any(|at| pointer.starts_with(at)));
            if foreign != unknown || !refused {
                wrong.push(format!("{} {pointer}: {foreign:?}, but of nobody's {unknown:?}", asked.name));
            }
        }
    }
    looked_at
}

fn operations() -> Vec<Asked> {
    let mut operations = ground::operations();
    operations.retain(|asked| !LEFT_OUT.contains(&asked.name.as_str()));
    operations
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_another_organization_is_not_there() {
    let sides = sides().await;
    let mut wrong = Vec::new();

    let in_paths = paths(&sides, &mut wrong).await;
    let in_bodies = bodies(&sides, &mut wrong).await;

    assert!(wrong.is_empty(), "{} places:\n{}", wrong.len(), wrong.join("\n"));
    println!("{in_paths} places in paths and {in_bodies} in bodies");
    assert!(in_paths > 150 && in_bodies > 40, "{in_paths} {in_bodies}");
}

/// Lists and sheets of the whole organization, and what can be asked of them by an id.
#[tokio::test(flavor = "multi_thread")]
async fn no_list_and_no_room_shows_anything_of_another_organization() {
    let sides = sides().await;
    let client = sides.mine.client();
    let queries = |id: &Records| {
        let (task, user) = (&id["task_id"], &id["user_id"]);
        [
            format!("/api/v1/core/comments/?entity_type=task&entity_id={task}"),
            format!("/api/v1/core/comments/?entity_type=user&entity_id={user}"),
            format!("/api/v1/core/activity/?entity_type=task&entity_id={task}"),
            format!("/api/v1/meetings/?project_id={}", id["project_id"]),
            format!("/api/v1/users/?department_id={}", id["department_id"]),
            format!("/api/v1/projects/{}/tasks/?assignee_id={user}", sides.records["project_id"]),
        ]
    };
    let nobodys: Records = sides.theirs.keys().map(|name| (*name, NOBODYS.to_owned())).collect();
    let mut socket = sides.mine.socket().await;

    let mut looked_at = 0;
    for asked in operations().iter().filter(|asked| asked.method == "GET" && asked.names.is_empty()) {
        let answer = get(&client, &asked.path).await;
        let told = answer.body.to_string();
        let shown: Vec<_> = sides.theirs.iter().filter(|(_, id)| told.contains(*id)).collect();
        assert!(shown.is_empty(), "{} shows {shown:?}", asked.name);
        looked_at += usize::from(answer.status.is_success());
    }
    assert!(looked_at > 20, "{looked_at}");
    for (foreign, unknown) in queries(&sides.theirs).iter().zip(queries(&nobodys)) {
        assert_eq!(said(&get(&client, foreign).await), said(&get(&client, &unknown).await), "{foreign}");
    }
    for (kind, name) in [("project", "project_id"), ("meeting", "meeting_id"), ("user", "user_id")] {
        let mut join = async |id: &str| {
            let refused = socket.join(&RoomId::new(kind, id.parse().unwrap()), None).await.unwrap_err();
            let problem = refused.problem().unwrap();
            (problem.code, problem.detail.clone(), problem.title.clone())
        };
        let (foreign, unknown) = (join(&sides.theirs[name]).await, join(NOBODYS).await);
        assert_eq!(foreign, unknown, "{kind}");
    }
}
