//! Projects, each at home in its own room, which is heard on a socket.

use super::floor::{Walk, id, with};
use crate::harness::Person;
use schema::{role::Role, room::RoomId};
use serde_json::{Value, json};
use std::sync::Arc;

const MOVED: &str = "projects.task.moved";
const STATUS: &str = "projects.task.status_changed";
const UPDATED: &str = "projects.task.updated";
const ASSIGNED: &str = "projects.task.assigned";
const ROLE: &str = "projects.member.role_changed";
const PROJECT: &str = "projects.project.updated";

/// A project that somebody new owns and listens to.
async fn begun(walk: &Arc<Walk>) -> (Person, RoomId) {
    let awa = walk.apart.world.person("Awa", Role::Entrepreneur).await;
    let wish = json!({"title": "Jardin partagé", "due_date": "2030-12-31"});
    let created = &["projects.project.created"];
    let room = walk.begin("CreateProject", &awa, ("project", &awa), wish, created).await;
    (awa, room)
}

pub(super) async fn the_project(walk: Arc<Walk>) {
    let world = walk.apart.world.clone();
    let (awa, room) = begun(&walk).await;
    let moussa = world.person("Moussa", Role::Student).await;
    // Whoever manages projects hears one in the trash, too.
    let manager = world.person("Binta", Role::Administrator).await;
    walk.listen(&manager, &room).await;
    let (project, member) = (json!({"project_id": room.id()}), json!({"user_id": moussa.id}));
    let client = awa.client();
    let run = async |name: &str, more: Value, hears: &[&str]| {
        walk.run(name, &client, &room, with(&project, more), hears).await
    };

    run("EditProject", json!({"title": "Jardin de la Médina"}), &[PROJECT]).await;
    run("AddMember", member.clone(), &["projects.member.added"]).await;
    run("ChangeMember", with(&member, json!({"role": "lead"})), &[ROLE]).await;
    let task = json!({"title": "Arroser", "assignee_id": moussa.id});
    run("CreateTask", task, &["projects.task.created", ASSIGNED]).await;
    run("RemoveMember", member.clone(), &["projects.member.removed", UPDATED]).await;
    run("AddMember", member.clone(), &["projects.member.added"]).await;
    let status = "projects.project.status_changed";
    run("TransitionProject", json!({"to": "in_progress"}), &[status]).await;
    run("ArchiveProject", json!({"archived": true}), &["projects.project.archived"]).await;
    run("ArchiveProject", json!({"archived": false}), &["projects.project.archived"]).await;
    let period = json!({
        "period_start": "2026-01-01", "period_end": "2026-01-31", "health": "green", "summary": "Tout va bien",
    });
    run("PublishReport", period, &["projects.report.published"]).await;
    run("DeleteProject", json!({}), &["projects.project.deleted"]).await;
    let restored = &["projects.project.restored"];
    walk.run("RestoreProject", &manager.client(), &room, project.clone(), restored).await;
    run("TransferProject", member, &[PROJECT, ROLE]).await;
}

/// What is made from it hears its own beginning, and what is copied into it comes after that.
pub(super) async fn made_from_it(walk: Arc<Walk>) {
    let (awa, room) = begun(&walk).await;
    let template = json!({"project_id": room.id(), "is_template": true});
    walk.run("EditProject", &awa.client(), &room, template, &[PROJECT]).await;
    let told = &["projects.project.created", "projects.project.copied"];

    let from = json!({"title": "Jardin d'école", "due_date": "2031-12-31", "template_id": room.id()});
    walk.begin("CreateProject", &awa, ("project", &awa), from, told).await;
    let copy = json!({"project_id": room.id(), "title": "Jardin d'à côté"});
    walk.begin("DuplicateProject", &awa, ("project", &awa), copy, told).await;
}

