//! Projects and meetings by the thousand, for measuring: made through the rooms like any other, many at
//! once, without audit lines or events.

use crate::{
    meetings::{
        attending::attendees::COUNT,
        rooms::of_meeting,
        rules as meeting_rules,
        tables::{Meeting, MeetingId},
        words::{AttendeeRole, MeetingKind, MeetingStatus, Urgency},
    },
    projects::{
        kanban::rank,
        progress,
        rooms::of_project,
        rules as project_rules,
        tables::{Project, ProjectId, Task},
        words::{MemberRole, Priority, TaskStatus, Visibility},
    },
};
use actors::room::Author;
use engine::{Engine, Error, Result};
use schema::{
    caller::Caller,
    change::Change,
    clock::Clock,
    code::Code,
    id::{OrgId, UserId},
    room::RoomId,
    time::{Date, Timestamp},
};
use tokio::task::JoinSet;
use uuid::Uuid;

/// People put into a room with one change, and tasks into a project: well within a change's bounds.
const PEOPLE_AT_ONCE: usize = 64;
const TASKS_AT_ONCE: usize = 40;
/// Changes on their way at once: enough for full groups, far below what a room lets wait.
const CHANGES_AT_ONCE: usize = 64;
/// Tasks of the first project.
const TASKS: usize = 1_000;
/// Keys of five digits in base 36.
const KEYS: u64 = 36_u64.pow(5);

/// Makes this many projects and meetings and spreads people over them, each as below; answers their ids.
///
/// # Errors
/// When there is nobody to spread, or a commit is refused.
pub async fn seed(engine: &Engine, org: OrgId, users: &[UserId], rooms: usize) -> Result<Vec<(Uuid, Uuid)>> {
    let projects = seed_projects(engine, org, users, rooms, &[TASKS]).await?;
    let meetings = seed_meetings(engine, org, users, rooms).await?;
    Ok(projects.into_iter().zip(meetings).collect())
}

/// Makes this many projects: the i-th person is a member of number i modulo `rooms`. The first of them have so many
/// tasks each.
///
/// # Errors
/// When there is nobody to spread, or a commit is refused.
pub async fn seed_projects(
    engine: &Engine,
    org: OrgId,
    users: &[UserId],
    rooms: usize,
    tasks_each: &[usize],
) -> Result<Vec<Uuid>> {
    let clock = engine.node().clock().clone();
    let (now, key) = (clock.now(), clock.below(KEYS));
    let mut work = Work::new(engine, org);
    let mut seeded = Vec::with_capacity(rooms);
    for (at, number) in (0..rooms).zip(0_u64..) {
        let (host, people) = people_of(org, users, at, rooms)?;
        let project = project(&clock, &host, number, key.wrapping_add(number), now)?;
        seeded.push(project.id.uuid());
        if let Some(count) = tasks_each.get(at) {
            fill(&mut work, &clock, (&host, project.id), *count).await?;
        }
        team(&mut work, &clock, project, &people, now).await?;
    }
    work.finish().await?;
    Ok(seeded)
}

/// Makes this many meetings, which are being held: the i-th person attends number i modulo `rooms`.
///
/// # Errors
/// When there is nobody to spread, or a commit is refused.
pub async fn seed_meetings(engine: &Engine, org: OrgId, users: &[UserId], rooms: usize) -> Result<Vec<Uuid>> {
    let clock = engine.node().clock().clone();
    let now = clock.now();
    let mut work = Work::new(engine, org);
    let mut seeded = Vec::with_capacity(rooms);
    for (at, number) in (0..rooms).zip(0_u64..) {
        let (host, people) = people_of(org, users, at, rooms)?;
        let meeting = meeting(&clock, &host, number, people.len(), now)?;
        seeded.push(meeting.id.uuid());
        audience(&mut work, &clock, meeting, &people, now).await?;
    }
    work.finish().await?;
    Ok(seeded)
}

