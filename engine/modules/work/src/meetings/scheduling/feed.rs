//! Meetings in other programs' calendars: one as a file, all of one's own as a feed. Whoever knows a feed's address
//! reads it, so the address holds a secret that its owner can change.

use super::{
    calendar::{self, Window},
    ics,
};
use crate::meetings::{
    rooms::of_meeting,
    rules,
    tables::{CalendarFeed, Meeting, MeetingId},
};
use engine::{Context, Empty, Endpoint, Error, Needs, Outcome, Result, Route, Scope, Texted, Whole};
use people::rooms::of_user;
use schema::{
    answer, caller::Caller, change::Change, code::Code, id::UserId, key::KeyWriter, operation, reply::Reply,
    time::Timestamp,
};

/// How far a feed reaches back and ahead, in seconds.
const BACK_S: i64 = 30 * 86_400;
const AHEAD_S: i64 = 180 * 86_400;
/// The longest secret that is looked at, in characters.
const SECRET_MAX: usize = 64;

/// Shows a meeting as a calendar file.
#[operation]
pub(crate) struct GetMeetingFile {
    /// The meeting.
    meeting_id: MeetingId,
}

impl Endpoint for GetMeetingFile {
    const ROUTE: Route = Route::get("/{meeting_id}/ics/");
    const NEEDS: Needs = Needs::Member(rules::ATTENDEES);
    type Output = Texted<ics::Ics>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let meeting: Meeting = cx.here(self.meeting_id).await?;
        let text = ics::calendar([&meeting])?;
        Ok(Outcome::Answer(Reply::text(ics::CALENDAR, text).tagged(meeting.version)))
    }
}

/// Where somebody's calendar feed is.
#[answer]
pub(crate) struct FeedShown {
    /// Its path, secret and all; null where there is none yet.
    path: Option<String>,
    /// Since when it is there.
    since: Option<Timestamp>,
}

/// Shows where the caller's calendar feed is, if they have one.
#[operation]
pub(crate) struct ShowCalendarFeed {}

impl Endpoint for ShowCalendarFeed {
    const ROUTE: Route = Route::get("/calendar-feed/");
    const NEEDS: Needs = Needs::Own;
    type Output = Whole<FeedShown>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let user = cx.caller.user;
        let feed = feed_of(cx, user).await?;
        let path = feed
            .as_ref()
            .map(|feed| format!("/api/v1/meetings/calendar-feed/{user}/{}/", secret(cx, user, &feed.nonce)));
        Outcome::ok(&FeedShown { path, since: feed.map(|feed| feed.updated_at) })
    }
}

/// Gives the caller's calendar feed another secret, the first one where they have none. The former address is nobody's
/// then. The new one is asked for: a stored reply would keep it.
#[operation]
pub(crate) struct RotateCalendarFeed {}

impl Endpoint for RotateCalendarFeed {
    const ROUTE: Route = Route::post("/calendar-feed/").tells_nobody("an address is its owner's secret");
    const NEEDS: Needs = Needs::Own;
    type Output = Empty;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let user = cx.caller.user;
        let nonce = format!("{:032x}", u128::from_be_bytes(cx.clock().random()));
        let secret_hash = hash_of(&secret(cx, user, &nonce));
        let mut change = Change::new();
        match feed_of(cx, user).await? {
            Some(old) => change.update(&old, CalendarFeed { nonce, secret_hash, ..old.clone() }),
            None => change.insert(CalendarFeed {
                id: cx.clock().new_id(),
                org_id: cx.caller.org,
                user_id: user,
                nonce,
                secret_hash,
                ..CalendarFeed::default()
            }),
        };
        Ok(Outcome::Commit(change))
    }
}

async fn feed_of(cx: &Context, user: UserId) -> Result<Option<CalendarFeed>> {
    cx.get(&of_user(user), KeyWriter::new().with(&user)).await
}

/// The secret that the server's key makes of a nonce. A copy of the store does not hold it.
fn secret(cx: &Context, user: UserId, nonce: &str) -> String {
    let text = format!("calendar feed\n{user}\n{nonce}");
    blake3::keyed_hash(cx.engine().identity().cursor_key(), text.as_bytes()).to_hex().to_string()
}

fn hash_of(secret: &str) -> String {
    blake3::hash(secret.as_bytes()).to_hex().to_string()
}

/// Shows somebody's meetings of the last month and the next six as a calendar, to whoever knows the secret.
#[operation]
pub(crate) struct ReadCalendarFeed {
    /// Whose.
    user_id: UserId,
    /// The secret.
    #[garde(length(chars, max = SECRET_MAX))]
    secret: String,
}

impl Endpoint for ReadCalendarFeed {
    const ROUTE: Route = Route::get("/calendar-feed/{user_id}/{secret}/");
    const NEEDS: Needs = Needs::Public;
    type Output = Texted<ics::Ics>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let unknown = || Error::not_found("calendar");
        let feed = feed_of(cx, self.user_id).await?.ok_or_else(unknown)?;
        // What is compared are hashes: how long it takes says nothing about the secret.
        if feed.secret_hash != hash_of(&self.secret) {
            return Err(unknown());
        }
        // Whoever may not sign in has no feed either.
        people::users::active(cx, feed.org_id, self.user_id).await.map_err(|error| match error.code() {
            Code::RuleViolation => unknown(),
            _ => error,
        })?;
        let now = cx.now();
        let window = Window { from: now.plus_seconds(-BACK_S), to: now.plus_seconds(AHEAD_S) };
        let attended = calendar::attended(cx, self.user_id, window).await?;
        let text = ics::calendar(attended.iter().map(|(_, meeting)| meeting))?;
        Ok(Outcome::Answer(Reply::text(ics::CALENDAR, text)))
    }
}
