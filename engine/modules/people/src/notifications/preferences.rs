//! Which notifications somebody wishes for, and how. The inbox obeys what is muted; the other channels are kept for
//! when there are any.

use super::events;
use crate::rooms;
use engine::{Context, Endpoint, Error, Needs, Outcome, Reader, Record, Result, Route, Scope};
use schema::{
    answer,
    caller::Caller,
    change::Change,
    event::Entity,
    id::UserId,
    key::KeyWriter,
    operation, part,
    patch::{Edit, Patch},
    row,
    time::Timestamp,
    words,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Records that somebody may mute at once.
const MUTED_MAX: usize = 50;

/// What notifications are about.
pub(super) const CATEGORIES: [&str; 13] = [
    "system",
    "security",
    "user",
    "project",
    "course",
    "job",
    "crm",
    "finance",
    "time",
    "goal",
    "meeting",
    "knowledge",
    "leave",
];
/// What nobody turns off: it is about who else may be in their account.
pub(super) const MANDATORY: &str = "security";

/// How often a digest comes.
#[words]
pub enum Digest {
    /// Not at all.
    Never,
    /// Every day.
    Daily,
    /// Every week.
    #[default]
    Weekly,
    /// Every month.
    Monthly,
}

/// A day of the week.
#[words]
#[expect(missing_docs, reason = "the days of the week")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Ways in which something reaches somebody, each on or off.
#[answer]
#[derive(Copy, Eq)]
pub struct Channels {
    /// The inbox, and open sockets.
    pub in_app: bool,
    /// The telephone's own notifications.
    pub push: bool,
    /// Mail.
    pub email: bool,
}

/// Hours in which nothing but the inbox is filled, from `HH:MM` to `HH:MM` in the person's own zone.
#[answer]
#[derive(Eq)]
pub struct QuietHours {
    /// When they begin.
    pub from: String,
    /// When they end; before they begin, that is on the next day.
    pub to: String,
}

/// A record that somebody does not wish to hear of.
#[answer]
#[derive(Eq)]
pub struct Muted {
    /// What kind of record.
    pub entity_type: String,
    /// Which.
    pub entity_id: Uuid,
    /// Until when; absent without an end.
    pub until: Option<Timestamp>,
}

/// What somebody wishes to be notified of.
#[row(
    name = "notification_preferences",
    id = 32,
    entity = "preferences",
    home = "user",
    by = "user_id",
    key = "user_id",
    lean
)]
pub struct Preferences {
    /// Whose.
    pub user_id: UserId,
    /// What is on at all.
    #[table(nested)]
    pub channels: Channels,
    /// What is on for each category.
    pub matrix: BTreeMap<String, Channels>,
    /// How often a digest comes.
    pub digest: Digest,
    /// At which hour, 0 to 23.
    pub digest_hour: u32,
    /// On which day, where it comes weekly.
    pub digest_weekday: Weekday,
    /// When to be quiet.
    #[table(nested)]
    pub quiet_hours: Option<QuietHours>,
    /// What not to hear of.
    pub muted: Vec<Muted>,
    /// How many days before something is due to be reminded, 0 to 30.
    pub reminder_days_before: u32,
    /// How many minutes before something begins to be reminded.
    pub meeting_reminder_minutes: Vec<u32>,
}

impl Preferences {
    /// Of somebody who never said anything.
    #[must_use]
    pub fn of(user_id: UserId) -> Self {
        let all = Channels { in_app: true, push: true, email: true };
        let by_default = |category: &str| match category {
            "knowledge" | "finance" => Channels { push: false, email: false, ..all },
            "time" | "crm" => Channels { email: false, ..all },
            _ => all,
        };
        Self {
            user_id,
            channels: all,
            matrix: CATEGORIES.map(|category| (category.to_owned(), by_default(category))).into(),
            digest_hour: 8,
            reminder_days_before: 3,
            meeting_reminder_minutes: vec![15],
            ..Self::default()
        }
    }

