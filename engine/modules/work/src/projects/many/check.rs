//! A table of tasks against the project that it is meant for: who is on the team, which labels there are.

use super::table::{Line, Table};
use crate::projects::{
    beside::labels::LABELS_MAX,
    rooms::{membership, of_project},
    tables::{
        ProjectId, ProjectMember,
        beside::{Label, LabelId},
    },
};
use engine::{Reader, Result};
use people::users;
use schema::id::{OrgId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;

/// What the words of a table stand for in a project. It goes along with a table that is read in later, so that each line
/// stays the same wish however often it is tried.
#[derive(Serialize, Deserialize)]
pub(super) struct Meaning {
    project: ProjectId,
    people: HashMap<String, UserId>,
    labels: HashMap<String, LabelId>,
}

impl Meaning {
    /// Finds what a table's words stand for, and notes those that stand for nothing.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn find(
        reader: &Reader,
        org: OrgId,
        project: ProjectId,
        table: &mut Table,
    ) -> Result<Self> {
        let labels: Vec<Label> = reader.rows(&of_project(project), LABELS_MAX).await?;
        let labels = labels.into_iter().map(|label| (label.name.to_lowercase(), label.id)).collect();
        let mut meaning = Self { project, people: HashMap::new(), labels };
        let mut lost = Vec::new();
        for line in &table.lines {
            if let Some(address) = line.assignee.as_deref().filter(|it| !meaning.people.contains_key(*it)) {
                match member(reader, org, project, address).await? {
                    Some(person) => {
                        meaning.people.insert(address.to_owned(), person);
                    }
                    None => lost.push((line.number, "assignee", format!("{address} is not on the team"))),
                }
            }
            for name in line.labels.iter().filter(|name| !meaning.labels.contains_key(&name.to_lowercase())) {
                lost.push((line.number, "labels", format!("the project has no label {name}")));
            }
        }
        for (line, column, why) in lost {
            table.fault(line, column, why);
        }
        Ok(meaning)
    }

    /// The operation that makes the task of a line.
    pub(super) fn creation(&self, line: &Line) -> Value {
        let labels: Vec<LabelId> =
            line.labels.iter().filter_map(|name| self.labels.get(&name.to_lowercase()).copied()).collect();
        json!({
            "project_id": self.project,
            "title": line.title,
            "description": line.description,
            "status": line.status,
            "priority": line.priority,
            "assignee_id": line.assignee.as_ref().and_then(|address| self.people.get(address)),
            "start_date": line.start_date,
            "due_at": line.due_at,
            "estimated_minutes": line.estimated_minutes,
            "label_ids": labels,
        })
    }
}

/// Who signs in with an address, if they are on the team.
async fn member(reader: &Reader, org: OrgId, project: ProjectId, address: &str) -> Result<Option<UserId>> {
    let Some(person) = users::by_email(reader, org, address).await? else { return Ok(None) };
    let member = membership(reader, project, person).await?.filter(ProjectMember::is_active);
    Ok(member.map(|_| person))
}
