//! A meeting's moves from state to state: begun, ended, put off, called off, and ended by itself where everybody
//! has gone.

use super::{
    events,
    rooms::of_meeting,
    rules,
    tables::{Attendance, Meeting, MeetingId},
    words::{MeetingStatus, Reach},
};
use crate::meetings::{attending::attendees, recurring::occurrences};
use engine::{
    Action, Context, Empty, Endpoint, Error, Needs, Outcome, Param, Query, Record, Result, Route, Scope,
};
use schema::{
    caller::{ActorKind, Caller},
    change::{Change, Slot},
    code::Code,
    operation,
    reply::Reply,
    text::Note,
};
use serde_json::json;

/// People whose presence is looked at: as many as a meeting holds, and those who left it.
const PRESENT_MAX: usize = 1_000;

/// Begins, ends, puts off or calls off a meeting. Only its organizer calls it off.
#[operation]
pub(super) struct TransitionMeeting {
    /// The meeting.
    meeting_id: MeetingId,
    /// The state.
    to: MeetingStatus,
    /// Why, for those who attend.
    reason: Option<Note<500>>,
}

impl Endpoint for TransitionMeeting {
    const ROUTE: Route = Route::post("/{meeting_id}/transition/")
        .tells(&[
            events::MEETING_STARTED,
            events::MEETING_ENDED,
            events::MEETING_CANCELLED,
            events::MEETING_STATUS_CHANGED,
        ])
        .refuses(&[Code::InvalidTransition]);
    const NEEDS: Needs = Needs::Member(rules::MODERATORS);
    type Output = Record<Meeting>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = cx.here(self.meeting_id).await?;
        if cx.caller.kind == ActorKind::System {
            return when_deserted(cx, &old).await;
        }
        if self.to == MeetingStatus::Cancelled && !rules::organizes(&cx.caller, &old) {
            return Err(Error::forbidden("only its organizer calls a meeting off"));
        }
        let mut change = Change::new();
        let slot = carry_out(cx, &mut change, &old, self.to, self.reason.as_ref().map(Note::owned)).await?;
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

/// Moves a meeting within a change, and tells those who should know.
async fn carry_out(
    cx: &Context,
    change: &mut Change,
    old: &Meeting,
    to: MeetingStatus,
    reason: Option<String>,
) -> Result<Slot<Meeting>> {
    let new = rules::transition(old, to, cx.now())?;
    if to == MeetingStatus::InProgress {
        end_by_itself(cx, change, &new);
    }
    let slot = change.update(old, new);
    let notify = match to {
        MeetingStatus::InProgress | MeetingStatus::Cancelled => attendees::everybody(cx, old.id).await?,
        _ => Vec::new(),
    };
    let told = events::meeting(change, slot, events::of_status(to), notify);
    told.with(move |_| json!({"reason": reason}));
    Ok(slot)
}

/// Has a meeting looked at once everybody may have gone.
pub(super) fn end_by_itself(cx: &Context, change: &mut Change, meeting: &Meeting) {
    let at = rules::looked_at_next(meeting, cx.now());
    let wish = json!({"meeting_id": meeting.id, "to": MeetingStatus::Completed});
    change.later(at, "TransitionMeeting", wish);
}

/// The server's own wish: a meeting that has run half an hour late ends, unless somebody is still there.
async fn when_deserted(cx: &Context, meeting: &Meeting) -> Result<Outcome> {
    if meeting.status != MeetingStatus::InProgress {
        return Ok(Outcome::Answer(Reply::empty()));
    }
    let attendances: Vec<Attendance> = cx.rows(cx.room()?, PRESENT_MAX).await?;
    let is_there = attendances.iter().any(|attendance| attendance.left_at.is_none());
    let mut change = Change::new();
    if is_there || cx.now() < rules::deserted_at(meeting) {
        change.unaudited();
        end_by_itself(cx, &mut change, meeting);
    } else {
        carry_out(cx, &mut change, meeting, MeetingStatus::Completed, None).await?;
    }
    Ok(Outcome::Commit(change))
}

/// Calls a meeting off, or with it those of its series that follow, or all that are still ahead. Those who attend are
/// told.
#[operation]
pub(super) struct CancelMeeting {
    /// The meeting.
    meeting_id: MeetingId,
    /// `scope`.
    query: Query,
}

impl Endpoint for CancelMeeting {
    const ROUTE: Route = Route::delete("/{meeting_id}/")
        .tells(&[events::MEETING_CANCELLED, events::SERIES_EDITED])
        .refuses(&[Code::InvalidTransition]);
    const ASKS: &'static [Param] = &[Param {
        name: "scope",
        format: "text",
        help: "Which meetings of its series: `this`, `following` or `all`.",
        required: false,
    }];
    const NEEDS: Needs = Needs::Any(&[Needs::Member(rules::ORGANIZER), Needs::OrgLevel(Action::Manage)]);
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        self.query.only(&["scope"])?;
        let reach = match self.query.get("scope") {
            None => Reach::This,
            Some(word) => Reach::ALL.into_iter().find(|reach| reach.word() == word).ok_or_else(|| {
                let refused = Error::new(Code::InvalidFilter, "scope is this, following or all");
                refused.and_field("/query/scope", "invalid", "this, following or all")
            })?,
        };
        let old: Meeting = cx.here(self.meeting_id).await?;
        if old.status == MeetingStatus::Cancelled && reach == Reach::This {
            return Ok(Outcome::Answer(Reply::empty().tagged(old.version)));
        }
        let mut change = Change::new();
        let slot = if old.status == MeetingStatus::Cancelled {
            change.update(&old, old.clone())
        } else {
            carry_out(cx, &mut change, &old, MeetingStatus::Cancelled, None).await?
        };
        occurrences::cancelled(&mut change, slot, &old, reach)?;
        Ok(Outcome::Commit(change))
    }
}