    /// True when somebody does not wish to hear of a record now.
    #[must_use]
    pub fn mutes(&self, entity: &Entity, now: Timestamp) -> bool {
        let is_it = |muted: &Muted| muted.entity_type == entity.kind && muted.entity_id == entity.id;
        self.muted
            .iter()
            .filter(|muted| is_it(muted))
            .any(|muted| muted.until.is_none_or(|until| until > now))
    }
}

/// What somebody said, or what holds where they said nothing.
///
/// # Errors
/// When the store fails.
pub async fn preferences_of(reader: &Reader, person: UserId) -> Result<Preferences> {
    let found = reader.get(&rooms::of_user(person), KeyWriter::new().with(&person)).await?;
    Ok(found.unwrap_or_else(|| Preferences::of(person)))
}

/// Shows what the caller wishes to be notified of.
#[operation]
pub(super) struct ShowPreferences {}

impl Endpoint for ShowPreferences {
    const ROUTE: Route = Route::get("/preferences/");
    const NEEDS: Needs = Needs::Own;
    type Output = Record<Preferences>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let preferences = preferences_of(cx, cx.caller.user).await?;
        Outcome::record(&preferences, preferences.version)
    }
}

/// What an edit says of channels: each is kept or set.
#[part]
pub(super) struct ChannelsWish {
    /// The inbox.
    in_app: Edit<bool>,
    /// The telephone.
    push: Edit<bool>,
    /// Mail.
    email: Edit<bool>,
}

impl ChannelsWish {
    fn apply(&self, channels: &mut Channels) {
        self.in_app.apply(&mut channels.in_app);
        self.push.apply(&mut channels.push);
        self.email.apply(&mut channels.email);
    }
}

/// Hours in which to be quiet.
#[part]
pub(super) struct QuietWish {
    /// When they begin, `HH:MM`.
    from: String,
    /// When they end, `HH:MM`.
    to: String,
}

/// A record to mute.
#[part]
pub(super) struct MuteWish {
    /// What kind of record.
    #[garde(length(chars, min = 1, max = 32))]
    entity_type: String,
    /// Which.
    entity_id: Uuid,
    /// Until when; without an end unless said.
    #[serde(default)]
    until: Option<Timestamp>,
}

/// Says what the caller wishes to be notified of; what is not named stays as it is. Security can't be turned off.
#[operation]
pub(super) struct EditPreferences {
    /// What is on at all.
    channels: Edit<ChannelsWish>,
    /// What is on for some categories.
    #[serde(default)]
    #[garde(skip)]
    matrix: BTreeMap<String, ChannelsWish>,
    /// How often a digest comes.
    digest: Edit<Digest>,
    /// At which hour.
    #[garde(range(max = 23))]
    digest_hour: Edit<u32>,
    /// On which day, where it comes weekly.
    digest_weekday: Edit<Weekday>,
    /// When to be quiet; null is never.
    quiet_hours: Patch<QuietWish>,
    /// What not to hear of, all of it: up to 50 records.
    muted: Edit<Vec<MuteWish>>,
    /// How many days before something is due to be reminded.
    #[garde(range(max = 30))]
    reminder_days_before: Edit<u32>,
    /// How many minutes before something begins to be reminded: up to 5 times, each within a week.
    meeting_reminder_minutes: Edit<Vec<u32>>,
}

