//! Tells people of their tasks that are due. A timer stands for a person and an instant, never for a task: whatever is
//! due for them is looked up then, told in their own room, and the next instant wished for.

use super::due::{News, Whose};
use crate::projects::{
    events,
    rooms::of_project,
    tables::{Project, ProjectId, Task, TaskId, reminders::TaskReminder},
    team,
    words::{MemberRole, Urgency},
};
use crate::zones;
use actors::BoxFuture;
use engine::{
    Cause, Context, Empty, Endpoint, Engine, Needs, On, Outcome, Reaction, Reader, Result, Route, Scope,
};
use people::{
    notifications::{events::PREFERENCES, preferences::preferences_of},
    rooms::of_user,
};
use schema::{
    caller::{ActorKind, Caller},
    change::Change,
    code::Code,
    id::{OrgId, UserId},
    key::KeyWriter,
    operation,
    reply::Reply,
    room::RoomId,
    time::Timestamp,
};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;

/// Tasks of one person that are looked at, those that are due first first.
const LOOKED_AT_MAX: usize = 500;
/// Tasks that one change tells of: a change is bounded.
const TOLD_AT_ONCE: usize = 40;
/// When the rest is told, in seconds.
const REST_AFTER_S: i64 = 1;

/// Looks at somebody's tasks anew when they wish to be told earlier or later.
pub(crate) const LOOK_ANEW: Reaction = Reaction {
    name: "projects.look_at_due_anew",
    on: On::Names(&[PREFERENCES]),
    acts_in: Cause::same_room,
    run: look_anew,
};

/// Where and how somebody wishes to be told; nothing of who is gone or kept out.
async fn whose(reader: &Reader, org: OrgId, user: UserId) -> Result<Option<Whose>> {
    match people::users::active(reader, org, user).await {
        Ok(user_row) => {
            let lead_days = preferences_of(reader, user).await?.reminder_days_before;
            Ok(Some(Whose { zone: zones::named(&user_row.timezone)?, lead_days }))
        }
        Err(error) if matches!(error.code(), Code::NotFound | Code::RuleViolation) => Ok(None),
        Err(error) => Err(error),
    }
}

fn wish(change: &mut Change, user: UserId, at: Timestamp) {
    change.later(at, "RemindOfTasks", json!({"user_id": user}));
}

/// Has whoever does a task looked at in time, where it is due at another time than before, or for somebody else.
///
/// # Errors
/// When the store fails.
pub(crate) async fn watch(
    reader: &Reader,
    change: &mut Change,
    old: Option<&Task>,
    new: &Task,
) -> Result<()> {
    let is_due = |task: &Task| task.assignee_id.zip(task.due_at).filter(|_| task.is_somebodys_open());
    let Some((user, due_at)) = is_due(new).filter(|due| old.and_then(is_due) != Some(*due)) else {
        return Ok(());
    };
    if let Some(whose) = whose(reader, new.org_id, user).await? {
        wish(change, user, whose.looked_at(due_at, reader.now())?);
    }
    Ok(())
}

fn look_anew<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let (reader, user, now) = (engine.reader(), UserId::new(cause.room.id()), cause.event.occurred_at);
        let Some(first) = due(reader, user, 1).await?.pop() else { return Ok(()) };
        let Some(whose) = whose(reader, cause.event.org_id, user).await? else { return Ok(()) };
        let mut change = Change::new();
        change.unaudited();
        wish(&mut change, user, whose.looked_at(first.due_at, now)?);
        engine.effect(cause, &cause.room, change).await?;
        Ok(())
    })
}

/// A task of somebody's that is due.
#[derive(Deserialize)]
struct Due {
    id: TaskId,
    project_id: ProjectId,
    number: u64,
    title: String,
    due_at: Timestamp,
}

/// Somebody's open tasks with a time, those that are due first first.
async fn due(reader: &Reader, user: UserId, limit: usize) -> Result<Vec<Due>> {
    let within = KeyWriter::new().with(&Some(user));
    // What has no time comes before all that has one.
    let begin = KeyWriter::new().with(&Some(Timestamp::from_ms(i64::MIN))).finish();
    let found = reader.index::<Task>("mine", within, limit, |range| range.since(begin)).await?;
    Ok(found.into_iter().filter_map(|entry| serde_json::from_value(entry).ok()).collect())
}

