//! Each role before each operation, through the door: as nobody to the record, as who leads its container, and as who
//! only looks on. The door must refuse exactly what the pure decision refuses, and for the same reason.

use crate::harness::{Person, World, config};
use engine::{Action, Catalog, Needs, Standing, permission::permit};
use gateway::client::Ask;
use people::users::matrix;
use schema::{caller::Caller, id::OrgId, role::Role};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Operations after which nothing more can be asked by the same person.
const LAST: &[&str] = &["Logout", "LogoutEverywhere", "ChangePassword"];
/// Makes a new record of one that must be readable: towards what is new, nobody is anything yet.
const COPIES: &str = "DuplicateProject";
/// Values of a path that name something in a project, and in a meeting.
const OF_PROJECT: &[&str] = &["project_id", "task_id", "milestone_id", "label_id", "risk_id"];
const OF_MEETING: &[&str] = &["meeting_id"];

/// The one who asks, and what they are to the record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum As {
    Nobody,
    Lead,
    Viewer,
}

impl As {
    /// The membership role, in a project and in a meeting.
    const fn role(self, meeting: bool) -> Option<&'static str> {
        match (self, meeting) {
            (Self::Nobody, _) => None,
            (Self::Lead, false) => Some("lead"),
            (Self::Lead, true) => Some("moderator"),
            (Self::Viewer, false) => Some("viewer"),
            (Self::Viewer, true) => Some("observer"),
        }
    }
}

/// Records that belong to somebody else, and what the asker is to each of the two sets.
async fn records(owner: &Person, asker: &Person, asks_as: As) -> BTreeMap<&'static str, String> {
    let id = |made: &Value| made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    let project = owner.project("Droits", &[]).await;
    let under = |tail: &str| format!("/api/v1/projects/{project}/{tail}");
    let made = async |tail: &str, body: Value| id(&owner.post(&under(tail), &body).await.1);
    let meeting = owner.meeting("Droits", &[]).await;
    let records = BTreeMap::from([
        ("project_id", project.to_string()),
        ("task_id", made("tasks/", json!({"title": "Une tâche"})).await),
        ("milestone_id", made("milestones/", json!({"title": "Un jalon", "due_date": "2030-01-01"})).await),
        ("label_id", made("labels/", json!({"name": "urgent", "color": "#ff0000"})).await),
        (
            "risk_id",
            made("risks/", json!({"title": "Un risque", "likelihood": "low", "impact": "low"})).await,
        ),
        ("meeting_id", meeting.to_string()),
        ("user_id", owner.id.to_string()),
    ]);
    if let Some(role) = asks_as.role(false) {
        let (status, said) = owner.post(&under("team/"), &json!({"user_id": asker.id, "role": role})).await;
        assert_eq!(status, 201, "{said}");
        let body = json!({"user_ids": [asker.id], "role": asks_as.role(true)});
        let (status, said) = owner.post(&format!("/api/v1/meetings/{meeting}/attendees/"), &body).await;
        assert_eq!(status, 201, "{said}");
    }
    records
}

/// An operation as the description knows it.
struct Asked {
    name: String,
    method: String,
    path: String,
    body: Option<Value>,
    needs: Needs,
    module: &'static str,
    /// What its path names first.
    about: Option<String>,
}

fn operations() -> Vec<Asked> {
    let catalog = Catalog::new([people::modules(), work::modules()].concat());
    let document = gateway::openapi::document(&catalog);
    let mut asked = Vec::new();
    for (path, place) in document["paths"].as_object().unwrap() {
        for (method, described) in place.as_object().unwrap() {
            let name = described["operationId"].as_str().unwrap().to_owned();
            let entry = catalog.operation(&name).unwrap();
            let about = path.split('/').find_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
            asked.push(Asked {
                method: method.to_uppercase(),
                path: path.clone(),
                body: described.pointer("/requestBody/content/application~1json/example").cloned(),
                needs: entry.operation.needs,
                module: entry.module,
                about: about.map(str::to_owned),
                name,
            });
        }
    }
    asked.retain(|asked| !asked.needs.is_public() && !LAST.contains(&asked.name.as_str()));
    asked
}

