//! Projects and meetings of the demo: what the people of a youth programme are busy with, in French and in
//! English. Its words are in `story`; here they become rows, committed in their authors' names.

mod story;

use crate::{
    direct,
    meetings::{
        attendees::COUNT,
        events as meeting_events,
        rooms::of_meeting,
        rules as meeting_rules, speech,
        tables::MeetingId,
        words::{AttendeeRole, MeetingStatus},
    },
    projects::{
        events as project_events, progress, rank,
        rooms::of_project,
        rules as project_rules,
        tables::{Project, ProjectId, Task},
        words::MemberRole,
    },
};
use actors::room::Author;
use engine::{Engine, Error, Result};
use people::users::tables::User;
use schema::{
    caller::{ActorKind, Caller},
    change::Change,
    code::Code,
    id::Id,
    key::KeyWriter,
    time::{Date, Timestamp},
};
use story::{MEETINGS, PROJECTS};

const DAY_S: i64 = 86_400;

/// Gives the people of the demo something to do; a second time it finds it done.
///
/// # Errors
/// When there is no organization yet, or a commit is refused.
pub async fn demo(engine: &Engine) -> Result<()> {
    let people = people::demo(engine).await?.people;
    let (Some(first), Some(manager)) = (PROJECTS.first(), people.first()) else { return Ok(()) };
    let key = KeyWriter::new().with(&manager.org_id).with(first.key);
    if engine.reader().holder::<Project>("key", key).await?.is_some() {
        return Ok(());
    }
    let stage = Stage { engine, people: &people, now: engine.node().clock().now() };
    let mut projects = Vec::with_capacity(PROJECTS.len());
    for project in PROJECTS {
        projects.push(stage.project(project).await?);
    }
    for meeting in MEETINGS {
        let project = meeting.project.and_then(|at| projects.get(at)).copied();
        stage.meeting(meeting, project).await?;
    }
    Ok(())
}

/// Where the demo is played.
struct Stage<'a> {
    engine: &'a Engine,
    people: &'a [User],
    now: Timestamp,
}

