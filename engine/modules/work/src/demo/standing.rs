//! What meetings come back and what they are called from: series and templates, which people make themselves.

use super::{called, project};
use engine::Result;
use people::{demo::Stage, rooms::of_user};
use schema::id::UserId;
use serde_json::json;

/// Days of the week as rules write them.
const WEEK: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// Calls a series that begins on the next of its days.
///
/// # Errors
/// When it is refused.
pub(super) async fn series(stage: &Stage, told: &called::Series) -> Result<()> {
    let call = &told.call;
    let mut scene = stage.scene(of_user(stage.user(call.organizer)?), call.name).await?;
    let start_at = stage.at(first_day(stage, told.rule), told.hour);
    let wish = json!({
        "title": call.title,
        "description": call.description,
        "kind": call.kind,
        "priority": call.priority,
        "start_at": start_at,
        "end_at": start_at.plus_seconds(call.minutes * 60),
        "location": call.location,
        "meeting_url": call.url,
        "project_id": call.project.map(|key| project::id_of(stage, key)),
        "recurrence": {"rrule": told.rule},
        "attendee_ids": users(stage, &told.guests)?,
    });
    scene.call(call.organizer, "CreateMeeting", wish).await
}

/// The next day of a weekly rule, counted from today.
fn first_day(stage: &Stage, rule: &str) -> i32 {
    let is_its = |from_today: &i32| {
        let weekday = stage.day(*from_today).civil().weekday().to_monday_zero_offset();
        let name = usize::try_from(weekday).ok().and_then(|at| WEEK.get(at));
        name.is_some_and(|name| rule.contains(&format!("BYDAY={name}")))
    };
    (1..=7).find(is_its).unwrap_or(1)
}

/// Makes a template.
///
/// # Errors
/// When it is refused.
pub(super) async fn template(stage: &Stage, told: &called::Template) -> Result<()> {
    let mut scene = stage.scene(of_user(stage.user(told.author)?), "template").await?;
    let point = |(minutes, title): &(u32, &str)| json!({"title": title, "planned_minutes": minutes});
    let wish = json!({
        "name": told.name,
        "kind": told.kind,
        "duration_minutes": told.minutes,
        "location": told.location,
        "agenda": told.agenda.iter().map(point).collect::<Vec<_>>(),
        "attendee_ids": users(stage, &told.guests)?,
    });
    scene.call(told.author, "CreateTemplate", wish).await
}

fn users(stage: &Stage, names: &[&str]) -> Result<Vec<UserId>> {
    names.iter().map(|name| stage.user(name)).collect()
}
