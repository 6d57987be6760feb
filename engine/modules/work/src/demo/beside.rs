//! What stands beside a project's tasks: what waits for what, checklists, risks, and reports with the numbers of their
//! day. Rows as the operations of the module make them.

use super::{project::Play, told};
use crate::projects::{
    events,
    kanban::rank,
    tables::{
        Task,
        beside::{ChecklistItem, Dependency},
        steering::{Risk, Snapshot, StatusReport},
    },
    words::{DependencyKind, Grade, MemberRole, RiskStatus, TaskStatus},
};
use engine::Result;
use people::demo::Scene;
use schema::{change::Change, time::Timestamp};
use serde_json::json;
use std::collections::BTreeMap;

/// Rows put with one change: it is bounded.
const ROWS_AT_ONCE: usize = 40;

impl Play<'_> {
    /// Lets tasks wait for each other.
    pub(super) async fn waits(&self, scene: &mut Scene<'_>) -> Result<()> {
        let mut rows = Vec::new();
        for (place, task) in self.told.tasks.iter().enumerate() {
            let blocks = task.waits_for.iter().map(|name| (name, DependencyKind::Blocks));
            let relates = task.relates_to.iter().map(|name| (name, DependencyKind::Relates));
            for (name, kind) in blocks.chain(relates) {
                rows.push(Dependency {
                    id: self.id(&format!("dependency {place} {name}")),
                    org_id: self.project.org_id,
                    project_id: self.project.id,
                    task_id: self.task_id(place),
                    depends_on_id: self.named(name)?,
                    kind,
                    ..Dependency::default()
                });
            }
        }
        for some in rows.chunks(ROWS_AT_ONCE) {
            let mut change = Change::new();
            for row in some {
                let slot = change.insert(row.clone());
                events::of_project(&mut change, events::DEPENDENCY_ADDED, slot, self.project.id);
            }
            scene.commit(self.owner(), change).await?;
        }
        Ok(())
    }

    /// The steps of those tasks that have some.
    pub(super) fn checklists(&self) -> Change {
        let mut change = Change::new();
        for (place, task) in self.told.tasks.iter().enumerate() {
            let mut last: Option<String> = None;
            for (done, text) in &task.checklist {
                let rank = rank::after(last.as_deref(), 1);
                let slot = change.insert(ChecklistItem {
                    id: self.id(&format!("item {place} {text}")),
                    org_id: self.project.org_id,
                    project_id: self.project.id,
                    task_id: self.task_id(place),
                    text: (*text).to_owned(),
                    done: *done,
                    rank: rank.clone(),
                    ..ChecklistItem::default()
                });
                events::of_project(&mut change, events::CHECKLIST_ADDED, slot, self.project.id);
                last = Some(rank);
            }
        }
        change
    }

    /// What may go wrong; whoever must know of what is high is told.
    pub(super) fn risks(&self) -> Result<Change> {
        let mut change = Change::new();
        for told in &self.told.risks {
            let risk = self.risk(told)?;
            let (high, owner) = (is_high(&risk), risk.owner_id);
            let slot = change.insert(risk);
            events::of_project(&mut change, events::RISK_CREATED, slot, self.project.id);
            if high {
                let roles = [MemberRole::Owner, MemberRole::Lead, MemberRole::Advisor];
                let team = self.told.team.iter().filter(|(_, role)| roles.contains(role));
                let mut notified =
                    team.map(|(person, _)| self.stage.user(person)).collect::<Result<Vec<_>>>()?;
                notified.extend(owner.filter(|owner| !notified.contains(owner)));
                let told = events::of_project(&mut change, events::RISK_ESCALATED, slot, self.project.id);
                let _ = told.notify(notified);
            }
        }
        Ok(change)
    }

    fn risk(&self, told: &told::Risk) -> Result<Risk> {
        Ok(Risk {
            id: self.id(&format!("risk {}", told.title)),
            org_id: self.project.org_id,
            project_id: self.project.id,
            title: told.title.to_owned(),
            likelihood: told.likelihood,
            impact: told.impact,
            score: told.likelihood.weight() * told.impact.weight(),
            mitigation_strategy: told.mitigation.to_owned(),
            owner_id: Some(self.stage.user(told.owner)?),
            status: told.status,
            due_date: Some(self.stage.day(told.due)),
            ..Risk::default()
        })
    }

    /// Publishes the reports: the last one with the numbers of today, by who wrote it; those before with the numbers of
    /// their day, which are heard of no more.
    pub(super) async fn reports(&self, scene: &mut Scene<'_>, tasks: &[Task]) -> Result<()> {
        let Some((last, earlier)) = self.told.reports.split_last() else { return Ok(()) };
        for told in earlier {
            let mut change = Change::new();
            let slot = change.insert(StatusReport {
                id: self.id(&format!("report {}", told.summary)),
                org_id: self.project.org_id,
                project_id: self.project.id,
                period_start: self.stage.day(told.period.0),
                period_end: self.stage.day(told.period.1),
                health: told.health,
                summary: told.summary.to_owned(),
                snapshot: self.snapshot(tasks, told.period.1)?,
                ..StatusReport::default()
            });
            let (title, health) = (self.project.title.clone(), told.health);
            let said = events::of_project(&mut change, events::REPORT_PUBLISHED, slot, self.project.id);
            let _ = said.with(move |_| json!({"title": title, "health": health}));
            scene.commit(told.by, change).await?;
        }
        let report = json!({
            "project_id": self.project.id,
            "period_start": self.stage.day(last.period.0),
            "period_end": self.stage.day(last.period.1),
            "health": last.health,
            "summary": last.summary,
        });
        scene.call(last.by, "PublishReport", report).await
    }

    /// The numbers at the end of a day that has passed, from what was finished by then.
    fn snapshot(&self, tasks: &[Task], day: i32) -> Result<Snapshot> {
        let evening = self.stage.at(day, 18);
        let then = |task: &&Task| status_at(task, evening, self.stage.day(day).to_string());
        let mut by_column: BTreeMap<String, i64> =
            TaskStatus::ALL.into_iter().map(|status| (status.word().to_owned(), 0)).collect();
        let (mut done, mut live, mut late) = (0_u64, 0_u64, 0_u64);
        for task in tasks {
            let status = then(&task);
            *by_column.entry(status.word().to_owned()).or_default() += 1;
            let minutes = task.estimated_minutes.map_or(0, u64::from);
            live += if status == TaskStatus::Cancelled { 0 } else { minutes };
            done += if status == TaskStatus::Done { minutes } else { 0 };
            late += u64::from(status.is_open() && task.due_at.is_some_and(|due| due < evening));
        }
        let mut risks: BTreeMap<String, u64> =
            Grade::ALL.into_iter().map(|grade| (grade.word().to_owned(), 0)).collect();
        for told in self.told.risks.iter().filter(|risk| risk.status != RiskStatus::Closed) {
            *risks.entry(Grade::of_score(self.risk(told)?.score).word().to_owned()).or_default() += 1;
        }
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        let reached = self.told.milestones.iter().filter_map(|milestone| milestone.reached);
        Ok(Snapshot {
            progress: u8::try_from((done * 100).checked_div(live).unwrap_or_default()).unwrap_or(100),
            tasks: by_column,
            late,
            risks,
            milestones: count(self.told.milestones.len()),
            milestones_reached: count(reached.filter(|reached| *reached <= day).count()),
            members: count(self.told.team.len()),
        })
    }
}

fn is_high(risk: &Risk) -> bool {
    Grade::of_score(risk.score) == Grade::High && risk.status != RiskStatus::Closed
}

/// Where a task stood at an instant: what was done later was under way or waited.
fn status_at(task: &Task, at: Timestamp, day: String) -> TaskStatus {
    let begun = task.start_date.is_some_and(|start| start.to_string() <= day);
    match task.status {
        TaskStatus::Cancelled => TaskStatus::Cancelled,
        TaskStatus::Done if task.completed_at.is_some_and(|done| done <= at) => TaskStatus::Done,
        TaskStatus::Todo => TaskStatus::Todo,
        _ if begun => TaskStatus::InProgress,
        _ => TaskStatus::Todo,
    }
}