/// Tells the caller of those of their tasks that are due soon, today, or late, and were not told of yet. The server does
/// it by itself, each morning and when something becomes late.
#[operation]
pub(crate) struct RemindOfTasks {
    /// Whose tasks: only ever one's own.
    #[serde(default)]
    user_id: Option<UserId>,
}

impl Endpoint for RemindOfTasks {
    const ROUTE: Route =
        Route::post("/tasks/my/remind/").tells(&[events::TASK_DUE_SOON, events::TASK_OVERDUE]);
    const NEEDS: Needs = Needs::Own;
    type Output = Empty;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(of_user(self.whom(caller)))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let user = self.whom(&cx.caller);
        let Some(whose) = whose(cx, cx.standing.org, user).await? else {
            return Ok(Outcome::Answer(Reply::empty()));
        };
        let (mut change, mut projects, mut next) = (Change::new(), HashMap::new(), None::<Timestamp>);
        change.unaudited();
        for task in due(cx, user, LOOKED_AT_MAX).await? {
            if change.events.len() == TOLD_AT_ONCE {
                next = Some(cx.now().plus_seconds(REST_AFTER_S));
                break;
            }
            let at = whose.looked_at(task.due_at, cx.now())?;
            next = Some(next.map_or(at, |next| next.min(at)));
            let key = KeyWriter::new().with(&user).with(&task.id);
            let told: Option<TaskReminder> = cx.get(cx.room()?, key).await?;
            let Some(news) = whose.news(task.due_at, told.as_ref(), cx.now())? else { continue };
            if is_under_way(cx, &mut projects, task.project_id).await? {
                let reminder = TaskReminder {
                    user_id: user,
                    task_id: task.id,
                    project_id: task.project_id,
                    due_at: task.due_at,
                    urgency: news.urgency,
                    told_on: zones::day_at(&whose.zone, cx.now())?,
                    leads_told: news.leads || told.as_ref().is_some_and(|told| told.leads_told),
                    version: told.as_ref().map_or(0, |told| told.version),
                };
                tell(cx, &mut change, &whose, (told.as_ref(), reminder), (&task, news)).await?;
            }
        }
        let Some(next) = next else { return Ok(Outcome::Answer(Reply::empty())) };
        wish(&mut change, user, next);
        Ok(Outcome::Commit(change))
    }
}

impl RemindOfTasks {
    fn whom(&self, caller: &Caller) -> UserId {
        self.user_id.filter(|_| caller.kind == ActorKind::System).unwrap_or(caller.user)
    }
}

/// Whether a project is worked on: what was put away, is over or waits, reminds nobody.
async fn is_under_way(reader: &Reader, known: &mut HashMap<ProjectId, bool>, id: ProjectId) -> Result<bool> {
    if let Some(known) = known.get(&id) {
        return Ok(*known);
    }
    let project: Option<Project> = reader.by_id(&of_project(id), id).await?;
    let is = project.is_some_and(|project| project.is_under_way());
    known.insert(id, is);
    Ok(is)
}

/// Notes and tells in somebody's own room that a task of theirs is due.
async fn tell(
    reader: &Reader,
    change: &mut Change,
    whose: &Whose,
    (told, reminder): (Option<&TaskReminder>, TaskReminder),
    (task, news): (&Due, News),
) -> Result<()> {
    let name = if news.urgency == Urgency::Late { events::TASK_OVERDUE } else { events::TASK_DUE_SOON };
    let mut notify = vec![reminder.user_id];
    if news.leads {
        let leads = [MemberRole::Owner, MemberRole::Lead];
        notify.extend(team::of_roles(reader, task.project_id, &leads).await?);
    }
    let due_date = zones::day_at(&whose.zone, task.due_at)?;
    let data = json!({
        "title": task.title,
        "project_id": task.project_id,
        "number": task.number,
        "assignee_id": reminder.user_id,
        "due_at": task.due_at,
        "due_date": due_date,
        "urgency": news.urgency,
    });
    let slot = match told {
        Some(told) => change.update(told, reminder),
        None => change.insert(reminder),
    };
    change.tell(name, slot).saying(move |_| data.clone()).notify(notify);
    Ok(())
}
