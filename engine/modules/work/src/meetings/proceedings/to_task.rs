//! An action that becomes a task of a project, and follows it from then on. Both are somebody else's records in
//! somebody else's room, so each asks the other for what it wants, under a name made of the event that made it want.

use super::{actions::action_of, duties};
use crate::meetings::{
    events,
    rooms::of_meeting,
    rules,
    tables::{ActionId, ActionItem, MeetingId},
    words::{ActionStatus, Urgency},
};
use crate::{
    projects::{
        self,
        tables::{ProjectId, Task, TaskId},
        words::{Priority, TaskStatus},
    },
    zones,
};
use actors::BoxFuture;
use engine::{
    Call, Cause, Context, Endpoint, Engine, Error, Needs, On, Outcome, Reaction, Record, Request, Result,
    Route, Scope,
};
use schema::{caller::Caller, change::Change, code::Code, key::KeyWriter, operation, room::RoomId};
use serde::Deserialize;
use serde_json::{Value, json};

/// Actions that may follow one task.
const FOLLOWERS_MAX: usize = 10;

/// Makes the task that an action shall be.
pub(crate) const MAKE_TASK: Reaction = Reaction {
    name: "meetings.make_task",
    on: On::Names(&[events::ACTION_CHANGED]),
    acts_in: Cause::same_room,
    run: make_task,
};

/// Lets actions follow their tasks.
pub(crate) const FOLLOW_TASK: Reaction = Reaction {
    name: "meetings.follow_task",
    on: On::Names(&[
        projects::events::TASK_STATUS_CHANGED,
        projects::events::TASK_DELETED,
        projects::events::TASK_RESTORED,
    ]),
    acts_in: Cause::same_room,
    run: follow_task,
};

/// Makes an action a task of a project in which the caller may create tasks. Its id stands in the action a moment
/// later; from then on the action stands where its task does.
#[operation]
pub(crate) struct ActionToTask {
    /// The meeting.
    meeting_id: MeetingId,
    /// The action.
    action_id: ActionId,
    /// The project.
    project_id: ProjectId,
}

impl Endpoint for ActionToTask {
    const ROUTE: Route = Route::post("/{meeting_id}/actions/{action_id}/to-task/")
        .tells(&[events::ACTION_CHANGED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::Member(rules::WRITERS);
    type Output = Record<ActionItem>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = action_of(cx, self.meeting_id, self.action_id).await?;
        if old.assignee_id != cx.caller.user && !rules::moderates(cx) {
            return Err(Error::forbidden("only whoever does it or a moderator makes an action a task"));
        }
        projects::writable(cx, self.project_id).await?;
        duties::check_to_task(&old)?;
        let mut change = Change::new();
        let slot = change.update(&old, ActionItem { project_id: Some(self.project_id), ..old.clone() });
        let wanted = self.project_id;
        events::action(&mut change, events::ACTION_CHANGED, slot).with(move |_| json!({"wanted_in": wanted}));
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

fn make_task<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        #[derive(Deserialize)]
        struct Wanted {
            wanted_in: ProjectId,
        }
        let Ok(Wanted { wanted_in }) = serde_json::from_value(cause.event.data.clone()) else {
            return Ok(());
        };
        let id = ActionId::new(cause.event.entity.id);
        let Some(action) = engine.reader().by_id::<ActionItem>(&cause.room, id).await? else { return Ok(()) };
        if action.task_id.is_some() || action.project_id != Some(wanted_in) {
            return Ok(());
        }
        let task = match create(engine, cause, &action, wanted_in, true).await {
            // Who does it is not on the team: then nobody does the task yet.
            Err(error) if error.fields().any(|field| field == "/assignee_id") => {
                create(engine, cause, &action, wanted_in, false).await
            }
            made => made,
        };
        let (task_id, project_id) = match task {
            Ok(task) => (Some(task), Some(wanted_in)),
            Err(error) if error.is_passing() => return Err(error),
            // The project is not what it was when this was asked: the action is none of its tasks.
            Err(_) => (None, None),
        };
        let mut change = Change::new();
        let slot = change.update(&action, ActionItem { task_id, project_id, ..action.clone() });
        events::action(&mut change, events::ACTION_CHANGED, slot);
        engine.effect(cause, &cause.room, change).await?;
        Ok(())
    })
}

/// Creates the task in the name of whoever asked for it; asked again, it is the same task.
async fn create(
    engine: &Engine,
    cause: &Cause,
    action: &ActionItem,
    project: ProjectId,
    with_assignee: bool,
) -> Result<TaskId> {
    let due_at = match action.due_date {
        Some(day) => {
            let zone = zones::of_person(engine.reader(), action.org_id, action.assignee_id).await?;
            Some(zones::end_of(&zone, day.civil())?)
        }
        None => None,
    };
    let mut input = json!({
        "project_id": project,
        "title": action.title,
        "description": action.description,
        "priority": priority(action.priority),
        "due_at": due_at,
    });
    if let Some(members) = input.as_object_mut().filter(|_| with_assignee) {
        members.insert("assignee_id".into(), json!(action.assignee_id));
    }
    let author = cause.event.actor_id.unwrap_or_default();
    let caller = Caller { user: author, ..Caller::system(cause.event.org_id) };
    let key = format!("task:{}:{with_assignee}", cause.event.id);
    let made = ask(engine, caller, "CreateTask", input, key).await?;
    let id = made.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    id.map(TaskId::new).ok_or_else(|| Error::new(Code::Internal, "the task was made without an id"))
}

const fn priority(urgency: Urgency) -> Priority {
    match urgency {
        Urgency::Low => Priority::Low,
        Urgency::Medium => Priority::Medium,
        Urgency::High => Priority::High,
        Urgency::Urgent => Priority::Critical,
    }
}

fn follow_task<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        #[derive(Deserialize)]
        struct Follower {
            id: ActionId,
            meeting_id: MeetingId,
        }
        let id = TaskId::new(cause.event.entity.id);
        let task: Option<Task> = engine.reader().by_id(&cause.room, id).await?;
        // In the trash it is as good as called off; taken back, it stands where it stood.
        let stands = task.filter(Task::is_kept).map_or(TaskStatus::Cancelled, |task| task.status);
        let within = KeyWriter::new().with(&Some(id));
        let found =
            engine.reader().index::<ActionItem>("by_task", within, FOLLOWERS_MAX, |range| range).await?;
        for follower in found {
            let Ok(Follower { id, meeting_id }) = serde_json::from_value(follower) else { continue };
            let status: ActionStatus = duties::following(stands);
            let input = json!({"meeting_id": meeting_id, "action_id": id, "status": status});
            let key = format!("follow:{}", cause.event.id);
            match ask(engine, Caller::system(cause.event.org_id), "EditAction", input, key).await {
                Err(error) if error.is_passing() => return Err(error),
                // It is gone: nothing follows any more.
                _ => {}
            }
        }
        Ok(())
    })
}

/// Has an operation carried out where it belongs, once, however often it is asked for under this key.
async fn ask(engine: &Engine, caller: Caller, operation: &str, input: Value, key: String) -> Result<Value> {
    let call = Call {
        caller: Some(caller),
        operation: operation.to_owned(),
        input,
        key: Some(key),
        if_match: None,
        request: Request::default(),
    };
    Ok(Box::pin(engine.call(call)).await?.into_reply().body)
}
