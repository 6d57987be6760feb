//! Actions of a meeting: list, add, edit and complete, remove, and all of one's own.

use super::{duties, overdue};
use crate::meetings::{
    events,
    rooms::{invitation, of_meeting},
    rules,
    tables::{ActionId, ActionItem, Meeting, MeetingId},
    words::{ActionStatus, Urgency},
};
use engine::{
    Context, Created, Empty, Endpoint, Error, Listed, Listing, Needs, Outcome, Query, Record, Result, Route,
    Scope,
};
use schema::{
    caller::{ActorKind, Caller},
    change::Change,
    code::Code,
    id::UserId,
    key::KeyWriter,
    operation,
    patch::{Edit, Patch},
    table::Table as _,
    text::{Note, Title},
    time::Date,
};

const FILTERS: &[&str] =
    &["status", "priority", "assignee_id", "meeting_id", "due_date", "title", "created_at", "completed_at"];

/// The actions of one meeting, in the order they were taken on.
static ACTIONS: Listing =
    Listing { spec: ActionItem::SPEC, sorts: &[("created_at", "by_meeting")], filters: FILTERS };

/// One's own, the most urgent day first.
static MINE: Listing = Listing { spec: ActionItem::SPEC, sorts: &[("due_date", "mine")], filters: FILTERS };

/// Lists a meeting's actions.
#[operation]
pub(crate) struct ListActions {
    /// The meeting.
    meeting_id: MeetingId,
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListActions {
    const ROUTE: Route = Route::get("/{meeting_id}/actions/");
    const NEEDS: Needs = Needs::Member(rules::ATTENDEES);
    const LISTING: Option<&'static Listing> = Some(&ACTIONS);
    type Output = Listed<ActionItem>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let within = KeyWriter::new().with(&self.meeting_id);
        Outcome::ok(&ACTIONS.page(cx, within, &self.query).await?)
    }
}

/// Lists what the caller took on in meetings, by the day it is due; what has no day comes first.
#[operation]
pub(crate) struct ListMyActions {
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListMyActions {
    const ROUTE: Route = Route::get("/actions/my/");
    const NEEDS: Needs = Needs::Own;
    const LISTING: Option<&'static Listing> = Some(&MINE);
    type Output = Listed<ActionItem>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        Outcome::ok(&MINE.page(cx, KeyWriter::new().with(&cx.caller.user), &self.query).await?)
    }
}

/// Adds an action for somebody who attends.
#[operation]
pub(crate) struct AddAction {
    /// The meeting.
    meeting_id: MeetingId,
    /// What is to be done.
    title: Title,
    /// More about it.
    #[serde(default)]
    description: Note<2_000>,
    /// Who does it.
    assignee_id: UserId,
    /// By which day.
    due_date: Option<Date>,
    /// How much it matters.
    #[serde(default)]
    priority: Urgency,
}

impl Endpoint for AddAction {
    const ROUTE: Route = Route::post("/{meeting_id}/actions/").tells(&[events::ACTION_ASSIGNED]);
    const NEEDS: Needs = Needs::Member(rules::WRITERS);
    type Output = Created<ActionItem>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let meeting: Meeting = cx.here(self.meeting_id).await?;
        let mut change = Change::new();
        check_assignee(cx, &mut change, meeting.id, self.assignee_id).await?;
        let action = ActionItem {
            id: cx.clock().new_id(),
            org_id: meeting.org_id,
            meeting_id: meeting.id,
            title: self.title.owned(),
            description: self.description.owned(),
            assignee_id: self.assignee_id,
            due_date: self.due_date,
            priority: self.priority,
            ..ActionItem::default()
        };
        let slot = change.insert(action.clone());
        overdue::watch(cx, &mut change, &action).await?;
        events::action(&mut change, events::ACTION_ASSIGNED, slot).notify([self.assignee_id]);
        change.reply_created(slot);
        Ok(Outcome::Commit(change))
    }
}

