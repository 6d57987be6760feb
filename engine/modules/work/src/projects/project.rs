//! Projects: list, create, show.

use super::{
    events, key, progress,
    rooms::of_project,
    rules,
    tables::{Project, ProjectId, ProjectMember},
    words::{MemberRole, Priority, Visibility},
};
use crate::asked;
use engine::{
    Action, Context, Created, Endpoint, Error, Extent, Listed, Listing, Needs, Outcome, Query, Record,
    Result, Route, Scope,
};
use schema::{
    answer,
    caller::Caller,
    change::Change,
    code::Code,
    key::KeyWriter,
    operation,
    page::Page,
    reply::Reply,
    role::Role,
    room::RoomId,
    table::Table as _,
    text::{Color, Markdown, Title},
    time::Date,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Memberships an own list is put together from, and open projects beside them.
const OWN_MAX: usize = 2_000;
/// Keys tried in order, and then by lot, before a title is found too common.
const KEYS_TRIED: u64 = 10;

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

/// Creates a project. Its creator owns it and is its first member.
#[operation]
pub(super) struct CreateProject {
    /// What it is called.
    title: Title,
    /// A capital, then one to five capitals or digits; made from the title when absent.
    #[garde(inner(custom(capitals)))]
    #[schemars(regex(pattern = "^[A-Z][A-Z0-9]{1,5}$"))]
    key: Option<String>,
    /// What it is about, in Markdown.
    #[serde(default)]
    description: Markdown,
    /// How much it matters.
    #[serde(default)]
    priority: Priority,
    /// The first day.
    start_date: Option<Date>,
    /// The last day; at most five years after the first.
    due_date: Date,
    /// Up to 20 words of up to 40 characters.
    #[serde(default)]
    #[garde(length(max = 20), inner(length(chars, min = 1, max = 40)))]
    tags: Vec<String>,
    /// Its colour.
    color: Option<Color>,
    /// Who may read it besides its members.
    #[serde(default)]
    visibility: Visibility,
}

fn capitals<T: AsRef<str>>(key: &T, _: &()) -> garde::Result {
    if key::is_key(key.as_ref()) {
        return Ok(());
    }
    Err(garde::Error::new("a capital, then one to five capitals or digits"))
}

impl Endpoint for CreateProject {
    const ROUTE: Route = Route::post("/").tells(&[events::PROJECT_CREATED]).refuses(&[Code::Duplicate]);
    const NEEDS: Needs = Needs::Level(Action::Write);
    type Output = Created<ProjectShown>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Birth("project")
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let id = ProjectId::new(cx.room()?.id());
        let key = match &self.key {
            Some(key) => key.clone(),
            None => free_key(cx, self.title.text()).await?,
        };
        let beginning = rules::Beginning {
            key,
            title: self.title.text(),
            description: self.description.text(),
            priority: self.priority,
            start_date: self.start_date,
            due_date: self.due_date,
            tags: self.tags.clone(),
            color: self.color.as_ref().map(Color::owned),
            visibility: self.visibility,
        };
        let project = rules::begin(id, &cx.caller, beginning)?;
        let (id, user, at) = (cx.clock().new_id(), cx.caller.user, cx.now());
        let owner = rules::join(&project, &rules::Newcomer { id, user, role: MemberRole::Owner, at });
        let mut change = Change::new();
        if self.key.is_none() {
            change.chosen();
        }
        let slot = change.insert(project);
        change.insert(owner);
        events::project(&mut change, events::PROJECT_CREATED, slot);
        change.reply(move |filled| match filled.get(slot) {
            Some(project) => {
                let (project, my_role) = (project.clone(), Some(MemberRole::Owner));
                let location = format!("/api/v1/projects/{}/", project.id);
                let version = project.version;
                let body = json!(ProjectShown { project, my_role, ..ProjectShown::default() });
                let mut reply = Reply::of(201, body).tagged(version);
                reply.location = Some(location);
                reply
            }
            None => Reply::empty(),
        });
        Ok(Outcome::Commit(change))
    }
}

/// The key of a title, or one like it that nobody holds.
async fn free_key(cx: &Context, title: &str) -> Result<String> {
    let wanted = key::of_title(title);
    for tried in 0..KEYS_TRIED * 2 {
        let number = if tried < KEYS_TRIED { tried } else { cx.clock().below(10_000) };
        let key = key::numbered(&wanted, number);
        let value = KeyWriter::new().with(&cx.caller.org).with(&key);
        if cx.holder::<Project>("key", value).await?.is_none() {
            return Ok(key);
        }
    }
    Err(Error::new(Code::Duplicate, "every key like this title is taken, choose one yourself"))
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
pub(super) struct ProjectShown {
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

    /// A project as a caller may see it.
    pub(super) fn to(cx: &Context, project: Project, progress: u8) -> Self {
        let my_role = MemberRole::of(cx.standing.role.as_deref());
        let money = rules::Rights::of(cx).sees_money();
        let project = if money { project } else { project.without_money() };
        Self { project, progress, my_role, task_counts: None }
    }
}
