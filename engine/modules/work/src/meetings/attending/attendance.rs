//! Coming and going. The room runs these when an attendee's first socket comes and the last one goes;
//! people without a socket call them. Nothing numbered is told: presence is, in passing.

use super::presence;
use crate::meetings::{
    chat::markers::{self, Markers, Reading},
    events,
    rooms::{of_meeting, place},
    rules,
    tables::{Attendance, Meeting, MeetingId},
    words::MeetingStatus,
};
use engine::{Context, Empty, Endpoint, Needs, Outcome, Result, Route, Scope};
use schema::{caller::Caller, change::Change, operation, reply::Reply};

/// Notes that the caller is there. When the organizer or a moderator comes in time, the meeting begins.
#[operation]
pub(crate) struct JoinMeeting {
    /// The meeting.
    meeting_id: MeetingId,
}

impl Endpoint for JoinMeeting {
    const ROUTE: Route = Route::post("/{meeting_id}/join/").tells(&[events::MEETING_STARTED]);
    const NEEDS: Needs = Needs::Member(rules::ATTENDEES);
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let role = cx.standing.role.as_deref();
        if role.is_none() {
            // Whoever may hear every meeting attends none by it.
            return Ok(Outcome::Answer(Reply::empty()));
        }
        let mut change = Change::new();
        let known: Option<Attendance> = cx.get(cx.room()?, place(self.meeting_id, cx.caller.user)).await?;
        match (&known, presence::arrive(self.meeting_id, cx.caller.user, known.as_ref(), cx.now())) {
            (_, None) => {}
            (Some(old), Some(new)) => drop(change.update(old, new)),
            (None, Some(new)) => drop(change.insert(new)),
        }
        if !begin(cx, &mut change, self.meeting_id, role).await? {
            change.unaudited();
        }
        if change.rows.is_empty() {
            return Ok(Outcome::Answer(Reply::empty()));
        }
        Ok(Outcome::Commit(change))
    }
}

/// Begins the meeting with the change where coming does.
async fn begin(cx: &Context, change: &mut Change, id: MeetingId, role: Option<&str>) -> Result<bool> {
    if !role.is_some_and(|role| rules::MODERATORS.contains(&role)) {
        return Ok(false);
    }
    let meeting: Meeting = cx.here(id).await?;
    if !rules::begins_by_joining(&meeting, role, cx.now()) {
        return Ok(false);
    }
    let begun = rules::transition(&meeting, MeetingStatus::InProgress, cx.now())?;
    crate::meetings::moving::end_by_itself(cx, change, &begun);
    let slot = change.update(&meeting, begun);
    let everybody = crate::meetings::attending::attendees::everybody(cx, id).await?;
    events::meeting(change, slot, events::MEETING_STARTED, everybody);
    Ok(true)
}

/// Notes that the caller is gone, and keeps how far they have read.
#[operation]
pub(crate) struct LeaveMeeting {
    /// The meeting.
    meeting_id: MeetingId,
}

impl Endpoint for LeaveMeeting {
    const ROUTE: Route = Route::post("/{meeting_id}/leave/").tells_nobody("presence tells who is there");
    const NEEDS: Needs = Needs::Member(rules::ATTENDEES);
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let mut change = Change::new();
        change.unaudited();
        let known: Option<Attendance> = cx.get(cx.room()?, place(self.meeting_id, cx.caller.user)).await?;
        if let Some(old) = known
            && let Some(new) = presence::depart(&old, cx.now())
        {
            change.update(&old, new);
        }
        let (meeting, user) = (self.meeting_id, cx.caller.user);
        let seq = cx.part::<Markers>()?.kept(meeting, user).unwrap_or_default();
        markers::put(cx, &mut change, Reading { meeting, user, seq }).await?;
        if change.rows.is_empty() {
            return Ok(Outcome::Answer(Reply::empty()));
        }
        Ok(Outcome::Commit(change))
    }
}