/// Whoever takes something on attends, and still does when it is written down.
async fn check_assignee(cx: &Context, change: &mut Change, meeting: MeetingId, user: UserId) -> Result<()> {
    match invitation(cx, meeting, user).await? {
        Some(attendee) => change.relies_on(&attendee),
        None => {
            return Err(Error::field("/assignee_id", "not_attending", "does not attend this meeting"));
        }
    }
    Ok(())
}

/// An action of a meeting.
///
/// # Errors
/// `not-found`.
pub(super) async fn action_of(cx: &Context, meeting: MeetingId, id: ActionId) -> Result<ActionItem> {
    let action: ActionItem = cx.here(id).await?;
    if action.meeting_id == meeting { Ok(action) } else { Err(Error::not_found("action")) }
}

/// Edits an action, or says where it stands: whoever does it, and who keeps order.
#[operation]
pub(crate) struct EditAction {
    /// The meeting.
    meeting_id: MeetingId,
    /// The action.
    action_id: ActionId,
    /// What is to be done.
    title: Edit<Title>,
    /// More about it.
    description: Patch<Note<2_000>>,
    /// Who does it.
    assignee_id: Edit<UserId>,
    /// By which day.
    due_date: Patch<Date>,
    /// How much it matters.
    priority: Edit<Urgency>,
    /// Where it stands.
    status: Edit<ActionStatus>,
}

impl Endpoint for EditAction {
    const ROUTE: Route = Route::patch("/{meeting_id}/actions/{action_id}/")
        .tells(&[events::ACTION_CHANGED, events::ACTION_ASSIGNED, events::ACTION_COMPLETED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::Member(rules::ATTENDEES);
    type Output = Record<ActionItem>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = action_of(cx, self.meeting_id, self.action_id).await?;
        if old.assignee_id != cx.caller.user && !rules::moderates(cx) {
            return Err(Error::forbidden("only whoever does it or a moderator edits an action"));
        }
        if cx.caller.kind != ActorKind::System {
            duties::check_own_status(&old, self.status.value().copied())?;
        }
        let mut new = match self.status.value() {
            Some(status) => duties::put(&old, *status, cx.now()),
            None => old.clone(),
        };
        self.title.keep(&mut new.title);
        self.description.keep(&mut new.description);
        self.assignee_id.apply(&mut new.assignee_id);
        self.due_date.apply(&mut new.due_date);
        self.priority.apply(&mut new.priority);
        if new == old {
            return Outcome::record(&old, old.version);
        }
        let mut change = Change::new();
        let (assignee, reassigned) = (new.assignee_id, new.assignee_id != old.assignee_id);
        if reassigned {
            check_assignee(cx, &mut change, old.meeting_id, assignee).await?;
        }
        let completed = old.completed_at.is_none() && new.completed_at.is_some();
        let watched = |action: &ActionItem| (action.due_date, action.assignee_id, action.status);
        if watched(&new) != watched(&old) {
            overdue::watch(cx, &mut change, &new).await?;
        }
        let slot = change.update(&old, new);
        if completed {
            let meeting: Meeting = cx.here(self.meeting_id).await?;
            let told = events::action(&mut change, events::ACTION_COMPLETED, slot);
            told.notify([meeting.organizer_id]);
        }
        if reassigned {
            events::action(&mut change, events::ACTION_ASSIGNED, slot).notify([assignee]);
        }
        if !completed && !reassigned {
            events::action(&mut change, events::ACTION_CHANGED, slot);
        }
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

/// Removes an action. A task that it became stays.
#[operation]
pub(crate) struct RemoveAction {
    /// The meeting.
    meeting_id: MeetingId,
    /// The action.
    action_id: ActionId,
}

impl Endpoint for RemoveAction {
    const ROUTE: Route = Route::delete("/{meeting_id}/actions/{action_id}/").tells(&[events::ACTION_CHANGED]);
    const NEEDS: Needs = Needs::Member(rules::MODERATORS);
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = action_of(cx, self.meeting_id, self.action_id).await?;
        let mut change = Change::new();
        let slot = change.remove(&old);
        events::action(&mut change, events::ACTION_CHANGED, slot)
            .with(|_| serde_json::json!({"removed": true}));
        Ok(Outcome::Commit(change))
    }
}
