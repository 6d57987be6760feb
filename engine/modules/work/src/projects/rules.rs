//! What a project allows: how it begins, who may change which task, how a task moves between columns.
//! Pure functions from old rows and a wish to new rows or a refusal.

use super::{
    tables::{Project, ProjectId, ProjectMember, Task, TaskId},
    words::{MemberRole, Priority, ProjectStatus, TaskStatus, Visibility},
};
use engine::{Action, Context, Error, Extent, Level, Moves, Needs, Result};
use schema::{
    caller::Caller,
    code::Code,
    id::{Id, UserId},
    role::Role,
    time::{Date, Timestamp},
};

/// Roles that run a project.
pub(super) const LEADERS: &[&str] = &["owner", "lead"];
/// Roles that create tasks.
pub(super) const WRITERS: &[&str] = &["owner", "lead", "member"];
/// Every role.
pub(super) const TEAM: &[&str] = &["owner", "lead", "member", "advisor", "sponsor", "viewer"];
/// What who leads a project may do in it, and whose level covers all projects.
pub(super) const LEAD: Needs = Needs::Any(&[Needs::OrgLevel(Action::Write), Needs::Member(LEADERS)]);
/// The same for what takes somebody in or out, and for putting a project away.
pub(super) const OWNER: Needs = Needs::Any(&[Needs::OrgLevel(Action::Manage), Needs::Member(&["owner"])]);
/// The same for its team.
pub(super) const LEAD_TEAM: Needs = Needs::Any(&[Needs::OrgLevel(Action::Manage), Needs::Member(LEADERS)]);
/// What whoever works in a project may do.
pub(super) const WRITE: Needs = Needs::Any(&[Needs::OrgLevel(Action::Write), Needs::Member(WRITERS)]);
/// What those may do who look after a project's risks.
pub(super) const ADVISE: Needs =
    Needs::Any(&[Needs::OrgLevel(Action::Write), Needs::Member(&["owner", "lead", "advisor"])]);
/// Leads of one project, its owner aside.
pub(super) const LEADS_MAX: usize = 5;
/// Text of tasks that one change rewrites at most, in bytes: a change is bounded.
pub(super) const TEXT_AT_ONCE: usize = 30_000;
/// The longest project, in days: five years, leap days included.
const SPAN_DAYS_MAX: i32 = 5 * 366;
/// A project's colour where nobody chose one.
const COLOR: &str = "#2f6f4f";

/// What a new project is made of.
pub(crate) struct Beginning<'a> {
    pub(crate) key: String,
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
    pub(crate) priority: Priority,
    pub(crate) start_date: Option<Date>,
    pub(crate) due_date: Date,
    pub(crate) tags: Vec<String>,
    pub(crate) color: Option<String>,
    pub(crate) visibility: Visibility,
}

/// A new project of its owner's.
pub(crate) fn begin(id: ProjectId, owner: &Caller, beginning: Beginning<'_>) -> Result<Project> {
    check_span(beginning.start_date, beginning.due_date)?;
    Ok(Project {
        id,
        org_id: owner.org,
        key: beginning.key,
        title: beginning.title.trim().to_owned(),
        description: beginning.description.to_owned(),
        status: ProjectStatus::NotStarted,
        priority: beginning.priority,
        start_date: beginning.start_date,
        due_date: beginning.due_date,
        tags: beginning.tags,
        color: beginning.color.unwrap_or_else(|| COLOR.to_owned()),
        visibility: beginning.visibility,
        owner_id: owner.user,
        ..Project::default()
    })
}

/// Which state of a project leads to which.
pub(super) const MOVES: Moves<ProjectStatus> = {
    use ProjectStatus::{Cancelled, Completed, InProgress, NotStarted, OnHold};
    Moves(&[
        (NotStarted, &[InProgress, Cancelled]),
        (InProgress, &[OnHold, Completed, Cancelled]),
        (OnHold, &[InProgress, Cancelled]),
        (Completed, &[InProgress]),
        (Cancelled, &[InProgress]),
    ])
};

/// The project in another state.
///
/// # Errors
/// `invalid-transition`; `rule-violation` for completing one whose tasks are not all done, unless it is forced.
pub(crate) fn transit(
    old: &Project,
    to: ProjectStatus,
    open_tasks: i64,
    forced: bool,
    at: Timestamp,
) -> Result<Project> {
    MOVES.check(old.status, to)?;
    if to == ProjectStatus::Completed && open_tasks > 0 && !forced {
        let refused = Error::rule("some tasks are still open; say force and a reason to cancel them");
        return Err(refused.with("open_tasks", open_tasks));
    }
    let completed_at = (to == ProjectStatus::Completed).then_some(at);
    Ok(Project { status: to, completed_at, ..old.clone() })
}