impl Stage<'_> {
    /// Somebody of the cast, by their place in it.
    fn person(&self, at: usize) -> Result<&User> {
        let person = self.people.get(at % self.people.len().max(1));
        person.ok_or_else(|| Error::new(Code::NotFound, "the demo has no people"))
    }

    fn new_id<K>(&self) -> Id<K> {
        self.engine.node().clock().new_id()
    }

    fn date(&self, days: i64) -> Result<Date> {
        let day = self.now.plus_seconds(days * DAY_S).to_string();
        let day = day.get(..10).unwrap_or_default().parse();
        day.map_err(|error: String| Error::new(Code::Internal, "something broke on our side").because(error))
    }

    async fn project(&self, told: &story::Project) -> Result<ProjectId> {
        let owner = self.person(told.owner)?;
        let beginning = project_rules::Beginning {
            key: told.key.to_owned(),
            title: told.title,
            description: told.description,
            priority: told.priority,
            start_date: Some(self.date(told.days.0)?),
            due_date: self.date(told.days.1)?,
            tags: told.tags.iter().map(|tag| (*tag).to_owned()).collect(),
            color: Some(told.color.to_owned()),
            visibility: told.visibility,
        };
        let project = project_rules::begin(self.new_id(), &caller(owner), beginning)?;
        let project = Project { status: told.status, ..project };
        let (id, room) = (project.id, of_project(project.id));
        let mut change = Change::new();
        let slot = change.insert(project.clone());
        let owns = (told.owner, MemberRole::Owner);
        for (at, role) in told.team.iter().copied().chain([owns]) {
            let user = self.person(at)?.id;
            let newcomer = project_rules::Newcomer { id: self.new_id(), user, role, at: self.now };
            change.insert(project_rules::join(&project, &newcomer));
        }
        change.tell(project_events::PROJECT_CREATED, slot);
        direct::commit(self.engine, &room, author(owner), change).await?;
        let mut change = Change::new();
        let mut rank = rank::after(None, 1);
        for task in told.tasks {
            rank = rank::after(Some(&rank), 1);
            let task = self.task(id, owner, task, rank.clone())?;
            progress::count(&mut change, None, Some(&task));
            let slot = change.insert(task);
            project_events::task(&mut change, project_events::TASK_CREATED, slot);
        }
        direct::commit(self.engine, &room, author(owner), change).await?;
        Ok(id)
    }

    fn task(&self, project: ProjectId, owner: &User, told: &story::Task, rank: String) -> Result<Task> {
        let opening =
            project_rules::Opening { id: self.new_id(), project, title: told.title, rank: rank.clone() };
        let (column, reason) = (told.status, told.blocked);
        let arrival = project_rules::Arrival { column, rank, reason, at: self.now };
        let placed = project_rules::put(&project_rules::open(&caller(owner), opening), arrival)?;
        Ok(Task {
            priority: told.priority,
            assignee_id: told.assignee.map(|at| self.person(at).map(|user| user.id)).transpose()?,
            due_at: told.due.map(|days| self.now.plus_seconds(days * DAY_S)),
            estimated_minutes: Some(told.hours * 60),
            ..placed
        })
    }

    async fn meeting(&self, told: &story::Meeting, project: Option<ProjectId>) -> Result<()> {
        let organizer = self.person(told.organizer)?;
        let start_at = self.now.plus_seconds(told.starts_min * 60);
        let calling = meeting_rules::Calling {
            title: told.title,
            description: told.description,
            kind: told.kind,
            priority: told.priority,
            start_at,
            end_at: start_at.plus_seconds(told.lasts_min * 60),
            timezone: "Africa/Dakar",
            capacity: meeting_rules::CAPACITY_MAX,
        };
        // A meeting of yesterday was called before it was held.
        let called_at = self.now.min(start_at);
        let mut meeting =
            meeting_rules::call(self.new_id::<()>().cast(), &caller(organizer), calling, called_at)?;
        meeting.project_id = project;
        meeting.location = told.location.map(str::to_owned);
        if told.status != MeetingStatus::Scheduled {
            meeting = meeting_rules::transition(&meeting, MeetingStatus::InProgress, start_at)?;
        }
        let (id, room) = (meeting.id, of_meeting(meeting.id));
        let mut change = Change::new();
        let slot = change.insert(meeting.clone());
        let organizes = (told.organizer, AttendeeRole::Organizer);
        for (at, role) in told.attendees.iter().copied().chain([organizes]) {
            let user = self.person(at)?.id;
            let guest = meeting_rules::Guest { id: self.new_id(), user, role, at: self.now };
            change.insert(meeting_rules::invite(&meeting, &guest));
            change.add(COUNT, 1);
        }
        meeting_events::meeting(&mut change, slot, meeting_events::MEETING_SCHEDULED, []);
        direct::commit(self.engine, &room, author(organizer), change).await?;
        for (speaker, words) in told.talk {
            self.say(id, *speaker, words).await?;
        }
        if told.status == MeetingStatus::Completed {
            self.end(id, organizer).await?;
        }
        Ok(())
    }

    async fn say(&self, id: MeetingId, speaker: usize, words: &str) -> Result<()> {
        let room = of_meeting(id);
        let meeting = self.engine.reader().by_id(&room, id).await?;
        let meeting = meeting.ok_or_else(|| Error::not_found("meeting"))?;
        let speaker = self.person(speaker)?;
        let said = speech::Said { body: words, reply_to_id: None, mention_ids: Vec::new(), client_id: None };
        let message = speech::say(self.new_id(), &meeting, speaker.id, said);
        let mut change = Change::new();
        change.unaudited();
        let slot = change.insert(message);
        meeting_events::message(&mut change, slot, meeting_events::MESSAGE_POSTED, Vec::new());
        direct::commit(self.engine, &room, author(speaker), change).await
    }

    async fn end(&self, id: MeetingId, organizer: &User) -> Result<()> {
        let room = of_meeting(id);
        let held = self.engine.reader().by_id(&room, id).await?;
        let held = held.ok_or_else(|| Error::not_found("meeting"))?;
        let over = meeting_rules::transition(&held, MeetingStatus::Completed, held.end_at)?;
        let mut change = Change::new();
        let slot = change.update(&held, over);
        meeting_events::meeting(&mut change, slot, meeting_events::MEETING_ENDED, []);
        direct::commit(self.engine, &room, author(organizer), change).await
    }
}

fn caller(user: &User) -> Caller {
    Caller { user: user.id, role: user.role, kind: ActorKind::User, ..Caller::system(user.org_id) }
}

fn author(user: &User) -> Author {
    Author::of(&caller(user), "Demo", None)
}
