//! Meetings in lists: a stretch of time, the next seven days, today.

use super::{
    meeting::{Mine, Outline, shown},
    rooms::of_meeting,
    tables::{Meeting, MeetingId},
    words::MeetingStatus,
};
use crate::meetings::{
    attending::attendees,
    scheduling::calendar::{self, Entry, FROM, LOOKED_AT_MAX, TO, Window},
};
use crate::{asked, zones};
use engine::{
    Action, Context, Endpoint, Extent, Listed, Listing, Needs, Outcome, Param, Query, Result, Route, Scope,
};
use schema::{caller::Caller, operation, page::Page, table::Table as _};
use serde_json::{Value, json};
use std::collections::HashSet;

/// What `/upcoming/` covers, in seconds.
const UPCOMING_S: i64 = 7 * 86_400;

/// Meetings at hand, by when they begin.
static MEETINGS: Listing = Listing {
    spec: Meeting::SPEC,
    sorts: &[],
    filters: &[
        "start_at",
        "end_at",
        "status",
        "kind",
        "priority",
        "organizer_id",
        "project_id",
        "title",
        "my_role",
        "my_rsvp",
    ],
};

/// Lists meetings between two instants, by when they begin: the caller's own, and the outline of all others where
/// their role reads the organization's.
#[operation]
pub(super) struct ListMeetings {
    /// Filters, `from`, `to`, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListMeetings {
    const ROUTE: Route = Route::get("/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    const LISTING: Option<&'static Listing> = Some(&MEETINGS);
    const ASKS: &'static [Param] = &[FROM, TO];
    type Output = Listed<Meeting, Mine>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let window = Window::asked(&self.query)?;
        let mut rows = own(cx, window, |_| true).await?;
        if cx.level.read == Extent::Org {
            let known: HashSet<MeetingId> = rows.iter().filter_map(id_of).collect();
            let others = calendar::held(cx, cx.caller.org, window).await?;
            let others = others.into_iter().filter(|line| !known.contains(&line.id));
            rows.extend(others.map(|line| json!(Outline::from(line))));
            rows.truncate(LOOKED_AT_MAX);
        }
        let query = asked::sorted(&asked::without(&self.query, &["from", "to"])?, "start_at")?;
        let mut page = MEETINGS.page_of_rows(cx, rows, &query)?;
        for row in &mut page.data {
            if let Some(meeting) = id_of(row).filter(|_| row.get("attendee_count").is_some()) {
                let count = cx.counter(&of_meeting(meeting), attendees::COUNT).await?;
                row["attendee_count"] = count.into();
            }
        }
        Outcome::ok(&page)
    }
}

fn id_of(row: &Value) -> Option<MeetingId> {
    row.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok())
}

/// The caller's own meetings, as a list shows them.
async fn own(cx: &Context, window: Window, wanted: impl Fn(&(Entry, Meeting)) -> bool) -> Result<Vec<Value>> {
    let attended = calendar::attended(cx, cx.caller.user, window).await?;
    let rows = attended.into_iter().filter(wanted).map(|(entry, meeting)| {
        let mut row = json!(shown(&meeting, Some(entry.role), Some(entry.rsvp)));
        if let Some(members) = row.as_object_mut() {
            members.remove("description");
        }
        row
    });
    Ok(rows.collect())
}

/// A page of the caller's own meetings that will be held or are being held.
async fn agenda(cx: &Context, window: Window, query: &Query) -> Result<Page<Value>> {
    let ahead = |(_, meeting): &(Entry, Meeting)| {
        let takes_place = !matches!(meeting.status, MeetingStatus::Cancelled | MeetingStatus::Postponed);
        takes_place && meeting.end_at > window.from
    };
    let rows = own(cx, window, ahead).await?;
    MEETINGS.page_of_rows(cx, rows, &asked::sorted(query, "start_at")?)
}

/// Lists the caller's own meetings of the next seven days, those that are being held included.
#[operation]
pub(super) struct ListUpcoming {
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListUpcoming {
    const ROUTE: Route = Route::get("/upcoming/");
    const NEEDS: Needs = Needs::Own;
    const LISTING: Option<&'static Listing> = Some(&MEETINGS);
    type Output = Listed<Meeting, Mine>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let from = cx.now();
        let window = Window { from, to: from.plus_seconds(UPCOMING_S) };
        Outcome::ok(&agenda(cx, window, &self.query).await?)
    }
}

/// Lists the caller's own meetings of this day, which is a day in their own zone.
#[operation]
pub(super) struct ListToday {
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListToday {
    const ROUTE: Route = Route::get("/today/");
    const NEEDS: Needs = Needs::Own;
    const LISTING: Option<&'static Listing> = Some(&MEETINGS);
    type Output = Listed<Meeting, Mine>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let zone = zones::of_person(cx, cx.caller.org, cx.caller.user).await?;
        let (from, to) = zones::day_of(&zone, cx.now())?;
        Outcome::ok(&agenda(cx, Window { from, to }, &self.query).await?)
    }
}
