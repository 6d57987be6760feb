//! The meetings of a series: called ahead of their time, edited and called off together. Each has a room of its own, so
//! what concerns many is told as one fact and carried out by reactions, room by room, once.

use super::{
    places,
    remaking::{self, Remade, Ruling},
    series::{self, Times},
};
use crate::meetings::{
    attending::attendees,
    editing::{self, EditMeeting},
    events,
    rooms::of_meeting,
    rules,
    tables::{Meeting, MeetingId, Place, Series, SeriesId},
    words::{AttendeeRole, MeetingStatus, Reach},
};
use actors::BoxFuture;
use engine::{
    Cause, Context, Empty, Endpoint, Engine, Error, Needs, On, Outcome, Reaction, Reader, Result, Route,
    Scope,
};
use schema::{
    caller::{ActorKind, Caller},
    change::{Change, Slot},
    code::Code,
    id::Id,
    operation,
    reply::Reply,
    room::RoomId,
    time::{Date, Timestamp},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// How often a series is looked at for more of its meetings, in seconds.
const LOOK_EVERY_S: i64 = 7 * 86_400;

/// Calls the meetings of a series.
pub(crate) const CALL: Reaction = Reaction {
    name: "meetings.call_occurrences",
    on: On::Names(&[events::SERIES_EXTENDED]),
    acts_in: named_rooms,
    run: call,
};
/// Turns a series after one of its meetings.
pub(crate) const TURN: Reaction = Reaction {
    name: "meetings.turn_series",
    on: On::Names(&[events::SERIES_EDITED]),
    acts_in: series_room,
    run: turn,
};
/// Lets the other meetings follow.
pub(crate) const FOLLOW: Reaction = Reaction {
    name: "meetings.follow_series",
    on: On::Names(&[events::SERIES_TURNED]),
    acts_in: named_rooms,
    run: follow,
};

/// A meeting of a series, and the day it stands for.
#[derive(Serialize, Deserialize)]
struct Occurrence {
    meeting_id: MeetingId,
    day: Date,
}

/// Meetings of one series.
#[derive(Serialize, Deserialize)]
struct Occurrences {
    series_id: SeriesId,
    occurrences: Vec<Occurrence>,
}

impl Occurrence {
    fn of(series: &Series, place: Place) -> Self {
        let meeting_id = places::meeting_of(series.id, series.first_date, place);
        Self { meeting_id, day: place.day }
    }
}

impl Occurrences {
    fn of(series: &Series, places: Vec<Place>) -> Self {
        let occurrences = places.into_iter().map(|place| Occurrence::of(series, place)).collect();
        Self { series_id: series.id, occurrences }
    }
}

/// What one meeting's edit means for others of its series.
#[derive(Serialize, Deserialize, Clone)]
struct Turn {
    series_id: SeriesId,
    /// The meeting that was edited itself.
    by: MeetingId,
    /// From which day on; all of them where none is named.
    from: Option<Date>,
    wish: Wish,
}

#[derive(Serialize, Deserialize, Clone)]
#[serde(rename_all = "snake_case")]
enum Wish {
    /// The edit without its times, and the times and the rule where they differ.
    Edit { edit: Value, times: Option<Times>, rrule: Option<String> },
    /// No more meetings.
    Cancel,
}

fn read<T: DeserializeOwned>(cause: &Cause) -> Option<T> {
    serde_json::from_value(cause.event.data.clone()).ok()
}

fn named_rooms(cause: &Cause) -> Vec<RoomId> {
    let named = read::<Occurrences>(cause).map(|named| named.occurrences).unwrap_or_default();
    named.into_iter().map(|occurrence| of_meeting(occurrence.meeting_id)).collect()
}

fn series_room(cause: &Cause) -> Vec<RoomId> {
    read::<Turn>(cause).map(|turn| home(turn.series_id)).into_iter().collect()
}

fn home(series: SeriesId) -> RoomId {
    RoomId::new("meeting", series.uuid())
}

async fn series_of(reader: &Reader, id: SeriesId) -> Result<Option<Series>> {
    reader.by_id(&home(id), id).await
}

/// Tells that meetings of a series are to be called on these days, and has it looked at again while there are more.
pub(crate) fn extended(
    change: &mut Change,
    slot: Slot<Series>,
    series: &Series,
    places: Vec<Place>,
    now: Timestamp,
) {
    call_on(change, slot, series, places);
    look_again(change, series, now);
}

/// Tells that meetings are to be called for these places.
fn call_on(change: &mut Change, slot: Slot<Series>, series: &Series, places: Vec<Place>) {
    if !places.is_empty() {
        let named = Occurrences::of(series, places);
        change.tell(events::SERIES_EXTENDED, slot).saying(move |_| json!(named));
    }
}

fn look_again(change: &mut Change, series: &Series, now: Timestamp) {
    if places::goes_on(series) {
        change.later(now.plus_seconds(LOOK_EVERY_S), "ExtendSeries", json!({"meeting_id": series.id}));
    }
}

/// Calls those meetings of a series that will be held within ninety days. The server does it by itself, week by week.
#[operation]
pub(crate) struct ExtendSeries {
    /// The first meeting of the series.
    meeting_id: MeetingId,
}

impl Endpoint for ExtendSeries {
    const ROUTE: Route = Route::post("/{meeting_id}/series/extend/").tells(&[events::SERIES_EXTENDED]);
    const NEEDS: Needs = Needs::Member(rules::ORGANIZER);
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old: Series = cx.here(self.meeting_id.cast()).await?;
        let (new, days) = places::extend(&old, cx.now())?;
        // Whoever asks in between leaves the weeks as they are.
        let weekly = cx.caller.kind == ActorKind::System;
        if new == old && !(weekly && places::goes_on(&old)) {
            return Ok(Outcome::Answer(Reply::empty()));
        }
        let mut change = Change::new();
        let slot = if new == old { change.about(&old) } else { change.update(&old, new.clone()) };
        call_on(&mut change, slot, &new, days);
        if weekly {
            look_again(&mut change, &new, cx.now());
        }
        Ok(Outcome::Commit(change))
    }
}