impl Endpoint for EditPreferences {
    const ROUTE: Route = Route::patch("/preferences/").tells(&[events::PREFERENCES]);
    const NEEDS: Needs = Needs::Own;
    type Output = Record<Preferences>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = preferences_of(cx, cx.caller.user).await?;
        let new = self.applied(&old)?;
        if new == old {
            return Outcome::record(&old, old.version);
        }
        let mut change = Change::new();
        let slot = if old.version == 0 { change.insert(new) } else { change.update(&old, new) };
        let _ = change.tell(events::PREFERENCES, slot).whole();
        change.unaudited();
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

impl EditPreferences {
    fn applied(&self, old: &Preferences) -> Result<Preferences> {
        let mut new = old.clone();
        if let Some(wish) = self.channels.value() {
            wish.apply(&mut new.channels);
        }
        for (category, wish) in &self.matrix {
            let pointer = format!("/matrix/{category}");
            let Some(channels) = new.matrix.get_mut(category) else {
                let message = format!("a category is one of {}", CATEGORIES.join(", "));
                return Err(Error::field(&pointer, "unknown", message));
            };
            wish.apply(channels);
            let off = !(channels.in_app && channels.push && channels.email);
            if category == MANDATORY && off {
                return Err(Error::field(&pointer, "mandatory", "security can't be turned off"));
            }
        }
        self.digest.apply(&mut new.digest);
        self.digest_hour.apply(&mut new.digest_hour);
        self.digest_weekday.apply(&mut new.digest_weekday);
        match &self.quiet_hours {
            Patch::Keep => {}
            Patch::Clear => new.quiet_hours = None,
            Patch::Set(wish) => new.quiet_hours = Some(wish.hours()?),
        }
        if let Some(muted) = self.muted.value() {
            if muted.len() > MUTED_MAX {
                return Err(Error::field("/muted", "length", format!("{MUTED_MAX} records at most")));
            }
            let said = |wish: &MuteWish| Muted {
                entity_type: wish.entity_type.clone(),
                entity_id: wish.entity_id,
                until: wish.until,
            };
            new.muted = muted.iter().map(said).collect();
        }
        self.reminder_days_before.apply(&mut new.reminder_days_before);
        if let Some(minutes) = self.meeting_reminder_minutes.value() {
            if minutes.len() > 5 || minutes.iter().any(|minutes| *minutes > 10_080) {
                let message = "up to 5 times, each within a week";
                return Err(Error::field("/meeting_reminder_minutes", "invalid", message));
            }
            new.meeting_reminder_minutes.clone_from(minutes);
        }
        Ok(new)
    }
}

impl QuietWish {
    fn hours(&self) -> Result<QuietHours> {
        for (pointer, text) in [("/quiet_hours/from", &self.from), ("/quiet_hours/to", &self.to)] {
            if !is_time(text) {
                return Err(Error::field(pointer, "invalid", "a time such as 22:30"));
            }
        }
        Ok(QuietHours { from: self.from.clone(), to: self.to.clone() })
    }
}

/// True for `00:00` to `23:59`.
fn is_time(text: &str) -> bool {
    let Some((hours, minutes)) = text.split_once(':') else { return false };
    let below = |part: &str, most: u32| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        digits && part.parse::<u32>().is_ok_and(|number| number < most)
    };
    below(hours, 24) && below(minutes, 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_has_two_digits_each() {
        assert!(["00:00", "23:59", "07:30"].iter().all(|text| is_time(text)));
        assert!(["24:00", "7:30", "07:60", "0730", "07:3é", "+1:00"].iter().all(|text| !is_time(text)));
    }

    #[test]
    fn what_is_muted_is_muted_until_its_end() {
        let entity = Entity { kind: "project".into(), id: Uuid::from_u128(1), version: 3 };
        let muted = |until: Option<i64>| Muted {
            entity_type: "project".into(),
            entity_id: Uuid::from_u128(1),
            until: until.map(Timestamp::from_ms),
        };
        let with = |muted| Preferences { muted: vec![muted], ..Preferences::default() };

        assert!(with(muted(None)).mutes(&entity, Timestamp::from_ms(9)));
        assert!(with(muted(Some(10))).mutes(&entity, Timestamp::from_ms(9)));
        assert!(!with(muted(Some(9))).mutes(&entity, Timestamp::from_ms(9)));
        let other = Entity { id: Uuid::from_u128(2), ..entity };
        assert!(!with(muted(None)).mutes(&other, Timestamp::from_ms(9)));
    }
}