/// Who is in the room at this place, and who made it.
fn people_of(org: OrgId, users: &[UserId], at: usize, rooms: usize) -> Result<(Caller, Vec<UserId>)> {
    let Some(first) = users.first().copied() else {
        return Err(Error::new(Code::Validation, "there is nobody to put into the rooms"));
    };
    let mut people: Vec<UserId> = users.iter().skip(at).step_by(rooms).copied().collect();
    // More rooms than people: somebody must own the empty ones.
    let host = people.first().copied().unwrap_or(first);
    if people.is_empty() {
        people.push(host);
    }
    Ok((Caller { user: host, ..Caller::system(org) }, people))
}

/// Changes on their way.
struct Work {
    engine: Engine,
    org: OrgId,
    running: JoinSet<Result<()>>,
}

impl Work {
    fn new(engine: &Engine, org: OrgId) -> Self {
        Self { engine: engine.clone(), org, running: JoinSet::new() }
    }

    /// One more; `fill` is called again where the store did not answer.
    async fn add(&mut self, room: RoomId, fill: impl Fn(&mut Change) + Send + Sync + 'static) -> Result<()> {
        if self.running.len() >= CHANGES_AT_ONCE {
            self.wait().await?;
        }
        let (engine, author) = (self.engine.clone(), Author::system(self.org, "seed"));
        let change = move || {
            let mut change = Change::new();
            fill(&mut change);
            change.unaudited();
            change
        };
        self.running.spawn(async move { people::persist(&engine, &room, author, change).await });
        Ok(())
    }

    async fn wait(&mut self) -> Result<bool> {
        match self.running.join_next().await {
            Some(Ok(outcome)) => outcome.map(|()| true),
            Some(Err(fell)) => Err(Error::broken(fell)),
            None => Ok(false),
        }
    }

    async fn finish(mut self) -> Result<()> {
        while self.wait().await? {}
        Ok(())
    }
}

fn project(clock: &Clock, owner: &Caller, number: u64, key: u64, now: Timestamp) -> Result<Project> {
    let due: Date = now
        .plus_seconds(90 * 86_400)
        .to_string()
        .get(..10)
        .unwrap_or_default()
        .parse()
        .map_err(|error: String| Error::broken(error))?;
    let beginning = project_rules::Beginning {
        key: seeded_key(key),
        title: &format!("Project {number}"),
        description: "",
        priority: Priority::Medium,
        start_date: None,
        due_date: due,
        tags: Vec::new(),
        color: None,
        visibility: Visibility::Members,
    };
    project_rules::begin(clock.new_id(), owner, beginning)
}

/// `S` and five digits in base 36.
fn seeded_key(number: u64) -> String {
    let mut rest = number % KEYS;
    let mut key = ['0'; 6];
    for place in key.iter_mut().rev() {
        let digit = u32::try_from(rest % 36).unwrap_or_default();
        *place = char::from_digit(digit, 36).unwrap_or('0').to_ascii_uppercase();
        rest /= 36;
    }
    if let Some(first) = key.first_mut() {
        *first = 'S';
    }
    key.into_iter().collect()
}

async fn team(
    work: &mut Work,
    clock: &Clock,
    project: Project,
    people: &[UserId],
    now: Timestamp,
) -> Result<()> {
    let room = of_project(project.id);
    let join = |user: &UserId| {
        let role = if *user == project.owner_id { MemberRole::Owner } else { MemberRole::Member };
        let newcomer = project_rules::Newcomer { id: clock.new_id(), user: *user, role, at: now };
        project_rules::join(&project, &newcomer)
    };
    let members: Vec<_> = people.iter().map(join).collect();
    let born = move |birth: &mut Change| {
        birth.insert(project.clone());
    };
    work.add(room.clone(), born).await?;
    for some in members.chunks(PEOPLE_AT_ONCE) {
        let some = some.to_vec();
        let joined = move |change: &mut Change| {
            for member in &some {
                change.insert(member.clone());
            }
        };
        work.add(room.clone(), joined).await?;
    }
    Ok(())
}

