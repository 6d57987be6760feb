//! Meetings, each at home in its own room, which an attendee hears on a socket: the organizer's coming would begin it.
//! Templates are at home with the organization, where the log is read.

use super::floor::{Walk, id, with};
use crate::harness::{Person, World};
use people::rooms::of_user;
use schema::{role::Role, room::RoomId, time::Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

const SCHEDULED: &str = "meetings.meeting.scheduled";
const STARTED: &str = "meetings.meeting.started";
const CANCELLED: &str = "meetings.meeting.cancelled";
const STATUS: &str = "meetings.meeting.status_changed";
const EDITED: &str = "meetings.series.edited";
const EXTENDED: &str = "meetings.series.extended";
const CHANGED: &str = "meetings.action.changed";
const ASSIGNED: &str = "meetings.action.assigned";
const PINNED: &str = "meetings.chat.message_pinned";
const REACTION: &str = "meetings.chat.reaction_changed";

/// Who calls meetings, and who attends and hears them.
pub(super) struct Stage {
    walk: Arc<Walk>,
    pub(super) awa: Person,
    moussa: Person,
}

impl Stage {
    async fn set(walk: &Arc<Walk>) -> Self {
        Self::among(walk, &walk.apart.world).await
    }

    /// Of people who are signed in now.
    pub(super) async fn among(walk: &Arc<Walk>, world: &World) -> Self {
        let awa = world.person("Awa", Role::Entrepreneur).await;
        let moussa = world.person("Moussa", Role::Student).await;
        Self { walk: Arc::clone(walk), awa, moussa }
    }

    pub(super) fn in_hours(&self, hours: i64) -> Timestamp {
        self.walk.apart.clock.now().plus_seconds(3_600 * hours)
    }

    /// A meeting that begins in so many hours and has these members besides.
    pub(super) async fn called(&self, hours: i64, more: Value, hears: &[&str]) -> RoomId {
        let times = json!({
            "title": "Point d'équipe", "start_at": self.in_hours(hours), "end_at": self.in_hours(hours + 1),
            "attendee_ids": [self.moussa.id],
        });
        let wish = with(&times, more);
        let heard_by = ("meeting", &self.moussa);
        self.walk.begin("CreateMeeting", &self.awa, heard_by, wish, hears).await
    }

    pub(super) async fn run(&self, name: &str, room: &RoomId, more: Value, hears: &[&str]) -> Value {
        let input = with(&json!({"meeting_id": room.id()}), more);
        self.walk.run(name, &self.awa.client(), room, input, hears).await
    }
}

pub(super) async fn the_meeting(walk: Arc<Walk>) {
    let stage = Stage::set(&walk).await;
    let world = walk.apart.world.clone();
    let (awa, moussa) = (stage.awa.client(), stage.moussa.client());
    let kofi = world.person("Kofi", Role::Student).await;
    let room = stage.called(30, json!({}), &[SCHEDULED]).await;
    let run = async |name: &str, more: Value, hears: &[&str]| stage.run(name, &room, more, hears).await;

    run("EditMeeting", json!({"title": "Bilan"}), &["meetings.meeting.updated"]).await;
    let moved = json!({"location": "Salle Fromager"});
    run("EditMeeting", moved, &["meetings.meeting.rescheduled"]).await;
    run("InviteAttendees", json!({"user_ids": [kofi.id]}), &["meetings.attendee.invited"]).await;
    let him = json!({"user_id": kofi.id});
    let presents = with(&him, json!({"role": "presenter"}));
    run("EditAttendee", presents, &["meetings.attendee.updated"]).await;
    run("MuteAttendee", with(&him, json!({"minutes": 5})), &["meetings.attendee.muted"]).await;
    run("RemoveAttendee", him, &["meetings.attendee.removed"]).await;
    let answer = json!({"meeting_id": room.id(), "rsvp": "accepted"});
    walk.run("RespondToMeeting", &moussa, &room, answer, &["meetings.attendee.responded"]).await;
    run("TransitionMeeting", json!({"to": "postponed"}), &[STATUS]).await;
    run("TransitionMeeting", json!({"to": "scheduled"}), &[STATUS]).await;
    run("TransitionMeeting", json!({"to": "in_progress"}), &[STARTED]).await;
    run("TransitionMeeting", json!({"to": "completed"}), &["meetings.meeting.ended"]).await;

    let off = stage.called(31, json!({}), &[SCHEDULED]).await;
    stage.run("TransitionMeeting", &off, json!({"to": "cancelled"}), &[CANCELLED]).await;
    let soon = stage.called(0, json!({}), &[SCHEDULED]).await;
    stage.run("JoinMeeting", &soon, json!({}), &[STARTED]).await;
    stage.run("LeaveMeeting", &soon, json!({}), &[]).await;
    let weekly = json!({"recurrence": {"rrule": "FREQ=WEEKLY;COUNT=3"}});
    let series = stage.called(40, weekly, &[SCHEDULED, EXTENDED]).await;
    let all = json!({"title": "Chaque semaine", "scope": "all"});
    stage.run("EditMeeting", &series, all, &["meetings.meeting.updated", EDITED]).await;
    stage.run("CancelMeeting", &series, json!({"query": "scope=all"}), &[CANCELLED, EDITED]).await;

    let span = json!({
        "user_ids": [stage.moussa.id], "from": stage.in_hours(1), "to": stage.in_hours(9), "duration_minutes": 30,
    });
    let own = of_user(stage.awa.id);
    let mut asked = span.clone();
    asked.as_object_mut().unwrap().remove("duration_minutes");
    walk.run("AskAvailability", &awa, &own, asked, &[]).await;
    walk.run("FindSlots", &awa, &own, span, &[]).await;
    walk.run("RotateCalendarFeed", &awa, &own, json!({}), &[]).await;
}

pub(super) async fn its_outcome(walk: Arc<Walk>) {
    let stage = Stage::set(&walk).await;
    let room = stage.called(30, json!({}), &[SCHEDULED]).await;
    let run = async |name: &str, more: Value, hears: &[&str]| stage.run(name, &room, more, hears).await;

    let points = json!({"items": [{"title": "Semis", "planned_minutes": 20}]});
    run("SetAgenda", points, &["meetings.agenda.changed"]).await;
    run("SaveMinutes", json!({"body": "On a semé.", "decisions": ["Arroser"]}), &[]).await;
    run("PublishMinutes", json!({}), &["meetings.minutes.published"]).await;
    let wish = |title: &str| json!({"title": title, "assignee_id": stage.awa.id});
    let action = json!({"action_id": id(&run("AddAction", wish("Acheter"), &[ASSIGNED]).await)});
    run("EditAction", with(&action, json!({"title": "Acheter des semences"})), &[CHANGED]).await;
    run("EditAction", with(&action, json!({"assignee_id": stage.moussa.id})), &[ASSIGNED]).await;
    run("EditAction", with(&action, json!({"status": "completed"})), &["meetings.action.completed"]).await;
    run("RemoveAction", action, &[CHANGED]).await;
    let action = id(&run("AddAction", wish("Clôturer"), &[ASSIGNED]).await);
    let project = stage.awa.project("Clôture", &[]).await;
    run("ActionToTask", json!({"action_id": action, "project_id": project}), &[CHANGED]).await;

    let home = work_home(&walk).await;
    let client = stage.awa.client();
    let template = json!({"name": "Bilan mensuel", "kind": "team_meeting", "duration_minutes": 30});
    let made = walk.run("CreateTemplate", &client, &home, template, &[]).await;
    let which = json!({"template_id": id(&made)});
    walk.run("EditTemplate", &client, &home, with(&which, json!({"name": "Bilan"})), &[]).await;
    walk.run("RemoveTemplate", &client, &home, which, &[]).await;
}

/// Where the organization's templates are at home.
async fn work_home(walk: &Walk) -> RoomId {
    let reader = walk.apart.server.engine().reader();
    let org = people::first_organization(reader).await.unwrap().unwrap();
    RoomId::with_topic("org", org.uuid(), "meetings")
}

pub(super) async fn its_chat(walk: Arc<Walk>) {
    let stage = Stage::set(&walk).await;
    let room = stage.called(0, json!({}), &[SCHEDULED]).await;
    let run = async |name: &str, more: Value, hears: &[&str]| stage.run(name, &room, more, hears).await;

    let words = json!({"body": "Bonjour à tous", "client_id": stage.awa.id});
    let said = run("PostMessage", words, &["meetings.chat.message_posted"]).await;
    let message = json!({"id": id(&said)});
    let reworded = with(&message, json!({"body": "Bonsoir"}));
    run("EditMessage", reworded, &["meetings.chat.message_edited"]).await;
    run("PinMessage", with(&message, json!({"on": true})), &[PINNED]).await;
    run("UnpinMessage", message.clone(), &[PINNED]).await;
    let sign = with(&message, json!({"emoji": "👍"}));
    run("React", sign.clone(), &[REACTION]).await;
    run("Unreact", sign, &[REACTION]).await;
    run("ReadChat", json!({"seq": said["seq"]}), &[]).await;
    run("DeleteMessage", message, &["meetings.chat.message_deleted"]).await;
}

/// Of a long series, more meetings are called as days go by.
pub(super) async fn a_series_goes_on(walk: &Arc<Walk>) {
    let stage = Stage::set(walk).await;
    let long = json!({"recurrence": {"rrule": "FREQ=DAILY;INTERVAL=3;COUNT=60"}});
    let room = stage.called(30, long, &[SCHEDULED, EXTENDED]).await;

    walk.apart.clock.advance_ms(4 * 86_400_000);
    let awa = walk.apart.world.sign_in(&stage.awa.email, stage.awa.id).await;
    let moussa = walk.apart.world.sign_in(&stage.moussa.email, stage.moussa.id).await;
    walk.listen(&moussa, &room).await;
    let which = json!({"meeting_id": room.id()});
    walk.run("ExtendSeries", &awa.client(), &room, which, &[EXTENDED]).await;
}
