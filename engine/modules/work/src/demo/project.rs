//! How a project is played: its team, its plan and its tasks as the rules of the module make them, then its reports and
//! what is said about its tasks, which people do themselves.

use super::{speech, told};
use crate::projects::{
    events,
    kanban::rank,
    progress,
    rooms::of_project,
    rules,
    tables::{MONEY, Project, ProjectId, Task, TaskId, beside::Label, steering::Milestone},
    words::{MemberRole, ProjectStatus, TaskStatus},
};
use engine::Result;
use people::demo::{Stage, script::broken};
use schema::{
    change::{Change, Slot},
    id::Id,
    time::Timestamp,
};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Tasks put with one change: with their index entries and events they stay well under its bytes.
const TASKS_AT_ONCE: usize = 12;
/// When work on a task ends.
const EVENING: i64 = 17;
/// Hours somebody works on one task in a day.
const HOURS_A_DAY: i32 = 4;

/// A project on its stage.
pub(super) struct Play<'a> {
    pub(super) stage: &'a Stage,
    pub(super) told: &'a told::Project,
    pub(super) project: Project,
}

/// The id of a told project.
pub(super) fn id_of(stage: &Stage, key: &str) -> ProjectId {
    stage.id(&format!("project {key}"))
}

impl<'a> Play<'a> {
    /// The project as it begins and as far as it has come since.
    ///
    /// # Errors
    /// When a rule refuses it.
    pub(super) fn new(stage: &'a Stage, told: &'a told::Project) -> Result<Self> {
        let (owner, _) = told.team.first().ok_or_else(|| broken("a project has an owner"))?;
        let beginning = rules::Beginning {
            key: told.key.to_owned(),
            title: told.title,
            description: &told.description,
            priority: told.priority,
            start_date: Some(stage.day(told.days.0)),
            due_date: stage.day(told.days.1),
            tags: told.tags.iter().map(|tag| (*tag).to_owned()).collect(),
            color: Some(told.color.to_owned()),
            visibility: told.visibility,
        };
        let begun = rules::begin(id_of(stage, told.key), &stage.as_caller(owner)?, beginning)?;
        let mut project = Project { budget_amount: told.budget, ..begun };
        let way: &[ProjectStatus] = match told.status {
            ProjectStatus::NotStarted => &[],
            ProjectStatus::InProgress => &[ProjectStatus::InProgress],
            status => &[ProjectStatus::InProgress, status],
        };
        for status in way {
            project = rules::transit(&project, *status, 0, false, stage.at(told.days.1, EVENING))?;
        }
        Ok(Self { stage, told, project })
    }

