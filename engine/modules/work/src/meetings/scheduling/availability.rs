//! When people are busy, and when all of them are free. What keeps them busy is nobody's business here.

use super::{
    busy::{self, Interval},
    calendar::Window,
    slots::{self, Wish},
};
use crate::zones;
use engine::{Context, Endpoint, Error, Needs, Outcome, Result, Route, Scope, Whole};
use schema::{answer, caller::Caller, code::Code, id::UserId, operation, time::Timestamp};

/// The longest stretch of time asked about, in seconds.
const SPAN_S_MAX: i64 = 31 * 86_400;

/// Shows when people are busy.
#[operation]
pub(crate) struct AskAvailability {
    /// Who, up to 30 people.
    #[garde(length(min = 1, max = 30))]
    user_ids: Vec<UserId>,
    /// From when on.
    from: Timestamp,
    /// Until when, at most 31 days later.
    to: Timestamp,
}

/// When some people are busy.
#[answer]
pub(crate) struct Availability {
    /// Each of them, in the order asked.
    data: Vec<BusyPerson>,
}

/// When somebody is busy.
#[answer]
pub(crate) struct BusyPerson {
    /// Who.
    user_id: UserId,
    /// When, by when it begins; without gaps and doubles.
    busy: Vec<Interval>,
}

impl Endpoint for AskAvailability {
    const ROUTE: Route = Route::post("/availability/").tells_nobody("it only reads");
    const NEEDS: Needs = Needs::Auth;
    type Output = Whole<Availability>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let data = all(cx, &self.user_ids, asked(self.from, self.to)?).await?;
        Outcome::ok(&Availability { data })
    }
}

fn asked(from: Timestamp, to: Timestamp) -> Result<Window> {
    let span = to.ms().saturating_sub(from.ms());
    if (1..=SPAN_S_MAX * 1_000).contains(&span) {
        return Ok(Window { from, to });
    }
    Err(Error::field("/to", "span", "must be later, by 31 days at most"))
}

/// When each of these people is busy.
async fn all(cx: &Context, users: &[UserId], window: Window) -> Result<Vec<BusyPerson>> {
    let mut data: Vec<BusyPerson> = Vec::with_capacity(users.len());
    for (at, user) in users.iter().enumerate() {
        people::users::find(cx, cx.caller.org, *user).await.map_err(|error| match error.code() {
            Code::NotFound => Error::field(&format!("/user_ids/{at}"), "unknown", "there is no such person"),
            _ => error,
        })?;
        if data.iter().all(|known| known.user_id != *user) {
            let busy = busy::of_person(cx, *user, window, None).await?;
            data.push(BusyPerson { user_id: *user, busy });
        }
    }
    Ok(data)
}

/// Finds up to twenty stretches of time in which all these people are free, the earliest first and one after the other:
/// from nine to five, Monday to Friday, in the caller's zone, beginning on a quarter of an hour.
#[operation]
pub(crate) struct FindSlots {
    /// Who, up to 30 people; the caller is free only if among them.
    #[garde(length(min = 1, max = 30))]
    user_ids: Vec<UserId>,
    /// From when on.
    from: Timestamp,
    /// Until when, at most 31 days later.
    to: Timestamp,
    /// How long it takes, in minutes: a working day at most.
    #[garde(range(min = 5, max = 480))]
    duration_minutes: u32,
    /// How long everybody is free before and after it besides, in minutes.
    #[serde(default)]
    #[garde(range(max = 120))]
    buffer_minutes: u32,
}

/// When all of them are free.
#[answer]
pub(crate) struct Slots {
    /// The earliest first.
    data: Vec<Interval>,
}

impl Endpoint for FindSlots {
    const ROUTE: Route = Route::post("/find-slots/").tells_nobody("it only reads");
    const NEEDS: Needs = Needs::Auth;
    type Output = Whole<Slots>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let window = asked(self.from, self.to)?;
        let buffer_s = 60 * i64::from(self.buffer_minutes);
        let around =
            Window { from: window.from.plus_seconds(-buffer_s), to: window.to.plus_seconds(buffer_s) };
        let busy =
            all(cx, &self.user_ids, around).await?.into_iter().flat_map(|person| person.busy).collect();
        let wish = Wish {
            from: window.from.max(cx.now()),
            to: window.to,
            duration_s: 60 * i64::from(self.duration_minutes),
            buffer_s,
        };
        let zone = zones::of_person(cx, cx.caller.org, cx.caller.user).await?;
        Outcome::ok(&Slots { data: slots::find(&zone, wish, busy)? })
    }
}
