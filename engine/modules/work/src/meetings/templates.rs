//! Templates: list, create, show, edit, remove, and how a meeting is called from one. A template is its author's; who
//! reads all meetings of an organization reads all its templates.

use super::{
    tables::{Agenda, AgendaItem, Meeting, MeetingTemplate, TemplateId, TemplatePoint},
    words::MeetingKind,
};
use engine::{
    Action, Context, Created, Empty, Endpoint, Error, Extent, Listed, Listing, Needs, Outcome, Query, Record,
    Result, Route, Scope,
};
use schema::{
    caller::Caller,
    change::Change,
    code::Code,
    id::{OrgId, UserId},
    key::KeyWriter,
    operation, part,
    patch::{Edit, Patch},
    role::Role,
    room::RoomId,
    table::Table as _,
    text::{Line, Title},
};
use serde_json::json;

/// The longest meeting, in minutes.
const MINUTES_MAX: u32 = 1_440;

/// Templates by their names.
static TEMPLATES: Listing = Listing {
    spec: MeetingTemplate::SPEC,
    sorts: &[("name", "by_name")],
    filters: &["name", "kind", "duration_minutes", "created_by"],
};

/// The room that owns what an organization's meetings have in common.
fn home(org: OrgId) -> RoomId {
    RoomId::with_topic("org", org.uuid(), "meetings")
}

/// A point of an agenda.
#[part]
pub(super) struct Point {
    /// What it is about.
    title: Title,
    /// How long it should take, up to a day.
    #[serde(default)]
    #[garde(range(max = MINUTES_MAX))]
    planned_minutes: u32,
}

fn points(agenda: &[Point]) -> Vec<TemplatePoint> {
    let point =
        |point: &Point| TemplatePoint { title: point.title.owned(), planned_minutes: point.planned_minutes };
    agenda.iter().map(point).collect()
}

/// Whether a caller whose rights reach so far may do something with a template: their own, or all.
fn covers(cx: &Context, extent: Extent, template: &MeetingTemplate) -> bool {
    let own = template.created_by == Some(cx.caller.user);
    cx.caller.role == Role::SuperAdministrator || extent == Extent::Org || (extent == Extent::Own && own)
}

/// A template that the caller may read.
///
/// # Errors
/// `not-found`.
pub(super) async fn readable(cx: &Context, id: TemplateId) -> Result<MeetingTemplate> {
    let found: Option<MeetingTemplate> = cx.by_id(&home(cx.caller.org), id).await?;
    let readable = found.filter(|template| covers(cx, cx.level.read, template));
    readable.ok_or_else(|| Error::not_found("template"))
}

/// A template that the caller may write.
async fn writable(cx: &Context, id: TemplateId) -> Result<MeetingTemplate> {
    let template = readable(cx, id).await?;
    if covers(cx, cx.level.write, &template) {
        Ok(template)
    } else {
        Err(Error::forbidden("a template is changed by its author or who manages meetings"))
    }
}

/// Lists templates.
#[operation]
pub(super) struct ListTemplates {
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListTemplates {
    const ROUTE: Route = Route::get("/templates/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    const LISTING: Option<&'static Listing> = Some(&TEMPLATES);
    type Output = Listed<MeetingTemplate>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let within = KeyWriter::new().with(&cx.caller.org);
        let all = cx.level.read == Extent::Org || cx.caller.role == Role::SuperAdministrator;
        let me = json!(cx.caller.user);
        let page = TEMPLATES
            .page_where(cx, within, &self.query, |row| all || row.get("created_by") == Some(&me))
            .await?;
        Outcome::ok(&page)
    }
}

/// Creates a template.
#[operation]
pub(super) struct CreateTemplate {
    /// What it is called.
    name: Title,
    /// What its meetings are for.
    #[serde(default)]
    kind: MeetingKind,
    /// How long they last, up to a day.
    #[garde(range(min = 1, max = MINUTES_MAX))]
    duration_minutes: u32,
    /// What they are about, up to 50 points.
    #[serde(default)]
    #[garde(length(max = 50), dive)]
    agenda: Vec<Point>,
    /// Who is invited.
    #[serde(default)]
    #[garde(length(max = 50))]
    attendee_ids: Vec<UserId>,
    /// Where people meet.
    location: Option<Line<200>>,
}

impl Endpoint for CreateTemplate {
    const ROUTE: Route = Route::post("/templates/").tells_nobody("a template is read when it is used");
    const NEEDS: Needs = Needs::Level(Action::Write);
    type Output = Created<MeetingTemplate>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let mut change = Change::new();
        let slot = change.insert(MeetingTemplate {
            id: cx.clock().new_id(),
            org_id: cx.caller.org,
            name: self.name.owned(),
            kind: self.kind,
            duration_minutes: self.duration_minutes,
            agenda: points(&self.agenda),
            attendee_ids: known(cx, &self.attendee_ids).await?,
            location: self.location.as_ref().map(Line::owned),
            ..MeetingTemplate::default()
        });
        change.reply_created(slot);
        Ok(Outcome::Commit(change))
    }
}