/// A project ends after it begins, and within five years.
///
/// # Errors
/// `validation`.
pub(super) fn check_span(start: Option<Date>, due: Date) -> Result<()> {
    let Some(start) = start else { return Ok(()) };
    if start > due {
        return Err(Error::field("/due_date", "order", "must not be before the start"));
    }
    let days = start.civil().until(due.civil()).map_or(i32::MAX, |span| span.get_days());
    if days > SPAN_DAYS_MAX {
        return Err(Error::field("/due_date", "span", "a project lasts five years at most"));
    }
    Ok(())
}

/// Somebody who comes into a project.
pub(crate) struct Newcomer {
    pub(crate) id: Id<ProjectMember>,
    pub(crate) user: UserId,
    pub(crate) role: MemberRole,
    pub(crate) at: Timestamp,
}

/// Their place in it.
pub(crate) fn join(project: &Project, newcomer: &Newcomer) -> ProjectMember {
    ProjectMember {
        id: newcomer.id,
        org_id: project.org_id,
        project_id: project.id,
        user_id: newcomer.user,
        role: newcomer.role,
        joined_at: newcomer.at,
        ..ProjectMember::default()
    }
}

/// What a new task is made of.
pub(crate) struct Opening<'a> {
    pub(crate) id: TaskId,
    pub(crate) project: ProjectId,
    pub(crate) title: &'a str,
    pub(crate) rank: String,
}

/// A new task that its author asks for: to do, at a rank.
pub(crate) fn open(author: &Caller, opening: Opening<'_>) -> Task {
    Task {
        id: opening.id,
        org_id: author.org,
        project_id: opening.project,
        title: opening.title.trim().to_owned(),
        status: TaskStatus::Todo,
        rank: opening.rank,
        priority: Priority::Medium,
        reporter_id: author.user,
        ..Task::default()
    }
}

/// What somebody may do in a project.
pub(super) struct Rights<'a> {
    pub(super) caller: &'a Caller,
    pub(super) level: Level,
    pub(super) role: Option<&'a str>,
}

impl<'a> Rights<'a> {
    /// Those of a call's caller.
    pub(super) fn of(cx: &'a Context) -> Self {
        Self { caller: &cx.caller, level: cx.level, role: cx.standing.role.as_deref() }
    }

    /// Whether they run the project: by membership, or because their level covers all of them.
    pub(super) fn lead(&self) -> bool {
        self.caller.role == Role::SuperAdministrator
            || self.level.write == Extent::Org
            || self.role.is_some_and(|role| LEADERS.contains(&role))
    }

    /// Whether they may know what a project costs: who runs it, sponsors it, or manages all of them.
    pub(super) fn sees_money(&self) -> bool {
        self.caller.role == Role::SuperAdministrator
            || self.level.manage
            || self.role.is_some_and(|role| ["owner", "lead", "sponsor"].contains(&role))
    }

    /// A member edits tasks that they created or that are theirs to do; who leads edits all.
    ///
    /// # Errors
    /// `forbidden`.
    pub(super) fn cover(&self, task: &Task) -> Result<()> {
        let user = Some(self.caller.user);
        let own = task.created_by == user || task.assignee_id == user;
        if self.lead() || (self.role == Some(MemberRole::Member.word()) && own) {
            return Ok(());
        }
        Err(Error::forbidden("members change only tasks that they created or that are assigned to them"))
    }
}

/// A task's coming into a column, or to another place in its own.
pub(crate) struct Arrival<'a> {
    pub(crate) column: TaskStatus,
    pub(crate) rank: String,
    pub(crate) reason: Option<&'a str>,
    pub(crate) at: Timestamp,
}

/// The task where it arrives.
///
/// # Errors
/// `validation` when a blocked task is given no reason.
pub(crate) fn put(task: &Task, arrival: Arrival<'_>) -> Result<Task> {
    let Arrival { column, rank, reason, at } = arrival;
    let mut moved = Task { status: column, rank, ..task.clone() };
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    if column == TaskStatus::Blocked {
        moved.blocked_reason = reason.map(str::to_owned).or(moved.blocked_reason);
        if moved.blocked_reason.is_none() {
            return Err(Error::field("/reason", "required", "say what blocks the task"));
        }
    } else {
        moved.blocked_reason = None;
    }
    // Whatever leaves the column of finished tasks is finished no longer.
    moved.completed_at = match column {
        TaskStatus::Done => task.completed_at.or(Some(at)),
        _ => None,
    };
    Ok(moved)
}

