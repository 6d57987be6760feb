//! The checklist of a task: list, add, edit, remove.

use crate::projects::{
    events,
    kanban::rank,
    rules,
    tables::{
        TaskId,
        beside::{ChecklistItem, ChecklistItemId},
    },
};
use engine::{
    Action, Context, Created, Empty, Endpoint, Error, Listed, Listing, Needs, Outcome, Query, Record, Result,
    Route, Scope,
};
use schema::{
    caller::Caller, change::Change, code::Code, key::KeyWriter, operation, patch::Edit, table::Table as _,
    text::Line,
};

/// Items of one task.
const ITEMS_MAX: usize = 100;

/// The items of one task, in their order.
static ITEMS: Listing =
    Listing { spec: ChecklistItem::SPEC, sorts: &[("rank", "of_task")], filters: &["done", "text"] };

/// Lists the checklist of a task.
#[operation]
pub(crate) struct ListChecklist {
    /// The task.
    task_id: TaskId,
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListChecklist {
    const ROUTE: Route = Route::get("/tasks/{task_id}/checklist/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    const LISTING: Option<&'static Listing> = Some(&ITEMS);
    type Output = Listed<ChecklistItem>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.task_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let within = KeyWriter::new().with(&self.task_id);
        Outcome::ok(&ITEMS.page(cx, within, &self.query).await?)
    }
}

/// Adds an item at the end of a task's checklist.
#[operation]
pub(crate) struct AddChecklistItem {
    /// The task.
    task_id: TaskId,
    /// What is to be done.
    text: Line<300>,
}

impl Endpoint for AddChecklistItem {
    const ROUTE: Route = Route::post("/tasks/{task_id}/checklist/")
        .tells(&[events::CHECKLIST_ADDED])
        .refuses(&[Code::CapacityReached]);
    const NEEDS: Needs = rules::WRITE;
    type Output = Created<ChecklistItem>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.task_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let task = cx.here(self.task_id).await?;
        let ranks = ranks(cx, task.id).await?;
        if ranks.len() >= ITEMS_MAX {
            return Err(Error::new(Code::CapacityReached, "a checklist holds a hundred items at most"));
        }
        let mut change = Change::new();
        let slot = change.insert(ChecklistItem {
            id: cx.clock().new_id(),
            org_id: task.org_id,
            project_id: task.project_id,
            task_id: task.id,
            text: self.text.owned(),
            rank: between(ranks.last().map(String::as_str), None)?,
            ..ChecklistItem::default()
        });
        events::of_project(&mut change, events::CHECKLIST_ADDED, slot, task.project_id);
        change.reply_created(slot);
        Ok(Outcome::Commit(change))
    }
}

/// The ranks of a task's items, in their order.
async fn ranks(cx: &Context, task: TaskId) -> Result<Vec<String>> {
    cx.column::<ChecklistItem, _>("of_task", KeyWriter::new().with(&task), "rank", ITEMS_MAX).await
}

fn between(after: Option<&str>, before: Option<&str>) -> Result<String> {
    let rank = rank::between(after, before).filter(|rank| rank.len() <= rank::LENGTH_MAX);
    rank.ok_or_else(|| Error::rule("there is no place between these items; move another one first"))
}

/// Edits an item of a checklist, ticks it off, or moves it behind another.
#[operation]
pub(crate) struct EditChecklistItem {
    /// The task.
    task_id: TaskId,
    /// The item.
    item_id: ChecklistItemId,
    /// What is to be done.
    text: Edit<Line<300>>,
    /// Whether it is.
    done: Edit<bool>,
    /// The item it shall stand behind.
    after_id: Option<ChecklistItemId>,
    /// Puts it first.
    #[serde(default)]
    first: bool,
}

impl Endpoint for EditChecklistItem {
    const ROUTE: Route = Route::patch("/tasks/{task_id}/checklist/{item_id}/")
        .tells(&[events::CHECKLIST_CHANGED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = rules::WRITE;
    type Output = Record<ChecklistItem>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.task_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = item(cx, self.task_id, self.item_id).await?;
        let mut new = old.clone();
        self.text.keep(&mut new.text);
        self.done.apply(&mut new.done);
        if self.first || self.after_id.is_some_and(|after| after != old.id) {
            new.rank = self.place(cx, &old).await?;
        }
        if new == old {
            return Outcome::record(&old, old.version);
        }
        let mut change = Change::new();
        let slot = change.update(&old, new);
        events::of_project(&mut change, events::CHECKLIST_CHANGED, slot, old.project_id);
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

impl EditChecklistItem {
    /// The rank behind the item that was named, or before all.
    async fn place(&self, cx: &Context, moved: &ChecklistItem) -> Result<String> {
        let mut others = ranks(cx, self.task_id).await?;
        others.retain(|rank| *rank != moved.rank);
        let Some(after) = self.after_id else { return between(None, others.first().map(String::as_str)) };
        let after = item(cx, self.task_id, after)
            .await
            .map_err(|_| Error::field("/after_id", "unknown", "there is no such item in this checklist"))?;
        let before = others.iter().find(|rank| **rank > after.rank);
        between(Some(&after.rank), before.map(String::as_str))
    }
}

async fn item(cx: &Context, task: TaskId, id: ChecklistItemId) -> Result<ChecklistItem> {
    Some(cx.here(id).await?).filter(|item| item.task_id == task).ok_or_else(|| Error::not_found("item"))
}

/// Removes an item from a checklist.
#[operation]
pub(crate) struct RemoveChecklistItem {
    /// The task.
    task_id: TaskId,
    /// The item.
    item_id: ChecklistItemId,
}

impl Endpoint for RemoveChecklistItem {
    const ROUTE: Route =
        Route::delete("/tasks/{task_id}/checklist/{item_id}/").tells(&[events::CHECKLIST_REMOVED]);
    const NEEDS: Needs = rules::WRITE;
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.task_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = item(cx, self.task_id, self.item_id).await?;
        let task = old.task_id;
        let mut change = Change::new();
        let slot = change.remove(&old);
        let told = events::of_project(&mut change, events::CHECKLIST_REMOVED, slot, old.project_id);
        let _ = told.with(move |_| serde_json::json!({"task_id": task}));
        Ok(Outcome::Commit(change))
    }
}