/// These people, each once.
///
/// # Errors
/// `validation` for somebody who is not there or not active.
async fn known(cx: &Context, users: &[UserId]) -> Result<Vec<UserId>> {
    let mut known: Vec<UserId> = Vec::with_capacity(users.len());
    for (at, user) in users.iter().enumerate() {
        people::users::active(cx, cx.caller.org, *user).await.map_err(|error| match error.code() {
            Code::NotFound => {
                Error::field(&format!("/attendee_ids/{at}"), "unknown", "there is no such person")
            }
            _ => error,
        })?;
        if !known.contains(user) {
            known.push(*user);
        }
    }
    Ok(known)
}

/// Shows a template.
#[operation]
pub(super) struct ShowTemplate {
    /// The template.
    template_id: TemplateId,
}

impl Endpoint for ShowTemplate {
    const ROUTE: Route = Route::get("/templates/{template_id}/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    type Output = Record<MeetingTemplate>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let template = readable(cx, self.template_id).await?;
        Outcome::record(&template, template.version)
    }
}

/// Edits a template. Meetings that were called from it stay as they are.
#[operation]
pub(super) struct EditTemplate {
    /// The template.
    template_id: TemplateId,
    /// What it is called.
    name: Edit<Title>,
    /// What its meetings are for.
    kind: Edit<MeetingKind>,
    /// How long they last, up to a day.
    #[garde(range(min = 1, max = MINUTES_MAX))]
    duration_minutes: Edit<u32>,
    /// What they are about, up to 50 points.
    #[garde(custom(at_most_fifty), dive)]
    agenda: Edit<Vec<Point>>,
    /// Who is invited.
    #[garde(custom(at_most_fifty))]
    attendee_ids: Edit<Vec<UserId>>,
    /// Where people meet.
    location: Patch<Line<200>>,
}

fn at_most_fifty<T>(list: &Edit<Vec<T>>, _: &()) -> garde::Result {
    match list.value() {
        Some(list) if list.len() > 50 => Err(garde::Error::new("length is greater than 50")),
        _ => Ok(()),
    }
}

impl Endpoint for EditTemplate {
    const ROUTE: Route =
        Route::patch("/templates/{template_id}/").tells_nobody("a template is read when it is used");
    const NEEDS: Needs = Needs::Level(Action::Write);
    type Output = Record<MeetingTemplate>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = writable(cx, self.template_id).await?;
        let mut new = old.clone();
        self.name.keep(&mut new.name);
        self.kind.apply(&mut new.kind);
        self.duration_minutes.apply(&mut new.duration_minutes);
        self.location.owned().apply(&mut new.location);
        if let Some(agenda) = self.agenda.value() {
            new.agenda = points(agenda);
        }
        if let Some(users) = self.attendee_ids.value() {
            new.attendee_ids = known(cx, users).await?;
        }
        if new == old {
            return Outcome::record(&old, old.version);
        }
        let mut change = Change::new();
        let slot = change.update(&old, new);
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

/// Removes a template: its author, or who manages meetings.
#[operation]
pub(super) struct RemoveTemplate {
    /// The template.
    template_id: TemplateId,
}

impl Endpoint for RemoveTemplate {
    const ROUTE: Route =
        Route::delete("/templates/{template_id}/").tells_nobody("a template is read when it is used");
    const NEEDS: Needs = Needs::Level(Action::Write);
    type Output = Empty;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = writable(cx, self.template_id).await?;
        let own = old.created_by == Some(cx.caller.user);
        if !own && !cx.level.manage && cx.caller.role != Role::SuperAdministrator {
            return Err(Error::forbidden("a template is removed by its author or who manages meetings"));
        }
        let mut change = Change::new();
        change.remove(&old);
        Ok(Outcome::Commit(change))
    }
}

/// Those whom a template invites and who may still sign in.
pub(super) async fn still_active(cx: &Context, template: &MeetingTemplate) -> Result<Vec<UserId>> {
    let mut active = Vec::with_capacity(template.attendee_ids.len());
    for user in &template.attendee_ids {
        match people::users::active(cx, template.org_id, *user).await {
            Ok(_) => active.push(*user),
            Err(error) if matches!(error.code(), Code::NotFound | Code::RuleViolation) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(active)
}

/// The agenda of a meeting that is called from a template.
pub(super) fn agenda(cx: &Context, meeting: &Meeting, template: &MeetingTemplate) -> Agenda {
    let items = template.agenda.iter().map(|point| AgendaItem {
        id: cx.clock().new_id::<AgendaItem>().uuid(),
        title: point.title.clone(),
        planned_minutes: point.planned_minutes,
        ..AgendaItem::default()
    });
    Agenda {
        id: cx.clock().new_id(),
        org_id: meeting.org_id,
        meeting_id: meeting.id,
        items: items.collect(),
        ..Agenda::default()
    }
}