/// A transition leads somewhere else; moving along a column is not one.
///
/// # Errors
/// `invalid-transition`, with the columns that are allowed.
pub(super) fn check_transition(task: &Task, to: TaskStatus) -> Result<()> {
    if task.status != to {
        return Ok(());
    }
    let allowed: Vec<&str> =
        TaskStatus::ALL.into_iter().filter(|status| *status != to).map(TaskStatus::word).collect();
    let refused = Error::new(Code::InvalidTransition, format!("the task is already in {}", to.word()));
    Err(refused.with("allowed", allowed))
}

/// A task starts before it is due.
///
/// # Errors
/// `validation`.
pub(super) fn check_times(start: Option<Date>, due: Option<Timestamp>) -> Result<()> {
    match (start, due) {
        (Some(start), Some(due)) if due.to_string() < start.to_string() => {
            Err(Error::field("/due_at", "order", "must not be before the start"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use schema::id::OrgId;
    use uuid::Uuid;

    fn person(n: u128) -> UserId {
        UserId::new(Uuid::from_u128(n))
    }

    /// A task of person 1's, for person 2 to do.
    pub(in crate::projects) fn task() -> Task {
        let opening =
            Opening { id: Id::NIL, project: Id::NIL, title: "Water the seedlings", rank: "V0000000".into() };
        let opened = open(&caller(1), opening);
        Task { assignee_id: Some(person(2)), created_by: Some(person(1)), version: 1, ..opened }
    }

    fn caller(n: u128) -> Caller {
        Caller { user: person(n), role: Role::Student, ..Caller::system(OrgId::NIL) }
    }

    #[test]
    fn a_member_changes_own_tasks_and_a_lead_all() {
        let may = |n, level, role| {
            let caller = caller(n);
            Rights { caller: &caller, level, role: Some(role) }.cover(&task()).is_ok()
        };

        assert!(may(1, Level::RO, "member") && may(2, Level::RO, "member"));
        assert!(!may(3, Level::WO, "member"));
        assert!(!may(1, Level::RO, "viewer"));
        assert!(may(3, Level::RO, "lead") && may(3, Level::W, "viewer"));
    }

    fn into(task: &Task, column: TaskStatus, reason: Option<&str>, at: i64) -> Result<Task> {
        put(task, Arrival { column, rank: "V0000001".into(), reason, at: Timestamp::from_ms(at) })
    }

    #[test]
    fn a_task_is_blocked_for_a_reason_and_forgets_it_afterwards() {
        assert!(into(&task(), TaskStatus::Blocked, Some("  "), 5).is_err());

        let blocked = into(&task(), TaskStatus::Blocked, Some("no water"), 5).unwrap();
        let again = into(&blocked, TaskStatus::Blocked, None, 6).unwrap();
        let freed = into(&again, TaskStatus::Todo, None, 7).unwrap();

        assert_eq!(again.blocked_reason.as_deref(), Some("no water"));
        assert_eq!(freed.blocked_reason, None);
    }

    #[test]
    fn a_finished_task_keeps_its_instant_until_it_is_reopened() {
        let done = into(&task(), TaskStatus::Done, None, 5).unwrap();

        let moved = into(&done, TaskStatus::Done, None, 9).unwrap();
        let reopened = into(&moved, TaskStatus::InReview, None, 9).unwrap();

        assert_eq!((moved.completed_at, reopened.completed_at), (Some(Timestamp::from_ms(5)), None));
    }

    #[test]
    fn a_transition_to_where_it_is_names_where_it_could_go() {
        let refused = check_transition(&task(), TaskStatus::Todo).unwrap_err();

        assert_eq!(refused.code(), Code::InvalidTransition);
        assert_eq!(refused.problem(false).extra["allowed"].as_array().map(Vec::len), Some(5));
        assert!(check_transition(&task(), TaskStatus::Cancelled).is_ok());
    }

    #[test]
    fn a_project_ends_after_it_begins_and_within_five_years() {
        let date = |text: &str| text.parse::<Date>().unwrap();

        assert!(check_span(Some(date("2025-01-02")), date("2025-01-02")).is_ok());
        assert!(check_span(Some(date("2025-01-02")), date("2025-01-01")).is_err());
        assert!(check_span(Some(date("2025-01-01")), date("2031-01-01")).is_err());
        assert!(check_times(Some(date("2025-01-02")), "2025-01-01T23:00:00Z".parse().ok()).is_err());
    }
}
