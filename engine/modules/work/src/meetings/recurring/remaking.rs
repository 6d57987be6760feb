//! What another rule makes of the meetings of a series: some stay, some are called off, others are called.

use super::{places, series};
use crate::meetings::{
    rooms::of_meeting,
    tables::{Meeting, MeetingId, Place, Series},
    words::MeetingStatus,
};
use engine::{Reader, Result};
use schema::time::{Date, Timestamp};

/// What becomes of meetings that were called already when their series gets another rule.
#[derive(Default)]
pub(crate) struct Remade {
    /// They are called off: the rule has no such days.
    pub(crate) off: Vec<MeetingId>,
    /// They stay, and those who attend are asked again.
    pub(crate) asked: Vec<MeetingId>,
    /// Days of the rule that have no meeting yet.
    pub(crate) called: Vec<Place>,
}

/// Another rule that is wished for.
pub(crate) struct Ruling<'a> {
    /// The meeting through which it was.
    pub(crate) by: MeetingId,
    /// From which day on it counts; from the next one that is ahead where none is named.
    pub(crate) from: Option<Date>,
    /// The rule.
    pub(crate) rrule: &'a str,
}

/// Gives a series another rule. What was changed on its own stays as it is and goes on standing for its day; what was not
/// stays where the rule has its day, and is called off where it has not.
///
/// # Errors
/// When the store fails.
pub(crate) async fn rule(
    reader: &Reader,
    old: &Series,
    turned: Series,
    wish: &Ruling<'_>,
    now: Timestamp,
) -> Result<(Series, Remade)> {
    let from = match wish.from {
        Some(day) => day,
        None => places::next_day(old, now)?,
    };
    // It was looked at when it was wished for; what has become of the series since may refuse it.
    let Ok(mut new) = places::ruled(&turned, from, wish.rrule) else {
        return Ok((turned, Remade::default()));
    };
    new.stayed.retain(|place| place.day <= from);
    // After that day there is only what the rule itself says.
    let (mut remade, wanted) = (Remade::default(), places::places(&new));
    let ahead = places::called(old, None).into_iter().filter(|place| place.day > from);
    for place in ahead {
        let id = places::meeting_of(old.id, old.first_date, place);
        let Some(meeting) = reader.by_id::<Meeting>(&of_meeting(id), id).await? else { continue };
        let is_ahead = matches!(meeting.status, MeetingStatus::Scheduled | MeetingStatus::Postponed)
            && meeting.start_at > now;
        if !is_ahead {
            continue;
        }
        let is_own = id == wish.by || !series::is_as_called(old, place, &meeting)?;
        if is_own || wanted.iter().any(|wanted| wanted.day == place.day) {
            new.stayed.push(place);
            if !is_own {
                remade.asked.push(id);
            }
        } else {
            remade.off.push(id);
        }
    }
    let (extended, _) = places::extend(&new, now)?;
    for place in places::called(&extended, Some(from)) {
        if place.day > from && !new.stayed.contains(&place) && series::times(&extended, place.day)?.0 > now {
            remade.called.push(place);
        }
    }
    Ok((extended, remade))
}