fn call<'a>(engine: &'a Engine, cause: &'a Cause, rooms: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let Some(named) = read::<Occurrences>(cause) else { return Ok(()) };
        let Some(series) = series_of(engine.reader(), named.series_id).await? else { return Ok(()) };
        let mut invited = Vec::new();
        for user in &series.attendee_ids {
            match people::users::active(engine.reader(), series.org_id, *user).await {
                Ok(_) => invited.push(*user),
                Err(error) if matches!(error.code(), Code::NotFound | Code::RuleViolation) => {}
                Err(error) => return Err(error),
            }
        }
        let places = places::places(&series);
        for Occurrence { meeting_id, .. } in named.occurrences {
            // Its rule may have gone meanwhile.
            let of_series = |place: &&Place| Occurrence::of(&series, **place).meeting_id == meeting_id;
            let Some(place) = places.iter().find(of_series) else { continue };
            let room = of_meeting(meeting_id);
            if !rooms.contains(&room) || engine.reader().by_id::<Meeting>(&room, meeting_id).await?.is_some()
            {
                continue;
            }
            let meeting = series::occurrence(&series, *place)?;
            let mut change = Change::new();
            let slot = change.insert(meeting.clone());
            let everybody = invited.iter().map(|user| (*user, AttendeeRole::Attendee));
            let organizer = [(meeting.organizer_id, AttendeeRole::Organizer)];
            for (user, role) in organizer.into_iter().chain(everybody) {
                let id = Id::new(cause.derived(&format!("{meeting_id}\n{user}")));
                let guest = rules::Guest { id, user, role, at: cause.event.occurred_at };
                change.insert(rules::invite(&meeting, &guest));
                change.add(attendees::COUNT, 1);
            }
            events::meeting(&mut change, slot, events::MEETING_SCHEDULED, []);
            engine.effect(cause, &room, change).await?;
        }
        Ok(())
    })
}

/// Lets a meeting's edit reach others of its series.
///
/// # Errors
/// `validation` where it is of none.
pub(crate) fn edited(
    change: &mut Change,
    slot: Slot<Meeting>,
    (old, new): (&Meeting, &Meeting),
    (reach, edit, rrule): (Reach, &EditMeeting, Option<&str>),
) -> Result<()> {
    let Some((series_id, from)) = reached(old, reach)? else { return Ok(()) };
    let when = |meeting: &Meeting| (meeting.start_at, meeting.end_at, meeting.timezone.clone());
    let times = if when(old) == when(new) { None } else { Some(Times::of(new)?) };
    let mut edit = json!(edit);
    if let Some(members) = edit.as_object_mut() {
        let own = ["start_at", "end_at", "timezone", "scope", "rrule"];
        members.retain(|name, _| !own.contains(&name.as_str()));
    }
    let rrule = rrule.map(str::to_owned);
    let turn = Turn { series_id, by: old.id, from, wish: Wish::Edit { edit, times, rrule } };
    change.tell(events::SERIES_EDITED, slot).saying(move |_| json!(turn));
    Ok(())
}

/// Whether a series may get another rule through one of its meetings.
///
/// # Errors
/// `validation` for a rule that is none, or for one meeting alone; `capacity-reached`.
pub(crate) async fn check_rule(reader: &Reader, meeting: &Meeting, reach: Reach, rrule: &str) -> Result<()> {
    let Some((id, from)) = reached(meeting, reach)? else {
        return Err(Error::field("/rrule", "scope", "a rule is of several meetings: say following or all"));
    };
    let unknown = || Error::field("/scope", "no_series", "this meeting does not come back");
    let series = series_of(reader, id).await?.ok_or_else(unknown)?;
    let from = match from {
        Some(day) => day,
        None => places::next_day(&series, reader.now())?,
    };
    places::ruled(&series, from, rrule).map(drop)
}

/// Lets a meeting's being called off reach others of its series.
///
/// # Errors
/// As [`edited`].
pub(crate) fn cancelled(
    change: &mut Change,
    slot: Slot<Meeting>,
    meeting: &Meeting,
    reach: Reach,
) -> Result<()> {
    if let Some((series_id, from)) = reached(meeting, reach)? {
        let turn = Turn { series_id, by: meeting.id, from, wish: Wish::Cancel };
        change.tell(events::SERIES_EDITED, slot).saying(move |_| json!(turn));
    }
    Ok(())
}

