//! One of each record, and every operation as the description knows it: what tests ask about that walk the catalogue.

use crate::harness::{Person, rand_bits, within};
use engine::{Catalog, Needs};
use gateway::client::{Ask, Client};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

/// The id in every sample of a body.
pub(super) const SAMPLE: &str = "01935fae-d5b8-7000-8000-000000000001";

/// The ids of some records, by the names that paths have for them. A message and a notification are both called `id`
/// there, and have names of their own here.
pub(super) type Records = BTreeMap<&'static str, String>;

/// An operation as the description knows it.
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) body: Option<Value>,
    /// Members that a body must have.
    pub(super) required: Vec<String>,
    pub(super) needs: Needs,
    /// It wants a name for the command.
    keyed: bool,
    pub(super) module: &'static str,
    /// What its path names.
    pub(super) names: Vec<String>,
}

/// Every operation.
pub(super) fn operations() -> Vec<Asked> {
    let catalog = Catalog::new([people::modules(), work::modules()].concat());
    let document = gateway::openapi::document(&catalog);
    let mut asked = Vec::new();
    for (path, place) in document["paths"].as_object().unwrap() {
        for (method, described) in place.as_object().unwrap() {
            let name = described["operationId"].as_str().unwrap().to_owned();
            // A stream is no operation: who may listen is decided as for a socket.
            let Some(entry) = catalog.operation(&name) else { continue };
            let content = &described["requestBody"]["content"]["application/json"];
            let required = content["schema"]["required"].as_array().cloned().unwrap_or_default();
            let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
            asked.push(Asked {
                method: method.to_uppercase(),
                names: names.map(str::to_owned).collect(),
                path: path.clone(),
                body: content.get("example").cloned(),
                required: required.iter().map(|name| name.as_str().unwrap().to_owned()).collect(),
                needs: entry.operation.needs,
                keyed: entry.operation.route.keyed,
                module: entry.module,
                name,
            });
        }
    }
    asked
}

impl Asked {
    /// What a name in its path is called among the records.
    pub(super) fn record<'a>(&self, name: &'a str) -> &'a str {
        match (name, self.module) {
            ("id", "meetings") => "message_id",
            ("id", "notif") => "notification_id",
            _ => name,
        }
    }

    /// The same request under a name of its own, where it wants one.
    pub(super) fn named(&self, ask: Ask) -> Ask {
        if self.keyed { ask.header("idempotency-key", &rand_bits().to_string()) } else { ask }
    }

    /// Its path with these ids.
    pub(super) fn filled(&self, id: impl Fn(&str) -> String) -> String {
        let value = |name: &str| match name {
            "emoji" => "👍".to_owned(),
            "role" => "student".to_owned(),
            "secret" => "x".to_owned(),
            _ => id(self.record(name)),
        };
        let part = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => value(name),
            None => part.to_owned(),
        };
        self.path.split('/').map(part).collect::<Vec<_>>().join("/")
    }
}

/// Makes one of each for somebody who calls meetings and begins projects; what only an organization's managers make is
/// made by `manager`.
pub(super) async fn records(owner: &Person, manager: &Client) -> Records {
    let mut records = in_containers(owner).await;
    records.extend(besides(owner, manager).await);
    records
}

fn id(made: &Value) -> String {
    made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
}

