//! The labels of a project: list, create, edit, remove. What carried a label that is gone loses it, task by task.

use crate::projects::{
    backlog::rewriting,
    events,
    rooms::of_project,
    rules,
    tables::{
        ProjectId, Task,
        beside::{Label, LabelId},
    },
};
use actors::BoxFuture;
use engine::{
    Action, Cause, Context, Created, Empty, Endpoint, Engine, Error, Listed, Listing, Needs, On, Outcome,
    Query, Reaction, Reader, Record, Result, Route, Scope,
};
use schema::{
    caller::Caller,
    change::Change,
    code::Code,
    key::KeyWriter,
    operation,
    patch::Edit,
    table::Table as _,
    text::{Color, Line},
};
use serde_json::{Value, json};

/// Labels of one project.
pub(crate) const LABELS_MAX: usize = 100;

/// Takes a label that is gone off the tasks that carried it.
pub(crate) const UNLABEL: Reaction = Reaction {
    name: "projects.unlabel_tasks",
    on: On::Names(&[events::LABEL_DELETED]),
    acts_in: Cause::same_room,
    run: unlabel,
};

/// The labels of one project, by name.
static LABELS: Listing =
    Listing { spec: Label::SPEC, sorts: &[("name", "by_name")], filters: &["name", "color"] };

/// Lists a project's labels.
#[operation]
pub(crate) struct ListLabels {
    /// The project.
    project_id: ProjectId,
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListLabels {
    const ROUTE: Route = Route::get("/{project_id}/labels/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    const LISTING: Option<&'static Listing> = Some(&LABELS);
    type Output = Listed<Label>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let within = KeyWriter::new().with(&self.project_id);
        Outcome::ok(&LABELS.page(cx, within, &self.query).await?)
    }
}

/// Creates a label. Its name must be new in the project.
#[operation]
pub(crate) struct CreateLabel {
    /// The project.
    project_id: ProjectId,
    /// The word.
    name: Line<40>,
    /// Its colour.
    color: Color,
}

impl Endpoint for CreateLabel {
    const ROUTE: Route = Route::post("/{project_id}/labels/")
        .tells(&[events::LABEL_CREATED])
        .refuses(&[Code::Duplicate, Code::CapacityReached]);
    const NEEDS: Needs = rules::LEAD;
    type Output = Created<Label>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let within = KeyWriter::new().with(&self.project_id);
        let known: Vec<LabelId> = cx.column::<Label, _>("by_name", within, "id", LABELS_MAX).await?;
        if known.len() >= LABELS_MAX {
            return Err(Error::new(Code::CapacityReached, "a project has a hundred labels at most"));
        }
        let mut change = Change::new();
        let slot = change.insert(Label {
            id: cx.clock().new_id(),
            org_id: cx.standing.org,
            project_id: self.project_id,
            name: self.name.owned(),
            color: self.color.owned(),
            ..Label::default()
        });
        events::of_project(&mut change, events::LABEL_CREATED, slot, self.project_id);
        change.reply_created(slot);
        Ok(Outcome::Commit(change))
    }
}

/// Edits a label.
#[operation]
pub(crate) struct EditLabel {
    /// The label.
    label_id: LabelId,
    /// The word.
    name: Edit<Line<40>>,
    /// Its colour.
    color: Edit<Color>,
}

impl Endpoint for EditLabel {
    const ROUTE: Route =
        Route::patch("/labels/{label_id}/").tells(&[events::LABEL_UPDATED]).refuses(&[Code::Duplicate]);
    const NEEDS: Needs = rules::LEAD;
    type Output = Record<Label>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.label_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = cx.here(self.label_id).await?;
        let mut new = old.clone();
        self.name.keep(&mut new.name);
        self.color.keep(&mut new.color);
        if new == old {
            return Outcome::record(&old, old.version);
        }
        let mut change = Change::new();
        let slot = change.update(&old, new);
        events::of_project(&mut change, events::LABEL_UPDATED, slot, old.project_id);
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

/// Removes a label, also from the tasks that carry it.
#[operation]
pub(crate) struct DeleteLabel {
    /// The label.
    label_id: LabelId,
}

impl Endpoint for DeleteLabel {
    const ROUTE: Route = Route::delete("/labels/{label_id}/").tells(&[events::LABEL_DELETED]);
    const NEEDS: Needs = rules::LEAD;
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.label_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = cx.here(self.label_id).await?;
        let mut change = Change::new();
        let slot = change.remove(&old);
        events::of_project(&mut change, events::LABEL_DELETED, slot, old.project_id);
        Ok(Outcome::Commit(change))
    }
}

/// Makes sure that labels are the project's.
///
/// # Errors
/// `validation` for one that is not.
pub(crate) async fn check(reader: &Reader, project: ProjectId, labels: &[LabelId]) -> Result<()> {
    for (at, label) in labels.iter().enumerate() {
        if reader.by_id::<Label>(&of_project(project), *label).await?.is_none() {
            let pointer = format!("/label_ids/{at}");
            return Err(Error::field(&pointer, "unknown", "there is no such label in this project"));
        }
    }
    Ok(())
}

fn unlabel<'a>(
    engine: &'a Engine,
    cause: &'a Cause,
    _: &'a [schema::room::RoomId],
) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let label = LabelId::new(cause.event.entity.id);
        let carried = json!(label);
        let carries = |card: &Value| {
            card.get("label_ids").and_then(Value::as_array).is_some_and(|labels| labels.contains(&carried))
        };
        let bare = |task: &Task| {
            let label_ids = task.label_ids.iter().copied().filter(|carried| *carried != label).collect();
            Task { label_ids, ..task.clone() }
        };
        rewriting::rewrite(engine, cause, carries, bare).await
    })
}
