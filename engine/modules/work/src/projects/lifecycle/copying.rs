//! What one project has in common with the one it was copied from. Told as one fact, it is copied step by step: each copy's
//! id follows from the fact and the original, so a step done again finds what it did.

use crate::projects::{
    backlog::reminding,
    events,
    kanban::rank,
    plan::missed,
    progress,
    rooms::of_project,
    rules,
    tables::{
        Project, ProjectId, ProjectMember, Task, TaskId,
        beside::{ChecklistItem, Dependency, Label},
        steering::{Milestone, MilestoneId},
    },
    words::{MemberRole, TaskStatus},
};
use actors::BoxFuture;
use engine::{Cause, Context, Engine, Error, On, Reaction, Result};
use schema::{
    change::Change,
    code::Code,
    codec,
    id::{Id, UserId},
    room::RoomId,
    table::{Row as _, Slot, Spec, Table},
    time::{Date, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use storage::Range;

/// Tasks of one project that are copied at most.
const TASKS_MAX: i64 = 2_000;
/// Rows read in one go.
const STRETCH: usize = 200;
/// Rows that one change copies. A task writes some ten rows of the store and is told whole, and a change is bounded.
const ROWS_AT_ONCE: usize = 12;
/// Bytes of rows that one change copies, unless the first alone is larger: a row's text stands in its event, too.
const BYTES_AT_ONCE: usize = 20_000;

/// Copies what a project shall have of another.
pub(crate) const COPY: Reaction = Reaction {
    name: "projects.copy_project",
    on: On::Names(&[events::PROJECT_COPIED]),
    acts_in: Cause::same_room,
    run: copy,
};

/// What is copied, and from where.
#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct Copying {
    pub(super) source_id: ProjectId,
    pub(super) with_tasks: bool,
    pub(super) with_team: bool,
    /// How many days later everything is.
    pub(crate) shift_days: i32,
}

/// Whether there is not too much to copy.
///
/// # Errors
/// `capacity-reached`.
pub(crate) async fn check(cx: &Context, copying: &Copying) -> Result<()> {
    let tasks: i64 = progress::by_column(cx, &of_project(copying.source_id)).await?.values().sum();
    if copying.with_tasks && tasks > TASKS_MAX {
        return Err(Error::new(
            Code::CapacityReached,
            "a project of more than 2,000 tasks is not copied with them",
        ));
    }
    Ok(())
}

fn copy<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let Ok(copying) = serde_json::from_value::<Copying>(cause.event.data.clone()) else { return Ok(()) };
        let (source, target) = (of_project(copying.source_id), ProjectId::new(cause.room.id()));
        let Some(project) = engine.reader().by_id::<Project>(&cause.room, target).await? else {
            return Ok(());
        };
        let copier = Copier { engine, cause, copying, source, project };
        let milestones = copier.structure().await?;
        let team = if copier.copying.with_team { copier.team().await? } else { HashSet::new() };
        if copier.copying.with_tasks { copier.tasks(&team, &milestones).await } else { Ok(()) }
    })
}

/// One project being copied into another.
struct Copier<'a> {
    engine: &'a Engine,
    cause: &'a Cause,
    copying: Copying,
    source: RoomId,
    project: Project,
}