/// What stands in a project or a meeting of somebody's.
pub(super) async fn in_containers(owner: &Person) -> Records {
    let made = async |path: &str, body: Value| id(&owner.post(path, &body).await.1);
    let project = owner.project("Droits", &[]).await;
    let of_project = |tail: &str| format!("/api/v1/projects/{project}/{tail}");
    let task = made(&of_project("tasks/"), json!({"title": "Une tâche"})).await;
    let other = made(&of_project("tasks/"), json!({"title": "Une autre"})).await;
    let of_task = |tail: &str| format!("/api/v1/projects/tasks/{task}/{tail}");
    let meeting = owner.meeting("Droits", &[]).await;
    let of_meeting = |tail: &str| format!("/api/v1/meetings/{meeting}/{tail}");
    let said = json!({"entity_type": "task", "entity_id": task, "body": "Qui s'en charge ?"});
    let period = json!({"period_start": "2030-01-01", "period_end": "2030-01-31", "health": "green"});
    let risk = json!({"title": "Un risque", "likelihood": "low", "impact": "low"});
    let action = json!({"title": "Une action", "assignee_id": owner.id});
    let milestone = json!({"title": "Un jalon", "due_date": "2030-01-01"});
    let agenda = owner.client().put(&of_meeting("agenda/"), &json!({"items": [{"title": "Semis"}]})).await;

    let import = Ask::new("POST".parse().unwrap(), &of_project("tasks/import/"));
    let import =
        import.header("idempotency-key", &format!("{project}")).json(&json!({"csv": "title\nUn puits"}));
    let job = owner.client().send(import).await.unwrap();

    BTreeMap::from([
        ("user_id", owner.id.to_string()),
        ("job_id", id(&job.body)),
        ("project_id", project.to_string()),
        ("milestone_id", made(&of_project("milestones/"), milestone).await),
        ("label_id", made(&of_project("labels/"), json!({"name": "urgent", "color": "#ff0000"})).await),
        ("risk_id", made(&of_project("risks/"), risk).await),
        ("report_id", made(&of_project("reports/"), period).await),
        ("item_id", made(&of_task("checklist/"), json!({"text": "Un pas"})).await),
        ("dependency_id", made(&of_task("dependencies/"), json!({"depends_on_id": other})).await),
        ("comment_id", made("/api/v1/core/comments/", said).await),
        ("task_id", task.clone()),
        ("other_task_id", other.clone()),
        ("meeting_id", meeting.to_string()),
        ("action_id", made(&of_meeting("actions/"), action).await),
        ("message_id", id(&owner.say(meeting, "Bonjour").await)),
        ("agenda_item_id", id(&agenda.unwrap().body["items"][0])),
    ])
}

/// What belongs to the organization, or to somebody alone.
pub(super) async fn besides(owner: &Person, manager: &Client) -> Records {
    let made = async |path: &str, body: Value| id(&owner.post(path, &body).await.1);
    let managed = async |path: &str, body: Value| manager.post(path, &body).await.unwrap().body;
    let template = json!({"name": "Un modèle", "duration_minutes": 30});
    let department = json!({"name": format!("Service {}", rand_bits())});
    let guest =
        json!({"invitations": [{"email": format!("{}@example.org", rand_bits()), "role": "student"}]});
    owner.step_up().await;
    let key = json!({"name": "Tableur", "scopes": ["projects:read"]});

    BTreeMap::from([
        ("template_id", made("/api/v1/meetings/templates/", template).await),
        ("department_id", id(&managed("/api/v1/users/departments/", department).await)),
        ("invitation_id", id(&managed("/api/v1/users/invitations/", guest).await["data"][0])),
        ("key_id", made("/api/v1/auth/api-keys/", key).await),
        ("session_id", id(&owner.get("/api/v1/auth/sessions/").await.1["data"][0])),
        ("notification_id", welcome(owner).await),
        ("event_id", alert(manager).await),
        ("org_id", owner.get("/api/v1/auth/me/").await.1["user"]["org_id"].as_str().unwrap().to_owned()),
    ])
}

/// An alert: whoever makes a key sets one off.
async fn alert(manager: &Client) -> String {
    within(async {
        loop {
            let alerts = manager.get("/api/v1/core/alerts/?topic=security").await.unwrap();
            if let Some(id) = alerts.body["data"][0]["id"].as_str() {
                return id.to_owned();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}

/// The notification that everybody begins with.
async fn welcome(person: &Person) -> String {
    within(async {
        loop {
            let (_, inbox) = person.get("/api/v1/notifications/").await;
            if let Some(id) = inbox["data"][0]["id"].as_str() {
                return id.to_owned();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}
