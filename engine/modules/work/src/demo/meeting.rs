//! How a meeting is played: it is called as the rules have it, in the past where it has been held, and the rest people
//! do themselves: they answer, set the agenda, begin, talk, write minutes, put off and call off.

use super::{called, project, speech};
use crate::meetings::{
    attending::attendees::COUNT,
    events,
    rooms::of_meeting,
    rules,
    tables::{Meeting, MeetingId},
    words::{AttendeeRole, MeetingStatus},
};
use engine::{Error, Result};
use people::demo::{Scene, Stage};
use schema::{change::Change, time::Timestamp};
use serde_json::{Value, json};

/// The zone of all of them.
const ZONE: &str = "Africa/Dakar";
const HALF_HOUR_MS: i64 = 1_800_000;

/// A meeting on its stage.
pub(super) struct Play<'a> {
    pub(super) stage: &'a Stage,
    pub(super) told: &'a called::Meeting,
}

impl Play<'_> {
    fn id(&self) -> MeetingId {
        self.stage.id(&format!("meeting {}", self.told.call.name))
    }

    fn organizer(&self) -> &'static str {
        self.told.call.organizer
    }

    /// Plays it from the invitation to what came of it.
    ///
    /// # Errors
    /// When it is refused.
    pub(super) async fn play(&self) -> Result<()> {
        let room = of_meeting(self.id());
        let mut scene = self.stage.scene(room, "meeting").await?;
        scene.commit(self.organizer(), self.called()?).await?;
        self.answers(&mut scene).await?;
        self.agenda(&mut scene).await?;
        match self.told.status {
            MeetingStatus::Scheduled => {}
            MeetingStatus::InProgress => {
                self.transit(&mut scene).await?;
                self.talk(&mut scene).await?;
            }
            MeetingStatus::Completed => {
                self.talk(&mut scene).await?;
                let over = self.over().await?;
                scene.commit(self.organizer(), over).await?;
                self.outcome(&mut scene).await?;
            }
            MeetingStatus::Postponed | MeetingStatus::Cancelled => self.transit(&mut scene).await?,
        }
        Ok(())
    }

    fn start(&self) -> Timestamp {
        match self.told.start {
            Some((day, hour)) => self.stage.at(day, hour),
            None => {
                let now = self.stage.now();
                Timestamp::from_ms(now.ms() - now.ms().rem_euclid(HALF_HOUR_MS))
            }
        }
    }

    /// The meeting with everybody it is called for. One that has been held was called before, and goes on until it is
    /// said to be over.
    fn called(&self) -> Result<Change> {
        let (told, stage) = (&self.told.call, self.stage);
        let start_at = self.start();
        let calling = rules::Calling {
            title: told.title,
            description: &told.description,
            kind: told.kind,
            priority: told.priority,
            start_at,
            end_at: start_at.plus_seconds(told.minutes * 60),
            timezone: ZONE,
            capacity: rules::CAPACITY_MAX,
        };
        let called_at = stage.now().min(start_at);
        let mut meeting = rules::call(self.id(), &stage.as_caller(told.organizer)?, calling, called_at)?;
        meeting.project_id = told.project.map(|key| project::id_of(stage, key));
        meeting.location = told.location.map(str::to_owned);
        meeting.meeting_url = told.url.map(str::to_owned);
        let is_past = self.told.status == MeetingStatus::Completed;
        if is_past {
            meeting = rules::transition(&meeting, MeetingStatus::InProgress, start_at)?;
        }
        let mut change = Change::new();
        let slot = change.insert(meeting.clone());
        let mut invited = Vec::new();
        let organizes = (told.organizer, AttendeeRole::Organizer);
        let guests = self.told.guests.iter().map(|guest| (guest.who, guest.role));
        for (who, role) in guests.chain([organizes]) {
            let (id, user) = (stage.id(&format!("attendee {} {who}", told.name)), stage.user(who)?);
            let mut attendee = rules::invite(&meeting, &rules::Guest { id, user, role, at: called_at });
            if role != AttendeeRole::Organizer {
                invited.push(user);
            }
            let guest = self.told.guests.iter().find(|guest| guest.who == who && is_past);
            if let Some((guest, rsvp)) = guest.and_then(|guest| Some((guest, guest.answer?))) {
                attendee.rsvp = rsvp;
                attendee.comment = guest.comment.map(str::to_owned);
                attendee.responded_at = Some(called_at.plus_seconds(-86_400));
            }
            change.insert(attendee);
            change.add(COUNT, 1);
        }
        // Nobody is invited any more to what has been held.
        let invited = if is_past { Vec::new() } else { invited };
        events::meeting(&mut change, slot, events::MEETING_SCHEDULED, invited);
        Ok(change)
    }

    async fn answers(&self, scene: &mut Scene<'_>) -> Result<()> {
        if self.told.status == MeetingStatus::Completed {
            return Ok(());
        }
        for guest in &self.told.guests {
            let Some(rsvp) = guest.answer else { continue };
            let answer = json!({"meeting_id": self.id(), "rsvp": rsvp, "comment": guest.comment});
            scene.call(guest.who, "RespondToMeeting", answer).await?;
        }
        Ok(())
    }

    async fn agenda(&self, scene: &mut Scene<'_>) -> Result<()> {
        let mut items = Vec::new();
        for point in &self.told.agenda {
            items.push(json!({
                "title": point.title,
                "owner_id": point.owner.map(|owner| self.stage.user(owner)).transpose()?,
                "planned_minutes": point.minutes,
                "done": point.done,
            }));
        }
        if items.is_empty() {
            return Ok(());
        }
        scene.call(self.organizer(), "SetAgenda", json!({"meeting_id": self.id(), "items": items})).await
    }

    async fn transit(&self, scene: &mut Scene<'_>) -> Result<()> {
        let wish = json!({"meeting_id": self.id(), "to": self.told.status, "reason": self.told.reason});
        scene.call(self.organizer(), "TransitionMeeting", wish).await
    }

    async fn talk(&self, scene: &mut Scene<'_>) -> Result<()> {
        for said in &self.told.talk {
            let (body, mention_ids) = speech(self.stage, said.words);
            let message = json!({"meeting_id": self.id(), "body": body, "mention_ids": mention_ids});
            scene.call(said.by, "PostMessage", message).await?;
            let (sign, people) = said.sign.clone().unwrap_or_default();
            for person in people {
                let sign =
                    json!({"meeting_id": self.id(), "id": self.last_said(scene).await?, "emoji": sign});
                scene.call(person, "React", sign).await?;
            }
            if let Some(person) = said.pinned_by {
                let pin = json!({"meeting_id": self.id(), "id": self.last_said(scene).await?});
                scene.call(person, "PinMessage", pin).await?;
            }
        }
        Ok(())
    }

    /// The id of what was said last, for a step that is due.
    async fn last_said(&self, scene: &Scene<'_>) -> Result<Value> {
        if !scene.is_due() {
            return Ok(Value::Null);
        }
        let asked = json!({"meeting_id": self.id(), "limit": 1, "query": {}});
        let said = self.stage.ask(self.organizer(), "ListMessages", asked).await?;
        Ok(said.pointer("/data/0/id").cloned().unwrap_or_default())
    }

    /// It ended when it was meant to.
    async fn over(&self) -> Result<Change> {
        let held: Option<Meeting> =
            self.stage.engine().reader().by_id(&of_meeting(self.id()), self.id()).await?;
        let held = held.ok_or_else(|| Error::not_found("meeting"))?;
        let mut change = Change::new();
        if held.status == MeetingStatus::InProgress {
            let over = rules::transition(&held, MeetingStatus::Completed, held.end_at)?;
            let slot = change.update(&held, over);
            events::meeting(&mut change, slot, events::MEETING_ENDED, []);
        }
        Ok(change)
    }

    /// What is written down of it, and who took what on.
    async fn outcome(&self, scene: &mut Scene<'_>) -> Result<()> {
        let (meeting_id, told) = (self.id(), self.told);
        let minutes = json!({"meeting_id": meeting_id, "body": told.report, "decisions": told.decisions});
        scene.call(self.organizer(), "SaveMinutes", minutes).await?;
        for action in &told.actions {
            let wish = json!({
                "meeting_id": meeting_id,
                "title": action.title,
                "assignee_id": self.stage.user(action.who)?,
                "due_date": self.stage.day(action.due),
                "priority": action.priority,
            });
            scene.call(self.organizer(), "AddAction", wish).await?;
        }
        scene.call(self.organizer(), "PublishMinutes", json!({"meeting_id": meeting_id})).await
    }
}