pub(super) async fn its_tasks(walk: Arc<Walk>) {
    let (awa, room) = begun(&walk).await;
    let moussa = walk.apart.world.person("Moussa", Role::Student).await;
    let client = awa.client();
    let run =
        async |name: &str, input: Value, hears: &[&str]| walk.run(name, &client, &room, input, hears).await;
    let new = |title: &str| json!({"project_id": room.id(), "title": title});
    let created = &["projects.task.created"];
    let member = json!({"project_id": room.id(), "user_id": moussa.id});
    run("AddMember", member, &["projects.member.added"]).await;
    let first = json!({"task_id": id(&run("CreateTask", new("Semer"), created).await)});
    let second = json!({"task_id": id(&run("CreateTask", new("Récolter"), created).await)});
    let of = |more: Value| with(&first, more);

    run("EditTask", of(json!({"title": "Semer les oignons"})), &[UPDATED]).await;
    run("EditTask", of(json!({"assignee_id": moussa.id})), &[UPDATED, ASSIGNED]).await;
    run("MoveTask", of(json!({"after_id": second["task_id"]})), &[MOVED]).await;
    run("MoveTask", of(json!({"status": "in_review"})), &[MOVED, STATUS]).await;
    run("TransitionTask", of(json!({"to": "in_progress"})), &[MOVED, STATUS]).await;
    let waits = with(&second, json!({"depends_on_id": first["task_id"]}));
    let dependency = id(&run("AddDependency", waits, &["projects.dependency.added"]).await);
    let no_more = with(&second, json!({"dependency_id": dependency}));
    run("RemoveDependency", no_more, &["projects.dependency.removed"]).await;
    let step = of(json!({"text": "Préparer la terre"}));
    let item = id(&run("AddChecklistItem", step, &["projects.checklist_item.added"]).await);
    let item = of(json!({"item_id": item}));
    let done = with(&item, json!({"done": true}));
    run("EditChecklistItem", done, &["projects.checklist_item.changed"]).await;
    run("RemoveChecklistItem", item, &["projects.checklist_item.removed"]).await;
    run("WatchTask", first.clone(), &[]).await;
    run("UnwatchTask", first.clone(), &[]).await;
    run("DeleteTask", first.clone(), &["projects.task.deleted"]).await;
    run("RestoreTask", first.clone(), &["projects.task.restored"]).await;

    let said = json!({"entity_type": "task", "entity_id": first["task_id"], "body": "Qui s'en charge ?"});
    let comment = json!({"comment_id": id(&run("CreateComment", said, &["core.comment.created"]).await)});
    let reworded = with(&comment, json!({"body": "Qui sème ?"}));
    run("EditComment", reworded, &["core.comment.edited"]).await;
    let settled = with(&comment, json!({"resolved": true}));
    run("EditComment", settled, &["core.comment.resolved"]).await;
    run("DeleteComment", comment, &["core.comment.deleted"]).await;
}

pub(super) async fn beside_it(walk: Arc<Walk>) {
    let (awa, room) = begun(&walk).await;
    let client = awa.client();
    let run =
        async |name: &str, input: Value, hears: &[&str]| walk.run(name, &client, &room, input, hears).await;
    let project = json!({"project_id": room.id()});

    let wish = with(&project, json!({"title": "Première récolte", "due_date": "2030-05-01"}));
    let made = run("CreateMilestone", wish, &["projects.milestone.created"]).await;
    let milestone = json!({"milestone_id": id(&made)});
    let later = with(&milestone, json!({"due_date": "2030-06-01"}));
    run("EditMilestone", later, &["projects.milestone.updated"]).await;
    let reached = with(&milestone, json!({"completed": true}));
    run("EditMilestone", reached, &["projects.milestone.reached"]).await;
    run("DeleteMilestone", milestone, &["projects.milestone.deleted"]).await;

    let wish = with(&project, json!({"name": "urgent", "color": "#ff0000"}));
    let label = json!({"label_id": id(&run("CreateLabel", wish, &["projects.label.created"]).await)});
    let renamed = with(&label, json!({"name": "pressé"}));
    run("EditLabel", renamed, &["projects.label.updated"]).await;
    run("DeleteLabel", label, &["projects.label.deleted"]).await;

    let (created, escalated) = ("projects.risk.created", "projects.risk.escalated");
    let risk = |likelihood: &str| {
        with(&project, json!({"title": "Sécheresse", "likelihood": likelihood, "impact": "high"}))
    };
    run("CreateRisk", risk("high"), &[created, escalated]).await;
    let risk = json!({"risk_id": id(&run("CreateRisk", risk("low"), &[created]).await)});
    let worded = with(&risk, json!({"title": "Sécheresse longue"}));
    run("EditRisk", worded, &["projects.risk.updated"]).await;
    let likely = with(&risk, json!({"likelihood": "high"}));
    run("EditRisk", likely, &["projects.risk.updated", escalated]).await;
    run("DeleteRisk", risk, &["projects.risk.deleted"]).await;
}