impl Copier<'_> {
    /// The id of the copy of a record.
    fn id<T>(&self, of: Id<T>) -> Id<T> {
        Id::new(self.cause.derived(&of.to_string()))
    }

    fn day(&self, day: Date) -> Date {
        day.plus_days(self.copying.shift_days)
    }

    fn instant(&self, at: Timestamp) -> Timestamp {
        at.plus_seconds(86_400 * i64::from(self.copying.shift_days))
    }

    /// The beginning of a walk through a table of the source.
    fn walk<T: Table>(&self) -> Option<Range> {
        Some(Range::partition(Slot::Rows.number(T::SPEC.id), Spec::partition(&self.source), STRETCH))
    }

    /// The next stretch of a walk; nothing at its end.
    async fn stretch<T: Table>(&self, walk: &mut Option<Range>) -> Result<Option<Vec<T>>> {
        let Some(range) = walk.take() else { return Ok(None) };
        let rows: Vec<T> = self.engine.reader().range(&range).await?;
        let Some(last) = rows.last().map(|row| row.key().sort) else { return Ok(None) };
        if rows.len() == STRETCH {
            *walk = Some(range.after(last));
        }
        Ok(Some(rows))
    }

    /// Puts copies into the project, as many at once as one change holds, and leaves out those that are there.
    async fn put<T: Table>(
        &self,
        copies: Vec<T>,
        insert: impl Fn(&mut Change, T) + Send + Sync,
    ) -> Result<()> {
        let (mut change, mut bytes, mut first) = (Change::new(), 0, None);
        for copy in copies {
            if self.engine.reader().get::<T>(&self.cause.room, copy.key_parts()).await?.is_some() {
                continue;
            }
            let size = codec::to_bytes(&copy)?.len();
            if change.rows.len() >= ROWS_AT_ONCE || (bytes + size > BYTES_AT_ONCE && first.is_some()) {
                self.commit(std::mem::take(&mut change), first.take()).await?;
                bytes = 0;
            }
            bytes += size;
            first = first.or_else(|| Some(format!("{}:{}", T::SPEC.name, copy.entity_id())));
            insert(&mut change, copy);
        }
        self.commit(change, first).await
    }

    async fn commit(&self, mut change: Change, first: Option<String>) -> Result<()> {
        let Some(first) = first.filter(|_| !(change.rows.is_empty() && change.timers.is_empty())) else {
            return Ok(());
        };
        change.unaudited();
        self.engine.effect(&self.cause.step(&first), &self.cause.room, change).await?;
        Ok(())
    }

    /// Labels and milestones. Answers which milestones there are.
    async fn structure(&self) -> Result<HashSet<MilestoneId>> {
        let project_id = self.project.id;
        let mut walk = self.walk::<Label>();
        while let Some(labels) = self.stretch::<Label>(&mut walk).await? {
            let copies = labels.into_iter().map(|label| Label {
                id: self.id(label.id),
                org_id: self.project.org_id,
                project_id,
                name: label.name,
                color: label.color,
                ..Label::default()
            });
            self.put(copies.collect(), |change, label| {
                let slot = change.insert(label);
                events::of_project(change, events::LABEL_CREATED, slot, project_id);
            })
            .await?;
        }
        let mut known = HashSet::new();
        let mut walk = self.walk::<Milestone>();
        while let Some(milestones) = self.stretch::<Milestone>(&mut walk).await? {
            known.extend(milestones.iter().map(|milestone| milestone.id));
            let copies = milestones.into_iter().map(|old| Milestone {
                id: self.id(old.id),
                org_id: self.project.org_id,
                project_id,
                title: old.title,
                due_date: self.day(old.due_date),
                ..Milestone::default()
            });
            let (copies, mut watched): (Vec<Milestone>, _) = (copies.collect(), Change::new());
            for milestone in &copies {
                missed::watch(self.engine.reader(), &mut watched, milestone).await?;
            }
            let first = copies.first().map(|milestone| format!("timers:{}", milestone.id));
            self.put(copies, |change, milestone| {
                let slot = change.insert(milestone);
                events::of_project(change, events::MILESTONE_CREATED, slot, project_id);
            })
            .await?;
            self.commit(watched, first).await?;
        }
        Ok(known)
    }

    /// Those of the team who still may sign in; who owned the project is a member of the copy. Answers who they are.
    async fn team(&self) -> Result<HashSet<UserId>> {
        let mut team = HashSet::from([self.project.owner_id]);
        let mut walk = self.walk::<ProjectMember>();
        while let Some(members) = self.stretch::<ProjectMember>(&mut walk).await? {
            let mut copies = Vec::new();
            for member in members.into_iter().filter(ProjectMember::is_active) {
                let user = member.user_id;
                let is_there =
                    match people::users::active(self.engine.reader(), self.project.org_id, user).await {
                        Ok(_) => true,
                        Err(error) if matches!(error.code(), Code::NotFound | Code::RuleViolation) => false,
                        Err(error) => return Err(error),
                    };
                if !is_there || user == self.project.owner_id {
                    continue;
                }
                team.insert(user);
                let role = if member.role == MemberRole::Owner { MemberRole::Member } else { member.role };
                let (id, at) = (self.id(member.id), self.cause.event.occurred_at);
                let joined = rules::join(&self.project, &rules::Newcomer { id, user, role, at });
                copies.push(ProjectMember { function: member.function, ..joined });
            }
            self.put(copies, |change, member| {
                let slot = change.insert(member.clone());
                events::member_added(change, slot, &member, &self.project);
            })
            .await?;
        }
        Ok(team)
    }

    /// Tasks that were not given up, as if nobody had begun, with their checklists and what they wait for.
    async fn tasks(&self, team: &HashSet<UserId>, milestones: &HashSet<MilestoneId>) -> Result<()> {
        let project_id = self.project.id;
        let mut copied: HashSet<TaskId> = HashSet::new();
        let mut walk = self.walk::<Task>();
        while let Some(tasks) = self.stretch::<Task>(&mut walk).await? {
            copied.extend(tasks.iter().filter(|task| is_copied(task)).map(|task| task.id));
        }
        let mut walk = self.walk::<Task>();
        while let Some(tasks) = self.stretch::<Task>(&mut walk).await? {
            let tasks = tasks.into_iter().filter(is_copied).map(|task| Task {
                assignee_id: task.assignee_id.filter(|user| team.contains(user)),
                milestone_id: task.milestone_id.filter(|milestone| milestones.contains(milestone)),
                parent_id: task.parent_id.filter(|parent| copied.contains(parent)),
                ..task
            });
            let tasks = tasks.map(|task| self.task(task));
            let (tasks, mut watched): (Vec<Task>, _) = (tasks.collect(), Change::new());
            for task in &tasks {
                reminding::watch(self.engine.reader(), &mut watched, None, task).await?;
            }
            let first = tasks.first().map(|task| format!("timers:{}", task.id));
            self.put(tasks, |change, task| {
                progress::count(change, None, Some(&task));
                let slot = change.insert(task);
                events::task(change, events::TASK_CREATED, slot);
            })
            .await?;
            self.commit(watched, first).await?;
        }
        let mut walk = self.walk::<ChecklistItem>();
        while let Some(items) = self.stretch::<ChecklistItem>(&mut walk).await? {
            let items =
                items.into_iter().filter(|item| copied.contains(&item.task_id)).map(|item| ChecklistItem {
                    id: self.id(item.id),
                    org_id: self.project.org_id,
                    project_id,
                    task_id: self.id(item.task_id),
                    text: item.text,
                    rank: item.rank,
                    ..ChecklistItem::default()
                });
            self.put(items.collect(), |change, item| {
                let slot = change.insert(item);
                events::of_project(change, events::CHECKLIST_ADDED, slot, project_id);
            })
            .await?;
        }
        let mut walk = self.walk::<Dependency>();
        while let Some(dependencies) = self.stretch::<Dependency>(&mut walk).await? {
            let inside =
                |kept: &Dependency| copied.contains(&kept.task_id) && copied.contains(&kept.depends_on_id);
            let dependencies = dependencies.into_iter().filter(inside).map(|kept| Dependency {
                id: self.id(kept.id),
                org_id: self.project.org_id,
                project_id,
                task_id: self.id(kept.task_id),
                depends_on_id: self.id(kept.depends_on_id),
                kind: kept.kind,
                ..Dependency::default()
            });
            self.put(dependencies.collect(), |change, dependency| {
                let slot = change.insert(dependency);
                events::of_project(change, events::DEPENDENCY_ADDED, slot, project_id);
            })
            .await?;
        }
        Ok(())
    }

    /// The copy of a task that belongs to what is copied, too.
    fn task(&self, old: Task) -> Task {
        Task {
            id: self.id(old.id),
            org_id: self.project.org_id,
            project_id: self.project.id,
            title: old.title,
            description: old.description,
            status: TaskStatus::Todo,
            // In the order in which they were made: columns of before have no order among each other.
            rank: rank::after(None, old.number),
            priority: old.priority,
            assignee_id: old.assignee_id,
            reporter_id: self.project.owner_id,
            start_date: old.start_date.map(|day| self.day(day)),
            due_at: old.due_at.map(|at| self.instant(at)),
            estimated_minutes: old.estimated_minutes,
            parent_id: old.parent_id.map(|parent| self.id(parent)),
            milestone_id: old.milestone_id.map(|milestone| self.id(milestone)),
            label_ids: old.label_ids.into_iter().map(|label| self.id(label)).collect(),
            ..Task::default()
        }
    }
}

/// Whether a task is copied: it was not thrown away or given up.
fn is_copied(task: &Task) -> bool {
    task.is_kept() && task.status != TaskStatus::Cancelled
}
