//! Several of a kind become one, and what is more than somebody can read in an hour becomes one that stands for many.
//! Pure: what came and what is there in, what is put in its place out.

use super::tables::{Inbox, Look, Notification};
use engine::Error;
use schema::{code::Code, id::Id, time::Timestamp};

/// How long after one of a kind the next one joins it, while it is unread.
const WINDOW_SECONDS: i64 = 10 * 60;
/// The text of what stands for many.
const MANY: &str = "notifications.many";

/// What becomes of something that came.
#[derive(Debug)]
pub(super) struct Merged {
    /// What is put into the inbox.
    pub(super) notification: Notification,
    /// In whose place.
    pub(super) replaces: Option<Id<Notification>>,
    /// It counts for the hour.
    pub(super) is_new: bool,
}

/// Puts something that came together with what is unread.
pub(super) fn merge(
    came: &Notification,
    inbox: &Inbox,
    newest: &[Notification],
    french: bool,
    now: Timestamp,
) -> Merged {
    let came = Notification { turn: inbox.turn, ..came.clone() };
    let unread = || newest.iter().filter(|row| inbox.counts(row));
    let joins = |row: &&Notification| {
        row.group_key == came.group_key
            && row.created_at.plus_seconds(WINDOW_SECONDS) > now
            && matches!(came.severity.as_str(), "low" | "normal")
    };
    if let Some(known) = unread().find(joins) {
        let notification = Notification { count: known.count.saturating_add(1), ..came };
        return Merged { notification, replaces: Some(known.id), is_new: false };
    }
    if !inbox.is_full(now) || came.severity == "critical" {
        return Merged { notification: came, replaces: None, is_new: true };
    }
    let known = unread().find(|row| row.template_code == MANY);
    let count = known.map_or(1, |known| known.count.saturating_add(1));
    Merged { notification: many(came, count, french), replaces: known.map(|known| known.id), is_new: false }
}

/// The one that stands for many.
fn many(came: Notification, count: u64, french: bool) -> Notification {
    let (title, body) = if french {
        ("De nombreuses nouveautés".to_owned(), format!("{count} nouveautés de plus en une heure."))
    } else {
        ("Many updates".to_owned(), format!("{count} more updates within an hour."))
    };
    Notification {
        sender_id: None,
        template_code: MANY.to_owned(),
        kind: Look::Info,
        category: "system".to_owned(),
        severity: "normal".to_owned(),
        title,
        body,
        entity: None,
        action_url: "/notifications".to_owned(),
        group_key: MANY.to_owned(),
        count,
        ..came
    }
}

/// What was to be replaced is another one by now: everything is looked at anew.
pub(super) fn changed() -> Error {
    Error::new(Code::Conflict, "the inbox changed meanwhile")
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::id::UserId;
    use uuid::Uuid;

    fn came(id: u128, key: &str, severity: &str) -> Notification {
        Notification {
            id: Id::new(Uuid::from_u128(id)),
            group_key: key.into(),
            severity: severity.into(),
            template_code: "x".into(),
            category: "project".into(),
            count: 1,
            ..Notification::default()
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_ms(seconds * 1_000)
    }

    #[test]
    fn the_next_of_a_kind_takes_the_place_of_the_one_that_is_unread() {
        let (inbox, known) = (Inbox::of(UserId::NIL), came(1, "a", "normal"));
        let read = Notification { read_at: Some(at(1)), ..known.clone() };
        let joined = |severity, known: &Notification, now| {
            merge(&came(2, "a", severity), &inbox, std::slice::from_ref(known), true, at(now))
        };

        let merged = joined("normal", &known, 599);
        assert_eq!((merged.notification.count, merged.replaces, merged.is_new), (2, Some(known.id), false));
        assert!(joined("normal", &known, 600).is_new, "after ten minutes it is another one");
        assert!(joined("normal", &read, 1).is_new && joined("high", &known, 1).is_new);
        let other = merge(&came(2, "b", "low"), &inbox, &[known], true, at(1));
        assert_eq!((other.is_new, other.replaces), (true, None));
    }

    #[test]
    fn beyond_an_hours_share_one_stands_for_many_and_what_is_critical_comes_all_the_same() {
        let mut inbox = Inbox::of(UserId::NIL);
        for _ in 0..super::super::inbox::HOURLY_MAX {
            inbox = inbox.one_more_came(at(0));
        }

        let first = merge(&came(1, "a", "high"), &inbox, &[], false, at(1)).notification;
        let second = merge(&came(2, "b", "low"), &inbox, std::slice::from_ref(&first), false, at(2));
        let critical = merge(&came(3, "c", "critical"), &inbox, std::slice::from_ref(&first), false, at(3));
        let later = merge(&came(4, "d", "low"), &inbox, &[], false, at(3_600));

        assert_eq!((first.title.as_str(), first.count), ("Many updates", 1));
        assert_eq!((second.notification.count, second.replaces), (2, Some(first.id)));
        assert_eq!((critical.replaces, critical.is_new), (None, true));
        assert!(later.is_new);
    }
}
