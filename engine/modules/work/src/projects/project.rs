//! Projects: list and show.

use super::{
    progress,
    rooms::of_project,
    rules,
    tables::{Project, ProjectId, ProjectMember},
    words::MemberRole,
};
use crate::asked;
use engine::{
    Action, Context, Endpoint, Extent, Listed, Listing, Needs, Outcome, Query, Record, Result, Route, Scope,
};
use schema::{
    answer, caller::Caller, key::KeyWriter, operation, page::Page, reply::Reply, role::Role, room::RoomId,
    table::Table as _,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Memberships an own list is put together from, and open projects beside them.
const OWN_MAX: usize = 2_000;

/// Projects of an organization. `-updated_at` unless another order is asked for.
static PROJECTS: Listing = Listing {
    spec: Project::SPEC,
    sorts: &[("updated_at", "by_updated"), ("created_at", "by_created")],
    filters: &[
        "status",
        "priority",
        "visibility",
        "owner_id",
        "key",
        "title",
        "tags",
        "start_date",
        "due_date",
        "is_template",
        "created_at",
        "updated_at",
    ],
};

/// Lists projects: all of the organization for those who may read all, else those one is a member of
/// and those open to everybody.
#[operation]
pub(super) struct ListProjects {
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListProjects {
    const ROUTE: Route = Route::get("/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    const LISTING: Option<&'static Listing> = Some(&PROJECTS);
    type Output = Listed<Project, Progress>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let query = asked::sorted(&self.query, "-updated_at")?;
        let reads_all = cx.level.read == Extent::Org || cx.caller.role == Role::SuperAdministrator;
        let mut page = if reads_all {
            PROJECTS.page(cx, KeyWriter::new().with(&cx.caller.org), &query).await?
        } else {
            PROJECTS.page_of_rows(cx, own(cx).await?, &query)?
        };
        with_progress(cx, &mut page).await?;
        Outcome::ok(&page)
    }
}

/// The most projects that are counted for somebody who may read all of them.
const COUNTED_MAX: usize = 10_000;

/// The projects that a caller may read, as a list shows them, and whether there are more.
pub(super) async fn visible(cx: &Context) -> Result<(Vec<Value>, bool)> {
    if cx.level.read != Extent::Org && cx.caller.role != Role::SuperAdministrator {
        return Ok((own(cx).await?, false));
    }
    let within = KeyWriter::new().with(&cx.caller.org);
    let rows = cx.index::<Project>("by_updated", within, COUNTED_MAX, |range| range.backward()).await?;
    let capped = rows.len() == COUNTED_MAX;
    Ok((rows, capped))
}

/// Templates of an organization, by their titles.
static TEMPLATES: Listing = Listing {
    spec: Project::SPEC,
    sorts: &[("title", "templates")],
    filters: &["priority", "visibility", "owner_id", "key", "title", "tags", "created_at", "updated_at"],
};

/// Lists projects that others are made from, by their titles: those that the caller may read.
#[operation]
pub(super) struct ListProjectTemplates {
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListProjectTemplates {
    const ROUTE: Route = Route::get("/templates/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    const LISTING: Option<&'static Listing> = Some(&TEMPLATES);
    type Output = Listed<Project, Progress>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let reads_all = cx.level.read == Extent::Org || cx.caller.role == Role::SuperAdministrator;
        let mut page = if reads_all {
            TEMPLATES.page(cx, KeyWriter::new().with(&cx.caller.org), &self.query).await?
        } else {
            let mut rows = own(cx).await?;
            rows.retain(|row| row.get("is_template") == Some(&Value::Bool(true)));
            TEMPLATES.page_of_rows(cx, rows, &asked::sorted(&self.query, "title")?)?
        };
        with_progress(cx, &mut page).await?;
        Outcome::ok(&page)
    }
}

/// Projects somebody is a member of, and those open to the organization, as a list shows them.
async fn own(cx: &Context) -> Result<Vec<Value>> {
    #[derive(Deserialize)]
    struct Mine {
        project_id: ProjectId,
    }
    let within = KeyWriter::new().with(&cx.caller.user);
    let mine = cx.index::<ProjectMember>("mine", within, OWN_MAX, |range| range.backward()).await?;
    let within = KeyWriter::new().with(&cx.caller.org);
    let open = cx.index::<Project>("open", within, OWN_MAX, |range| range.backward()).await?;
    let named = |row: Value| row.get("id").and_then(Value::as_str).map(str::to_owned).map(|id| (id, row));
    let mut rows: BTreeMap<String, Value> = open.into_iter().filter_map(named).collect();
    for entry in mine {
        let Ok(Mine { project_id }) = serde_json::from_value(entry) else { continue };
        if rows.contains_key(&project_id.to_string()) {
            continue;
        }
        let Some(project) = cx.by_id::<Project>(&of_project(project_id), project_id).await? else { continue };
        if !project.is_kept() {
            continue;
        }
        rows.insert(project_id.to_string(), card(&project));
    }
    Ok(rows.into_values().collect())
}

/// A project as a list shows it: everything but the long text.
fn card(project: &Project) -> Value {
    let mut row = json!(project);
    if let Some(members) = row.as_object_mut() {
        for hidden in ["description", "budget_amount", "billable_rate_amount"] {
            members.remove(hidden);
        }
    }
    row
}

/// What a list adds to a project.
#[answer]
pub(super) struct Progress {
    /// How far it is, in whole percent.
    progress: u8,
}

async fn with_progress(cx: &Context, page: &mut Page<Value>) -> Result<()> {
    for row in &mut page.data {
        let id = row.get("id").and_then(Value::as_str).and_then(|id| id.parse::<ProjectId>().ok());
        let status = row.get("status").cloned().and_then(|status| serde_json::from_value(status).ok());
        let (Some(id), Some(status), Some(members)) = (id, status, row.as_object_mut()) else { continue };
        members.insert("progress".into(), progress::of(cx, &of_project(id), status).await?.into());
    }
    Ok(())
}

/// Shows a project, how far it is, and the caller's role in it.
#[operation]
pub(super) struct GetProject {
    /// The project.
    project_id: ProjectId,
}

impl Endpoint for GetProject {
    const ROUTE: Route = Route::get("/{project_id}/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    type Output = Record<ProjectShown>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let room: &RoomId = cx.room()?;
        let project = cx.here(self.project_id).await?;
        let percent = progress::of(cx, room, project.status).await?;
        let tag = progress::tag(cx, room, &project).await?;
        let task_counts = Some(progress::by_column(cx, room).await?);
        let shown = ProjectShown { task_counts, ..ProjectShown::to(cx, project, percent) };
        let mut reply = Reply::ok(json!(shown));
        reply.etag = Some(tag);
        Ok(Outcome::Answer(reply))
    }
}

/// A project as its own page shows it.
#[answer]
pub(crate) struct ProjectShown {
    /// The project.
    #[serde(flatten)]
    project: Project,
    /// How far it is, in whole percent.
    progress: u8,
    /// What the caller is in it.
    my_role: Option<MemberRole>,
    /// How many tasks stand in each column.
    #[serde(skip_serializing_if = "Option::is_none")]
    task_counts: Option<BTreeMap<String, i64>>,
}

impl ProjectShown {
    /// The same about a project as it was committed.
    pub(super) fn with(self, project: Project) -> Self {
        Self { project, ..self }
    }

    /// A project that its owner has just made.
    pub(super) fn new(project: Project) -> Self {
        Self { project, my_role: Some(MemberRole::Owner), ..Self::default() }
    }

    /// A project as a caller may see it.
    pub(super) fn to(cx: &Context, project: Project, progress: u8) -> Self {
        let my_role = MemberRole::of(cx.standing.role.as_deref());
        let money = rules::Rights::of(cx).sees_money();
        let project = if money { project } else { project.without_money() };
        Self { project, progress, my_role, task_counts: None }
    }
}
