//! Who attends a meeting: list, invite, edit, remove.

use super::presence;
use crate::meetings::{
    events,
    rooms::{invitation, of_meeting, place},
    rules,
    tables::{Attendance, Attendee, Meeting, MeetingId},
    words::AttendeeRole,
};
use engine::{
    Action, Context, Created, Empty, Endpoint, Error, Listed, Listing, Needs, Outcome, Query, Reader, Record,
    Result, Route, Scope,
};
use schema::{
    answer,
    caller::Caller,
    change::{Change, Slot},
    code::Code,
    id::UserId,
    key::KeyWriter,
    operation,
    patch::Edit,
    reply::Reply,
    role::Role,
    room::RoomId,
    table::Table as _,
    time::Timestamp,
};
use serde_json::{Value, json};

/// The room's count of attendees.
pub(crate) const COUNT: &str = "attendees";
/// People told of a meeting's beginning: as many as a meeting holds.
pub(crate) const TOLD_MAX: usize = 500;

/// So many places are left where a meeting is nearly full: two who invite at once can't fill more.
const NEARLY_FULL: i64 = 100;

/// The people of one meeting, in the order they were invited.
static ROLL: Listing = Listing {
    spec: Attendee::SPEC,
    sorts: &[("created_at", "roll")],
    filters: &["role", "rsvp", "required", "user_id", "created_at"],
};

/// Lists who attends and how long they were there, in the order of invitation.
#[operation]
pub(crate) struct ListAttendees {
    /// The meeting.
    meeting_id: MeetingId,
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListAttendees {
    const ROUTE: Route = Route::get("/{meeting_id}/attendees/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    const LISTING: Option<&'static Listing> = Some(&ROLL);
    type Output = Listed<Attendee, Present>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let mut page = ROLL.page(cx, KeyWriter::new().with(&self.meeting_id), &self.query).await?;
        let attends = cx.standing.role.is_some() || cx.caller.role == Role::SuperAdministrator;
        for row in &mut page.data {
            with_attendance(cx, cx.room()?, self.meeting_id, row).await?;
            if let Some(members) = row.as_object_mut().filter(|_| !attends) {
                members.remove("comment");
                members.remove("proposed_start_at");
            }
        }
        crate::named::people(cx, cx.standing.org, &mut page.data).await?;
        Outcome::ok(&page)
    }
}

async fn with_attendance(reader: &Reader, room: &RoomId, meeting: MeetingId, row: &mut Value) -> Result<()> {
    let user = row.get("user_id").and_then(Value::as_str).and_then(|id| id.parse::<UserId>().ok());
    let (Some(user), Some(members)) = (user, row.as_object_mut()) else { return Ok(()) };
    let attendance: Option<Attendance> = reader.get(room, place(meeting, user)).await?;
    let present = attendance.as_ref().map_or(0, |attendance| attendance.present_seconds);
    members.insert("joined_at".into(), json!(attendance.as_ref().map(|attendance| attendance.joined_at)));
    members.insert("left_at".into(), json!(attendance.as_ref().and_then(|attendance| attendance.left_at)));
    members.insert("present_seconds".into(), present.into());
    Ok(())
}

/// Invites people to a meeting: its organizer does, and whoever attends where it says so.
#[operation]
pub(crate) struct InviteAttendees {
    /// The meeting.
    meeting_id: MeetingId,
    /// Who.
    #[garde(length(min = 1, max = 50))]
    user_ids: Vec<UserId>,
    /// What they may do; there is one organizer.
    #[serde(default)]
    #[garde(custom(not_organizer))]
    role: AttendeeRole,
}

fn not_organizer(role: &AttendeeRole, _: &()) -> garde::Result {
    if *role == AttendeeRole::Organizer {
        return Err(garde::Error::new("a meeting has one organizer"));
    }
    Ok(())
}

impl Endpoint for InviteAttendees {
    const ROUTE: Route = Route::post("/{meeting_id}/attendees/")
        .tells(&[events::ATTENDEE_INVITED])
        .refuses(&[Code::Duplicate, Code::CapacityReached]);
    const NEEDS: Needs = Needs::Member(rules::WRITERS);
    type Output = Created<Invited>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let meeting: Meeting = cx.here(self.meeting_id).await?;
        rules::check_inviter(&meeting, rules::organizes(&cx.caller, &meeting), self.role)?;
        let mut change = Change::new();
        let head = cx.engine().node().directory().head(cx.room()?).await?;
        let present = cx.counter(cx.room()?, COUNT).await?;
        if present.saturating_add(NEARLY_FULL) > i64::from(meeting.capacity) {
            // Two who invite at once must not both take the last place.
            change.alone(head.commit);
        }
        let mut slots = Vec::new();
        for user in to_invite(cx, &meeting, ("user_ids", &self.user_ids), present).await? {
            let slot = invite(cx, &mut change, &meeting, user, self.role);
            slots.push(slot);
        }
        if slots.is_empty() {
            return Err(Error::new(Code::Duplicate, "they all attend already"));
        }
        change.reply(move |filled| {
            let data = slots.iter().filter_map(|slot| filled.get(*slot).cloned()).collect();
            Reply::of(201, json!(Invited { data }))
        });
        Ok(Outcome::Commit(change))
    }
}

/// Who was invited.
#[answer]
pub(crate) struct Invited {
    /// Each who did not attend yet.
    data: Vec<Attendee>,
}

