//! A project's beginning: from nothing, from a template, or as a copy of another one. What is copied comes after it, step
//! by step.

use super::{
    copying::{self, Copying},
    key,
};
use crate::projects::{
    events,
    project::ProjectShown,
    rules,
    tables::{Project, ProjectId},
    words::{MemberRole, Priority, Visibility},
};
use engine::{Action, Context, Created, Endpoint, Error, Needs, Outcome, Result, Route, Scope};
use schema::{
    caller::Caller,
    change::Change,
    code::Code,
    key::KeyWriter,
    operation,
    reply::Reply,
    text::{Color, Markdown, Title},
    time::Date,
};
use serde_json::json;

/// Keys tried in order, and then by lot, before a title is found too common.
const KEYS_TRIED: u64 = 10;

/// Creates a project, from a template where one is named. Its creator owns it and is its first member. What the template
/// holds comes a moment later, its days moved as far as its last day is.
#[operation]
pub(crate) struct CreateProject {
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
    /// Whether other projects are made from it.
    #[serde(default)]
    is_template: bool,
    /// The template it is made from, among those the caller may read.
    template_id: Option<ProjectId>,
}

fn capitals<T: AsRef<str>>(key: &T, _: &()) -> garde::Result {
    if key::is_key(key.as_ref()) {
        return Ok(());
    }
    Err(garde::Error::new("a capital, then one to five capitals or digits"))
}

impl Endpoint for CreateProject {
    const ROUTE: Route = Route::post("/")
        .tells(&[events::PROJECT_CREATED, events::PROJECT_COPIED])
        .refuses(&[Code::Duplicate, Code::CapacityReached]);
    const NEEDS: Needs = Needs::Level(Action::Write);
    type Output = Created<ProjectShown>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Birth("project")
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let id = ProjectId::new(cx.room()?.id());
        let copying = match self.template_id {
            None => None,
            Some(template) => {
                let template = crate::projects::readable(cx, template).await?;
                if !template.is_kept_template() {
                    return Err(Error::field("/template_id", "no_template", "this project is no template"));
                }
                let shift_days = self.due_date.days() - template.due_date.days();
                Some(Copying { source_id: template.id, with_tasks: true, with_team: false, shift_days })
            }
        };
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
        let project = Project { is_template: self.is_template, ..rules::begin(id, &cx.caller, beginning)? };
        born(cx, project, self.key.is_none(), copying).await
    }
}

/// Copies a project: labels and milestones, and where it is wished tasks and team. The caller owns the copy, and nothing of
/// it has been done yet. What is copied comes a moment later; 2,000 tasks at most.
#[operation]
pub(crate) struct DuplicateProject {
    /// The project.
    project_id: ProjectId,
    /// What the copy is called; as the project unless said.
    title: Option<Title>,
    /// Its key; made from the title when absent.
    #[garde(inner(custom(capitals)))]
    #[schemars(regex(pattern = "^[A-Z][A-Z0-9]{1,5}$"))]
    key: Option<String>,
    /// Its first day: all other days move as far as this one.
    start_date: Option<Date>,
    /// Its last day; where no first day is said, all other days move as far as this one.
    due_date: Option<Date>,
    /// Whether its tasks are copied, with their checklists and what they wait for.
    #[serde(default = "yes")]
    with_tasks: bool,
    /// Whether its team is.
    #[serde(default)]
    with_team: bool,
    /// Whether other projects are made from the copy.
    #[serde(default)]
    is_template: bool,
}

const fn yes() -> bool {
    true
}

impl Endpoint for DuplicateProject {
    const ROUTE: Route = Route::post("/{project_id}/duplicate/")
        .tells(&[events::PROJECT_CREATED, events::PROJECT_COPIED])
        .refuses(&[Code::Duplicate, Code::CapacityReached]);
    const NEEDS: Needs = Needs::Level(Action::Write);
    type Output = Created<ProjectShown>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Birth("project")
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let source = crate::projects::readable(cx, self.project_id).await?;
        let moved = |wished: Option<Date>, was: Option<Date>| Some(wished?.days() - was?.days());
        let shift_days = moved(self.start_date, source.start_date)
            .or_else(|| moved(self.due_date, Some(source.due_date)))
            .unwrap_or_default();
        let title = self.title.as_ref().map_or(source.title.as_str(), Title::text);
        let key = match &self.key {
            Some(key) => key.clone(),
            None => free_key(cx, title).await?,
        };
        let beginning = rules::Beginning {
            key,
            title,
            description: &source.description,
            priority: source.priority,
            start_date: self.start_date.or_else(|| Some(source.start_date?.plus_days(shift_days))),
            due_date: self.due_date.unwrap_or_else(|| source.due_date.plus_days(shift_days)),
            tags: source.tags.clone(),
            color: Some(source.color.clone()),
            visibility: source.visibility,
        };
        let project = rules::begin(ProjectId::new(cx.room()?.id()), &cx.caller, beginning)?;
        let project = Project { is_template: self.is_template, ..project };
        let (source_id, with_tasks, with_team) = (source.id, self.with_tasks, self.with_team);
        let copying = Copying { source_id, with_tasks, with_team, shift_days };
        born(cx, project, self.key.is_none(), Some(copying)).await
    }
}

/// A project with its owner, and what shall be copied into it.
async fn born(cx: &Context, project: Project, chosen: bool, copying: Option<Copying>) -> Result<Outcome> {
    let (id, user, at) = (cx.clock().new_id(), cx.caller.user, cx.now());
    let owner = rules::join(&project, &rules::Newcomer { id, user, role: MemberRole::Owner, at });
    let mut change = Change::new();
    if chosen {
        change.chosen();
    }
    let slot = change.insert(project);
    change.insert(owner);
    events::project(&mut change, events::PROJECT_CREATED, slot);
    if let Some(copying) = copying {
        copying::check(cx, &copying).await?;
        events::project(&mut change, events::PROJECT_COPIED, slot).saying(move |_| json!(copying));
    }
    change.reply(move |filled| match filled.get(slot) {
        Some(project) => {
            let location = Some(format!("/api/v1/projects/{}/", project.id));
            let version = project.version;
            let body = json!(ProjectShown::new(project.clone()));
            Reply { location, ..Reply::of(201, body).tagged(version) }
        }
        None => Reply::empty(),
    });
    Ok(Outcome::Commit(change))
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
