//! Answering an invitation: coming or not, why not, and when would suit better.

use crate::meetings::{
    events,
    rooms::{invitation, of_meeting},
    rules,
    scheduling::busy::{self, Interval},
    tables::{Attendee, Meeting, MeetingId},
    words::Rsvp,
};
use engine::{Context, Endpoint, Error, Needs, Outcome, Record, Result, Route, Scope};
use schema::{
    answer, caller::Caller, change::Change, code::Code, operation, reply::Reply, text::Note, time::Timestamp,
};
use serde_json::json;

/// Answers an invitation. What else the caller said to come to at that time is named, and forbids nothing.
#[operation]
pub(crate) struct RespondToMeeting {
    /// The meeting.
    meeting_id: MeetingId,
    /// Whether the caller comes.
    #[garde(custom(an_answer))]
    #[schemars(extend("examples" = ["accepted"]))]
    rsvp: Rsvp,
    /// A word to the organizer.
    comment: Option<Note<300>>,
    /// When would suit better.
    proposed_start_at: Option<Timestamp>,
}

fn an_answer(rsvp: &Rsvp, _: &()) -> garde::Result {
    if *rsvp == Rsvp::NeedsAction {
        return Err(garde::Error::new("accepted, declined or tentative"));
    }
    Ok(())
}

/// An answer, and what stands at the same time.
#[answer]
pub(crate) struct Answered {
    /// The invitation.
    #[serde(flatten)]
    attendee: Attendee,
    /// When the caller is elsewhere during the meeting.
    conflicts: Vec<Interval>,
}

impl Endpoint for RespondToMeeting {
    const ROUTE: Route = Route::post("/{meeting_id}/respond/")
        .tells(&[events::ATTENDEE_RESPONDED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::Member(rules::ATTENDEES);
    type Output = Record<Answered>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let meeting: Meeting = cx.here(self.meeting_id).await?;
        let old = invitation(cx, meeting.id, cx.caller.user).await?;
        let old = old.ok_or_else(|| Error::not_found("attendee"))?;
        let answer = rules::Answer {
            rsvp: self.rsvp,
            comment: self.comment.as_ref().map(Note::owned).filter(|comment| !comment.trim().is_empty()),
            proposed_start_at: self.proposed_start_at,
        };
        let new = rules::answer(&old, &meeting, answer, cx.now())?;
        let conflicts = match self.rsvp {
            Rsvp::Declined => Vec::new(),
            _ => busy::beside(cx, cx.caller.user, &meeting).await?,
        };
        let mut change = Change::new();
        let slot = change.update(&old, new);
        events::responded(&mut change, slot, &meeting);
        change.reply(move |filled| {
            let Some(attendee) = filled.get(slot).cloned() else { return Reply::empty() };
            let version = attendee.version;
            Reply::ok(json!(Answered { attendee, conflicts: conflicts.clone() })).tagged(version)
        });
        Ok(Outcome::Commit(change))
    }
}
