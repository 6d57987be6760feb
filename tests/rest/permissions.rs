//! Each role before each operation, through the door: as nobody to the record, as who leads its container, and as who
//! only looks on. The door must refuse exactly what the pure decision refuses, and for the same reason.

use super::ground::{self, Asked, Records};
use crate::harness::{Person, World, config};
use engine::{Action, Needs, Standing, permission::permit};
use gateway::client::Ask;
use people::users::matrix;
use schema::{caller::Caller, id::OrgId, role::Role};
use serde_json::{Value, json};

/// Operations after which nothing more can be asked by the same person.
const LAST: &[&str] = &["Logout", "LogoutEverywhere", "ChangePassword"];
/// Operations on one's own records that the server carries out for others.
const OF_ONESELF: &[&str] = &["RunJob", "NoteKeyUse"];
/// Operations that run elsewhere than in the project that they name, and what they need towards it: one makes a copy of
/// it, one a job of the caller's own.
const ELSEWHERE: [(&str, Needs); 2] = [
    ("DuplicateProject", Needs::Level(Action::Read)),
    ("ImportTasks", Needs::Any(&[Needs::OrgLevel(Action::Write), Needs::Member(&["owner", "lead"])])),
];
/// Values of a path that name something in a project, and in a meeting.
const OF_PROJECT: &[&str] =
    &["project_id", "task_id", "milestone_id", "label_id", "risk_id", "report_id", "comment_id"];
const OF_MEETING: &[&str] = &["meeting_id"];
/// Values that name something of the organization as a whole, or of the asker's own: what one may do with it is decided
/// without it, and then it is looked for.
const OF_ALL: &[&str] = &[
    "user_id",
    "role",
    "department_id",
    "invitation_id",
    "template_id",
    "key_id",
    "session_id",
    "notification_id",
    "event_id",
    "job_id",
];

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

/// Records that belong to somebody else, and what the asker is to those that stand in a container.
async fn records(owner: &Person, asker: &Person, asks_as: As) -> Records {
    let records = ground::in_containers(owner).await;
    if let Some(role) = asks_as.role(false) {
        let team = format!("/api/v1/projects/{}/team/", records["project_id"]);
        let (status, said) = owner.post(&team, &json!({"user_id": asker.id, "role": role})).await;
        assert_eq!(status, 201, "{said}");
        let body = json!({"user_ids": [asker.id], "role": asks_as.role(true)});
        let attendees = format!("/api/v1/meetings/{}/attendees/", records["meeting_id"]);
        let (status, said) = owner.post(&attendees, &body).await;
        assert_eq!(status, 201, "{said}");
    }
    records
}

/// What stands towards what the path names first.
fn standing(asked: &Asked, asks_as: As) -> Standing {
    let org = Standing::in_org(OrgId::NIL);
    let towards = |meeting: bool| Standing {
        own: asks_as != As::Nobody,
        open: false,
        role: asks_as.role(meeting).map(str::to_owned),
        ..org.clone()
    };
    match about(asked) {
        None => org,
        Some(name) if OF_ALL.contains(&name) => org,
        Some(name) if OF_PROJECT.contains(&name) => towards(false),
        Some(name) if OF_MEETING.contains(&name) => towards(true),
        Some(name) => panic!("{}: it is not known here what a {name} belongs to", asked.name),
    }
}

/// What its path names first.
fn about(asked: &Asked) -> Option<&str> {
    asked.names.first().map(|name| asked.record(name))
}

/// Why the door's decision refused, if it did: as 403, or as 404 where nothing may be known.
fn refused(status: u16, body: &Value, hidden: &str) -> Option<u16> {
    let detail = body["detail"].as_str().unwrap_or_default();
    let decided = (status == 404 && detail == hidden) || (status == 403 && detail.starts_with("this needs"));
    decided.then_some(status)
}

/// Asks everything as one person; answers how many cells were looked at, and those that differ.
async fn ask_all(
    owner: Person,
    asker: Person,
    besides: Records,
    (role, asks_as): (Role, As),
) -> (usize, Vec<String>) {
    let mut records = records(&owner, &asker, asks_as).await;
    records.extend(besides);
    let caller = Caller { role, ..Caller::system(OrgId::NIL) };
    let (mut cells, mut wrong) = (0, Vec::new());
    let mut asked = ground::operations();
    asked.retain(|asked| !asked.needs.is_public() && !LAST.contains(&asked.name.as_str()));
    for asked in asked {
        let mut standing = standing(&asked, asks_as);
        // Alerts are for those who manage the organization, whatever they are to anything.
        if about(&asked) == Some("event_id") && matrix::level(role, "core").manage {
            standing.role = Some("operator".to_owned());
        }
        // What a role may do besides does not change from record to record.
        if about(&asked).is_none_or(|name| OF_ALL.contains(&name)) && asks_as != As::Nobody {
            continue;
        }
        let path = asked.filled(|name| records[name].clone());
        let mut ask = asked.named(Ask::new(asked.method.parse().unwrap(), &path));
        if let Some(body) = &asked.body {
            // Whose it is may be said, too; then it is theirs, and the sample is nobody's.
            let whose = OF_ONESELF.contains(&asked.name.as_str());
            ask = if whose { ask.json(&json!({})) } else { ask.json(body) };
        }
        // Of a version that nothing has: what is permitted changes nothing.
        ask = ask.header("if-match", "\"v999999.0\"");
        let answer = asker.client().send(ask).await.unwrap();
        let level = matrix::level(role, asked.module);
        let decided = |needs: &Needs, standing: &Standing| {
            permit(needs, Action::Write, &caller, level, standing).err().map(|error| error.code().status())
        };
        let elsewhere = ELSEWHERE.iter().find(|(name, _)| *name == asked.name);
        let expected = match elsewhere {
            Some((_, needs)) => {
                let here = decided(&asked.needs, &Standing::in_org(OrgId::NIL));
                here.or_else(|| decided(needs, &standing))
            }
            None => decided(&asked.needs, &standing),
        };
        let hidden = if elsewhere.is_some() { "no such project" } else { "no such record" };
        let found = refused(answer.status.as_u16(), &answer.body, hidden);
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
        let somebody = world.person("Mariam", Role::Entrepreneur).await;
        let besides = ground::besides(&somebody, &world.admin()).await;
        for role in Role::ALL {
            let owner = world.person("Awa", Role::Entrepreneur).await;
            let asker = world.person("Kofi", role).await;
            for asks_as in [As::Nobody, As::Lead, As::Viewer] {
                let (owner, asker) = (owner.clone(), asker.clone());
                asking.spawn(ask_all(owner, asker, besides.clone(), (role, asks_as)));
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
