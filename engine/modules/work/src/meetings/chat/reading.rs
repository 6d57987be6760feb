//! The read marker of the caller.

use super::markers::{self, Markers, Raised, Reading};
use crate::meetings::{rooms::of_meeting, rules, tables::MeetingId};
use engine::{Context, Endpoint, Error, Needs, Outcome, Result, Route, Scope, Whole};
use schema::{answer, caller::Caller, change::Change, operation, reply::Reply};
use serde_json::json;

/// Where a read marker stands.
#[answer]
pub(crate) struct Marker {
    /// The number of the last message read.
    seq: u64,
}

/// Notes how far the caller has read. The marker only moves forward; the answer says where it stands.
#[operation]
pub(crate) struct ReadChat {
    /// The meeting.
    meeting_id: MeetingId,
    /// The number of the last message read.
    seq: u64,
}

impl Endpoint for ReadChat {
    const ROUTE: Route =
        Route::put("/{meeting_id}/read/").tells_nobody("markers are told as whispers, which nobody numbers");
    const NEEDS: Needs = Needs::Member(rules::ATTENDEES);
    type Output = Whole<Marker>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        if cx.standing.role.is_none() {
            // Whoever may hear every meeting attends none by it.
            return Ok(Outcome::Answer(Reply::empty()));
        }
        let markers = cx.part::<Markers>()?;
        let reading = Reading { meeting: self.meeting_id, user: cx.caller.user, seq: self.seq };
        let stands = markers::stands(cx, reading.meeting, reading.user).await?;
        if self.seq > stands {
            let head = cx.engine().node().directory().head(cx.room()?).await?;
            if self.seq > head.seq {
                return Err(Error::field("/seq", "unknown", "nothing with this number was said yet"));
            }
        }
        match markers.raise(cx.engine(), cx.standing.org, reading, stands) {
            Raised::To(seq) => Outcome::ok(&json!(Marker { seq })),
            Raised::Full => {
                let seq = self.seq.max(stands);
                let mut change = Change::new();
                change.unaudited();
                markers::put(cx, &mut change, reading).await?;
                change.reply(move |_| Reply::ok(json!(Marker { seq })));
                Ok(Outcome::Commit(change))
            }
        }
    }
}