    pub(super) fn owner(&self) -> &'a str {
        self.told.team.first().map_or("", |(owner, _)| owner)
    }

    /// Who runs it from day to day, and so writes down what its owner must hear of.
    fn lead(&self) -> &'a str {
        let lead = self.told.team.iter().find(|(_, role)| *role == MemberRole::Lead);
        lead.map_or(self.owner(), |(lead, _)| lead)
    }

    pub(super) fn id<K>(&self, what: &str) -> Id<K> {
        self.stage.id(&format!("{} {what}", self.told.key))
    }

    pub(super) fn task_id(&self, place: usize) -> TaskId {
        self.id(&format!("task {place}"))
    }

    /// The task that others call by this name.
    pub(super) fn named(&self, name: &str) -> Result<TaskId> {
        let place = self.told.tasks.iter().position(|task| task.name == Some(name));
        place.map(|place| self.task_id(place)).ok_or_else(|| broken(&format!("no task is called {name}")))
    }

    /// Everything that is planned, and how it stands.
    ///
    /// # Errors
    /// When it is refused.
    pub(super) async fn plan(&self) -> Result<()> {
        let mut scene = self.stage.scene(of_project(self.project.id), "plan").await?;
        scene.commit(self.owner(), self.team()?).await?;
        scene.commit(self.owner(), self.frame()).await?;
        let mut ranks = HashMap::new();
        let told = self.told.tasks.iter().enumerate();
        let tasks =
            told.map(|(place, told)| self.task(place, told, &mut ranks)).collect::<Result<Vec<Task>>>()?;
        for some in tasks.chunks(TASKS_AT_ONCE) {
            scene.commit(self.owner(), self.tasks(some)).await?;
        }
        self.waits(&mut scene).await?;
        scene.commit(self.owner(), self.checklists()).await?;
        scene.commit(self.lead(), self.risks()?).await?;
        self.reports(&mut scene, &tasks).await
    }

    /// What people say about its tasks, each to those they mean.
    ///
    /// # Errors
    /// When it is refused.
    pub(super) async fn talk(&self) -> Result<()> {
        let mut scene = self.stage.scene(of_project(self.project.id), "talk").await?;
        for (place, task) in self.told.tasks.iter().enumerate() {
            let record = json!({"entity_type": "task", "entity_id": self.task_id(place)});
            for remark in &task.talk {
                let parent_id = match remark.answers && scene.is_due() {
                    true => self.last_remark(remark.by, &record).await?,
                    false => Value::Null,
                };
                let (body, mention_ids) = speech(self.stage, remark.words);
                let comment = json!({
                    "entity_type": "task", "entity_id": self.task_id(place),
                    "body": body, "mention_ids": mention_ids, "parent_id": parent_id,
                });
                scene.call(remark.by, "CreateComment", comment).await?;
            }
        }
        Ok(())
    }

    /// The last comment on a record that answers none.
    async fn last_remark(&self, reader: &str, record: &Value) -> Result<Value> {
        let comments = self.stage.ask(reader, "ListComments", json!({"query": record})).await?;
        let comments = comments.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
        let first =
            comments.into_iter().rev().find(|comment| comment.get("parent_id").is_none_or(Value::is_null));
        Ok(first.and_then(|mut comment| Some(comment.get_mut("id")?.take())).unwrap_or_default())
    }

    fn team(&self) -> Result<Change> {
        let mut change = Change::new();
        let slot = change.insert(self.project.clone());
        change.tell(events::PROJECT_CREATED, slot).hiding(MONEY);
        for ((person, role), second) in self.told.team.iter().zip(0..) {
            let (id, user) = (self.id(&format!("member {person}")), self.stage.user(person)?);
            let at = self.stage.at(self.told.days.0.min(0), 9).plus_seconds(second);
            let member = rules::join(&self.project, &rules::Newcomer { id, user, role: *role, at });
            let slot = change.insert(member.clone());
            if *role != MemberRole::Owner {
                events::member_added(&mut change, slot, &member, &self.project);
            }
        }
        Ok(change)
    }

    /// Labels and milestones.
    fn frame(&self) -> Change {
        let mut change = Change::new();
        let project_id = self.project.id;
        for (name, color) in &self.told.labels {
            let slot = change.insert(Label {
                id: self.id(&format!("label {name}")),
                org_id: self.project.org_id,
                project_id,
                name: (*name).to_owned(),
                color: (*color).to_owned(),
                ..Label::default()
            });
            events::of_project(&mut change, events::LABEL_CREATED, slot, project_id);
        }
        for milestone in &self.told.milestones {
            let slot = change.insert(Milestone {
                id: self.id(&format!("milestone {}", milestone.title)),
                org_id: self.project.org_id,
                project_id,
                title: milestone.title.to_owned(),
                due_date: self.stage.day(milestone.due),
                completed_at: milestone.reached.map(|day| self.stage.at(day, EVENING)),
                ..Milestone::default()
            });
            events::of_project(&mut change, events::MILESTONE_CREATED, slot, project_id);
        }
        change
    }

    fn task(&self, place: usize, told: &told::Task, ranks: &mut HashMap<TaskStatus, String>) -> Result<Task> {
        let author = self.stage.as_caller(self.owner())?;
        let last = ranks.get(&told.status).map(String::as_str);
        let rank = rank::after(last, 1);
        ranks.insert(told.status, rank.clone());
        let opening = rules::Opening {
            id: self.task_id(place),
            project: self.project.id,
            title: told.title,
            rank: rank.clone(),
        };
        let arrival =
            rules::Arrival { column: told.status, rank, reason: told.blocked, at: self.done_at(place, told) };
        let milestone = told.milestone.and_then(|at| self.told.milestones.get(at));
        let hours = told.hours.unwrap_or_default();
        let days = i32::try_from(hours).unwrap_or_default() / HOURS_A_DAY;
        Ok(Task {
            description: told.description.clone(),
            priority: told.priority,
            assignee_id: told.assignee.map(|person| self.stage.user(person)).transpose()?,
            start_date: told.due.map(|due| self.stage.day(due - days)),
            due_at: told.due.map(|due| self.stage.at(due, EVENING)),
            estimated_minutes: told.hours.map(|hours| hours * 60),
            parent_id: told.parent.map(|parent| self.task_id(parent)),
            milestone_id: milestone.map(|milestone| self.id(&format!("milestone {}", milestone.title))),
            label_ids: told.labels.iter().map(|label| self.id(&format!("label {label}"))).collect(),
            ..rules::put(&rules::open(&author, opening), arrival)?
        })
    }

    /// When a task was done: at some hour of its last day, or a day before or after.
    fn done_at(&self, place: usize, told: &told::Task) -> Timestamp {
        let (day, hour) =
            (i32::try_from(place % 3).unwrap_or_default() - 1, i64::try_from(place % 7).unwrap_or_default());
        let at = self.stage.at(told.due.unwrap_or_default() + day, 10 + hour);
        at.min(self.stage.now())
    }

    fn tasks(&self, tasks: &[Task]) -> Change {
        let mut change = Change::new();
        for task in tasks {
            progress::count(&mut change, None, Some(task));
            let slot: Slot<Task> = change.insert(task.clone());
            events::task(&mut change, events::TASK_CREATED, slot);
            // What is over was heard of long ago.
            if task.status.is_open() && task.assignee_id.is_some() {
                events::task_assigned(&mut change, slot, None, task);
            }
        }
        change
    }
}