/// The series and the day from which on its meetings are meant; nothing where only this meeting is.
fn reached(meeting: &Meeting, reach: Reach) -> Result<Option<(SeriesId, Option<Date>)>> {
    match (reach, meeting.series_id, meeting.occurrence_key) {
        (Reach::This, ..) => Ok(None),
        (Reach::Following, Some(series), Some(day)) => Ok(Some((series, Some(day)))),
        (Reach::All, Some(series), _) => Ok(Some((series, None))),
        _ => Err(Error::field("/scope", "no_series", "this meeting does not come back")),
    }
}

fn turn<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let Some(turn) = read::<Turn>(cause) else { return Ok(()) };
        let Some(old) = series_of(engine.reader(), turn.series_id).await? else { return Ok(()) };
        let now = cause.event.occurred_at;
        let mut remade = Remade::default();
        let new = match turn.wish.clone() {
            Wish::Cancel => {
                let cut = turn.from.unwrap_or(old.first_date);
                Series { cut_at: Some(old.cut_at.map_or(cut, |known| known.min(cut))), ..old.clone() }
            }
            Wish::Edit { edit, times, rrule } => {
                let Ok(edit) = serde_json::from_value::<EditMeeting>(edit) else { return Ok(()) };
                let mut turned = Series { pattern: edit.applied_to(&old.pattern), ..old.clone() };
                if let Some(rrule) = rrule {
                    let ruling = Ruling { by: turn.by, from: turn.from, rrule: &rrule };
                    (turned, remade) = remaking::rule(engine.reader(), &old, turned, &ruling, now).await?;
                }
                times.map_or_else(|| turned.clone(), |times| times.put(turned.clone()))
            }
        };
        let mut named = Occurrences::of(&old, places::called(&old, turn.from));
        named.occurrences.retain(|occurrence| occurrence.meeting_id != turn.by);
        let mut change = Change::new();
        let slot = change.update(&old, new.clone());
        call_on(&mut change, slot, &new, remade.called);
        if !places::goes_on(&old) {
            look_again(&mut change, &new, now);
        }
        let (off, asked) = (remade.off, remade.asked);
        change.tell(events::SERIES_TURNED, slot).saying(move |_| {
            json!({
                "series_id": named.series_id,
                "occurrences": named.occurrences,
                "wish": turn.wish,
                "off": off,
                "asked": asked,
            })
        });
        engine.effect(cause, &home(old.id), change).await?;
        Ok(())
    })
}

fn follow<'a>(engine: &'a Engine, cause: &'a Cause, rooms: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        #[derive(Deserialize)]
        struct Turned {
            series_id: SeriesId,
            wish: Wish,
            #[serde(default)]
            off: Vec<MeetingId>,
            #[serde(default)]
            asked: Vec<MeetingId>,
        }
        let Some(turned) = read::<Turned>(cause) else { return Ok(()) };
        let Some(series) = series_of(engine.reader(), turned.series_id).await? else { return Ok(()) };
        let now = cause.event.occurred_at;
        for room in rooms {
            let found = engine.reader().by_id::<Meeting>(room, MeetingId::new(room.id())).await?;
            let still_ahead = |meeting: &Meeting| {
                let waits = matches!(meeting.status, MeetingStatus::Scheduled | MeetingStatus::Postponed);
                waits && meeting.end_at > now
            };
            let Some(old) = found.filter(still_ahead) else { continue };
            let mut change = Change::new();
            match &turned.wish {
                Wish::Edit { edit, times, .. } if !turned.off.contains(&old.id) => {
                    let Ok(edit) = serde_json::from_value::<EditMeeting>(edit.clone()) else { continue };
                    let new = held_at(edit.applied_to(&old), &series, times.is_some())?;
                    let asks = turned.asked.contains(&old.id) || rules::is_elsewhere(&old, &new);
                    if (new == old && !asks) || rules::check_edit(&old, &new, now).is_err() {
                        continue;
                    }
                    let slot = change.update(&old, new.clone());
                    editing::tell(engine.reader(), &mut change, slot, (&new, asks), now).await?;
                }
                Wish::Edit { .. } | Wish::Cancel => {
                    let Ok(new) = rules::transition(&old, MeetingStatus::Cancelled, now) else { continue };
                    let slot = change.update(&old, new);
                    events::meeting(&mut change, slot, events::MEETING_CANCELLED, []);
                }
            }
            engine.effect(cause, room, change).await?;
        }
        Ok(())
    })
}

/// The meeting at the time that its series has for its day.
fn held_at(meeting: Meeting, series: &Series, moves: bool) -> Result<Meeting> {
    match meeting.occurrence_key.filter(|_| moves) {
        Some(day) => {
            let (start_at, end_at) = series::times(series, day)?;
            Ok(Meeting { start_at, end_at, timezone: series.timezone.clone(), ..meeting })
        }
        None => Ok(meeting),
    }
}
