//! What the server does by itself when its time has come, and a caller before it: at noon, when the morning's timers have
//! run and those of what is made now have not. It needs time to pass, so it comes last.

use super::{
    floor::{Walk, id},
    meetings::Stage,
};
use crate::harness::World;
use schema::{
    role::Role,
    time::{Date, Timestamp},
};
use serde_json::json;
use std::sync::Arc;

const HOUR: i64 = 3_600;

/// Puts the clock to the next day's noon, where everybody lives. Nobody's token lasts so long: whoever comes then is
/// brought by an administrator who signs in anew.
fn noon(walk: &Walk) -> (World, Date) {
    let clock = &walk.apart.clock;
    let day = Date::at(clock.now(), "UTC").plus_days(1);
    let noon: Timestamp = format!("{day}T12:00:00Z").parse().unwrap();
    clock.advance_ms(noon.ms() - clock.now().ms());
    (World::at(walk.apart.server.addr()), day)
}

pub(super) async fn reminders(walk: &Arc<Walk>) {
    let (world, today) = noon(walk);
    of_tasks(walk, &world, today).await;
    of_meetings(walk, &world, today).await;
}

async fn of_tasks(walk: &Arc<Walk>, world: &World, today: Date) {
    let awa = world.person("Awa", Role::Entrepreneur).await;
    let (client, own, now) = (awa.client(), awa.inbox(), walk.apart.clock.now());
    walk.listen(&awa, &own).await;
    let wish = json!({"title": "Échéances", "due_date": "2040-12-31"});
    let project = walk.begin("CreateProject", &awa, ("project", &awa), wish, &[]).await;

    for (title, hours) in [("Arroser", -1), ("Récolter", 30)] {
        let due_at = now.plus_seconds(hours * HOUR);
        let task =
            json!({"project_id": project.id(), "title": title, "assignee_id": awa.id, "due_at": due_at});
        walk.run("CreateTask", &client, &project, task, &["projects.task.assigned"]).await;
    }
    let told = &["projects.task.overdue", "projects.task.due_soon"];
    walk.run("RemindOfTasks", &client, &own, json!({}), told).await;

    let day = today.plus_days(-1);
    let wish = json!({"project_id": project.id(), "title": "Semis", "due_date": day});
    let made = walk.run("CreateMilestone", &client, &project, wish, &["projects.milestone.created"]).await;
    let missed = json!({"milestone_id": id(&made), "due_date": day});
    walk.run("MissMilestone", &client, &project, missed, &["projects.milestone.missed"]).await;
}

async fn of_meetings(walk: &Arc<Walk>, world: &World, today: Date) {
    let stage = Stage::among(walk, world).await;
    let start_at = stage.in_hours(30);
    let room = stage.called(30, json!({}), &["meetings.meeting.scheduled"]).await;

    // A lead that nobody chose has no timer.
    let ahead = json!({"start_at": start_at, "minutes": 2_000});
    stage.run("RemindAttendees", &room, ahead, &["meetings.meeting.reminded"]).await;
    let asked = json!({"start_at": start_at, "timezone": people::users::tables::TIMEZONE});
    stage.run("RequestAnswers", &room, asked, &["meetings.meeting.unanswered"]).await;
    let wish = json!({"title": "Acheter", "assignee_id": stage.awa.id, "due_date": today});
    let action = id(&stage.run("AddAction", &room, wish, &["meetings.action.assigned"]).await);
    let day = json!({"action_id": action, "due_date": today, "day": today});
    stage.run("RemindOfAction", &room, day, &["meetings.action.overdue"]).await;
}