/// What a list adds to an attendee.
#[answer]
pub(crate) struct Present {
    /// First and last name; null for somebody who is gone.
    name: Option<String>,
    /// When they came last.
    joined_at: Option<Timestamp>,
    /// When they left after that.
    left_at: Option<Timestamp>,
    /// How long they were there before they came last.
    present_seconds: i64,
}

/// Those of these people, named in this field, who do not attend yet, each once.
///
/// # Errors
/// `validation` for somebody who is not there or not active, `capacity-reached`.
pub(crate) async fn to_invite(
    cx: &Context,
    meeting: &Meeting,
    (field, users): (&str, &[UserId]),
    present: i64,
) -> Result<Vec<UserId>> {
    let mut invited: Vec<UserId> = Vec::with_capacity(users.len());
    for (at, user) in users.iter().enumerate() {
        let known = invited.contains(user) || *user == meeting.organizer_id;
        if known || invitation(cx, meeting.id, *user).await?.is_some() {
            continue;
        }
        people::users::active(cx, meeting.org_id, *user).await.map_err(|error| match error.code() {
            Code::NotFound => Error::field(&format!("/{field}/{at}"), "unknown", "there is no such person"),
            _ => error,
        })?;
        invited.push(*user);
    }
    let organizer = i64::from(present == 0);
    let total = i64::try_from(invited.len()).unwrap_or(i64::MAX).saturating_add(present + organizer);
    if total > i64::from(meeting.capacity) {
        return Err(Error::new(Code::CapacityReached, format!("{} may attend", meeting.capacity)));
    }
    Ok(invited)
}

/// Invites one person within a change.
pub(crate) fn invite(
    cx: &Context,
    change: &mut Change,
    meeting: &Meeting,
    user: UserId,
    role: AttendeeRole,
) -> Slot<Attendee> {
    let guest = rules::Guest { id: cx.clock().new_id(), user, role, at: cx.now() };
    let attendee = rules::invite(meeting, &guest);
    let slot = change.insert(attendee.clone());
    change.add(COUNT, 1);
    // A meeting that is only now called tells all it invites at once.
    if meeting.version > 0 {
        events::invited(change, slot, &attendee, meeting);
    }
    slot
}

/// Changes what somebody may do in a meeting, and whether they are needed.
#[operation]
pub(crate) struct EditAttendee {
    /// The meeting.
    meeting_id: MeetingId,
    /// Who.
    user_id: UserId,
    /// What they may do; there is one organizer.
    #[garde(custom(not_made_organizer))]
    #[schemars(extend("examples" = ["presenter"]))]
    role: Edit<AttendeeRole>,
    /// Whether they are needed.
    required: Edit<bool>,
}

fn not_made_organizer(role: &Edit<AttendeeRole>, cx: &()) -> garde::Result {
    role.value().map_or(Ok(()), |role| not_organizer(role, cx))
}

impl Endpoint for EditAttendee {
    const ROUTE: Route = Route::patch("/{meeting_id}/attendees/{user_id}/")
        .tells(&[events::ATTENDEE_UPDATED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::Member(rules::ORGANIZER);
    type Output = Record<Attendee>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let meeting: Meeting = cx.here(self.meeting_id).await?;
        let old = invitation(cx, meeting.id, self.user_id).await?;
        let old = old.ok_or_else(|| Error::not_found("attendee"))?;
        let mut new = old.clone();
        self.role.apply(&mut new.role);
        self.required.apply(&mut new.required);
        if new == old {
            return Outcome::record(&old, old.version);
        }
        if old.role == AttendeeRole::Organizer {
            return Err(Error::rule("what the organizer is can't be changed"));
        }
        let mut change = Change::new();
        let slot = change.update(&old, new);
        events::attendee(&mut change, events::ATTENDEE_UPDATED, slot, &meeting);
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

/// Everybody who attends.
pub(crate) async fn everybody(reader: &Reader, meeting: MeetingId) -> Result<Vec<UserId>> {
    reader.column::<Attendee, _>("roll", KeyWriter::new().with(&meeting), "user_id", TOLD_MAX).await
}

/// Removes somebody from a meeting, or leaves it for good.
#[operation]
pub(crate) struct RemoveAttendee {
    /// The meeting.
    meeting_id: MeetingId,
    /// Who.
    user_id: UserId,
}

impl Endpoint for RemoveAttendee {
    const ROUTE: Route = Route::delete("/{meeting_id}/attendees/{user_id}/")
        .tells(&[events::ATTENDEE_REMOVED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::Member(rules::ATTENDEES);
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let meeting: Meeting = cx.here(self.meeting_id).await?;
        if !rules::organizes(&cx.caller, &meeting) && self.user_id != cx.caller.user {
            return Err(Error::forbidden("only its organizer removes others from a meeting"));
        }
        let attendee = invitation(cx, meeting.id, self.user_id).await?;
        let attendee = attendee.ok_or_else(|| Error::not_found("attendee"))?;
        if attendee.role == AttendeeRole::Organizer {
            return Err(Error::rule("the organizer can't leave; call the meeting off instead"));
        }
        let mut change = Change::new();
        let slot = change.remove(&attendee);
        change.add(COUNT, -1);
        let attendance: Option<Attendance> = cx.get(cx.room()?, place(meeting.id, self.user_id)).await?;
        if let Some(old) = attendance
            && let Some(new) = presence::depart(&old, cx.now())
        {
            change.update(&old, new);
        }
        events::removed(&mut change, slot, &attendee, &meeting);
        Ok(Outcome::Commit(change))
    }
}