/// What stands towards what the path names; `None` where this test does not know.
fn standing(asked: &Asked, asks_as: As) -> Option<Standing> {
    let org = Standing::in_org(OrgId::NIL);
    let towards = |meeting: bool| Standing {
        own: asks_as != As::Nobody,
        open: false,
        role: asks_as.role(meeting).map(str::to_owned),
        ..org.clone()
    };
    match asked.about.as_deref() {
        None => Some(org.clone()),
        Some("user_id") if asked.module == "users" => Some(org.clone()),
        Some(name) if OF_PROJECT.contains(&name) => Some(towards(false)),
        Some(name) if OF_MEETING.contains(&name) => Some(towards(true)),
        Some(_) => None,
    }
}

/// Why the door's decision refused, if it did: as 403, or as 404 where nothing may be known.
fn refused(status: u16, body: &Value) -> Option<u16> {
    let detail = body["detail"].as_str().unwrap_or_default();
    let decided =
        (status == 404 && detail == "no such record") || (status == 403 && detail.starts_with("this needs"));
    decided.then_some(status)
}

/// Asks everything as one person; answers how many cells were looked at, and those that differ.
async fn ask_all(owner: Person, asker: Person, role: Role, asks_as: As) -> (usize, Vec<String>) {
    let records = records(&owner, &asker, asks_as).await;
    let caller = Caller { role, ..Caller::system(OrgId::NIL) };
    let (mut cells, mut wrong) = (0, Vec::new());
    for asked in operations() {
        let Some(standing) = standing(&asked, asks_as) else { continue };
        // What a role may do besides does not change from record to record.
        if asked.about.is_none() && asks_as != As::Nobody {
            continue;
        }
        let mut path = asked.path.clone();
        for (name, id) in &records {
            path = path.replace(&format!("{{{name}}}"), id);
        }
        let path = path.replace("{emoji}", "👍").replace("{role}", "student");
        let path: String = path
            .split('/')
            .map(|part| if part.starts_with('{') { "01935fae-d5b8-7000-8000-000000000001" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        let mut ask = Ask::new(asked.method.parse().unwrap(), &path);
        if let Some(body) = &asked.body {
            ask = ask.json(body);
        }
        // Of a version that nothing has: what is permitted changes nothing.
        ask = ask.header("if-match", "\"v999999.0\"");
        let answer = asker.client().send(ask).await.unwrap();
        let level = matrix::level(role, asked.module);
        let decided = |needs: &Needs, standing: &Standing| {
            permit(needs, &caller, level, standing).err().map(|error| error.code().status())
        };
        let expected = if asked.name == COPIES {
            let born = decided(&asked.needs, &Standing::in_org(OrgId::NIL));
            born.or_else(|| decided(&Needs::Level(Action::Read), &standing))
        } else {
            decided(&asked.needs, &standing)
        };
        let found = refused(answer.status.as_u16(), &answer.body);
        cells += 1;
        if found != expected {
            wrong.push(format!(
                "{} as {role:?}, {asks_as:?}: {expected:?} was expected, {} {} was answered",
                asked.name, answer.status, answer.body["detail"]
            ));
        }
    }
    (cells, wrong)
}

#[test]
fn the_door_refuses_each_role_what_the_table_says_and_nothing_else() {
    // A world of its own: administrators of it come and go.
    let world = World::start(config);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    let (cells, wrong) = runtime.block_on(async {
        let mut asking = tokio::task::JoinSet::new();
        for role in Role::ALL {
            if role == Role::SuperAdministrator {
                continue;
            }
            let owner = world.person("Awa", Role::Entrepreneur).await;
            let asker = world.person("Kofi", role).await;
            for asks_as in [As::Nobody, As::Lead, As::Viewer] {
                asking.spawn(ask_all(owner.clone(), asker.clone(), role, asks_as));
            }
        }
        let mut all = (0, Vec::new());
        while let Some(done) = asking.join_next().await {
            let (cells, wrong) = done.unwrap();
            all.0 += cells;
            all.1.extend(wrong);
        }
        all
    });

    assert!(wrong.is_empty(), "{} of {cells} cells:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cells > 4_000, "only {cells} cells were looked at");
    println!("{cells} cells of the permission table, each as the door decides it");
}