fn meeting(clock: &Clock, organizer: &Caller, number: u64, people: usize, now: Timestamp) -> Result<Meeting> {
    let calling = meeting_rules::Calling {
        title: &format!("Meeting {number}"),
        description: "",
        kind: MeetingKind::TeamMeeting,
        priority: Urgency::Medium,
        start_at: now,
        end_at: now.plus_seconds(8 * 3_600),
        timezone: "Africa/Dakar",
        // A crowd for measuring may be larger than any meeting people call.
        capacity: u32::try_from(people).unwrap_or(u32::MAX).max(meeting_rules::CAPACITY_MAX),
    };
    let called = meeting_rules::call(MeetingId::new(clock.new_id::<()>().uuid()), organizer, calling, now)?;
    meeting_rules::transition(&called, MeetingStatus::InProgress, now)
}

async fn audience(
    work: &mut Work,
    clock: &Clock,
    meeting: Meeting,
    people: &[UserId],
    now: Timestamp,
) -> Result<()> {
    let room = of_meeting(meeting.id);
    let invite = |user: &UserId| {
        let organizes = *user == meeting.organizer_id;
        let role = if organizes { AttendeeRole::Organizer } else { AttendeeRole::Attendee };
        let guest = meeting_rules::Guest { id: clock.new_id(), user: *user, role, at: now };
        meeting_rules::invite(&meeting, &guest)
    };
    let guests: Vec<_> = people.iter().map(invite).collect();
    let count = i64::try_from(people.len()).unwrap_or(i64::MAX);
    let born = move |birth: &mut Change| {
        birth.insert(meeting.clone());
        birth.add(COUNT, count);
    };
    work.add(room.clone(), born).await?;
    for some in guests.chunks(PEOPLE_AT_ONCE) {
        let some = some.to_vec();
        let invited = move |change: &mut Change| {
            for guest in &some {
                change.insert(guest.clone());
            }
        };
        work.add(room.clone(), invited).await?;
    }
    Ok(())
}

/// Puts tasks into a project.
async fn fill(work: &mut Work, clock: &Clock, within: (&Caller, ProjectId), count: usize) -> Result<()> {
    let (mut rank, now) = (rank::after(None, 1), clock.now());
    for first in (1..=count).step_by(TASKS_AT_ONCE) {
        let mut some = Vec::with_capacity(TASKS_AT_ONCE);
        for number in first..count.saturating_add(1).min(first + TASKS_AT_ONCE) {
            rank = rank::after(Some(&rank), 1);
            some.push(task(clock, within, (number, rank.clone()), now));
        }
        let counted = move |change: &mut Change| {
            for task in &some {
                progress::count(change, None, Some(task));
                change.insert(task.clone());
            }
        };
        work.add(of_project(within.1), counted).await?;
    }
    Ok(())
}

/// One of many tasks, which stand in all columns, matter more or less, and are due within the next hundred days.
fn task(
    clock: &Clock,
    (author, project): (&Caller, ProjectId),
    (number, rank): (usize, String),
    now: Timestamp,
) -> Task {
    let status = TaskStatus::ALL.get((number - 1) % TaskStatus::ALL.len()).copied().unwrap_or_default();
    let priority = Priority::ALL.get((number / 7) % Priority::ALL.len()).copied().unwrap_or_default();
    let title = format!("Task {number}");
    let opened = project_rules::open(
        author,
        project_rules::Opening { id: clock.new_id(), project, title: &title, rank },
    );
    let blocked_reason = (status == TaskStatus::Blocked).then(|| "seeded".to_owned());
    let estimated_minutes = u32::try_from(30 * (1 + number % 16)).ok();
    let days = i64::try_from(number * 37 % 100).unwrap_or(0);
    let due_at = (!number.is_multiple_of(5)).then(|| now.plus_seconds(86_400 * (1 + days)));
    Task { status, priority, blocked_reason, estimated_minutes, due_at, ..opened }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeded_keys_are_keys_and_differ() {
        assert_eq!(seeded_key(0), "S00000");
        assert_eq!(seeded_key(35), "S0000Z");
        assert_eq!(seeded_key(36), "S00010");
        assert!(crate::projects::lifecycle::key::is_key(&seeded_key(u64::MAX)));
    }
}
