//! When a comment may be changed, and by whom. Pure functions from old rows and a wish to new rows or a refusal.

use super::tables::Comment;
use engine::{Error, Result};
use schema::{id::UserId, time::Timestamp};

/// How long an author may change the words, in seconds.
const EDIT_S: i64 = 15 * 60;

/// Who wants to change a comment.
#[derive(Clone, Copy)]
pub(super) struct Editor {
    /// Who it is.
    pub(super) user: UserId,
    /// Whether they keep order where the record is.
    pub(super) moderates: bool,
}

/// The comment in other words.
///
/// # Errors
/// `forbidden` to others than its author, `rule-violation` once it is too late or it was removed.
pub(super) fn reword(old: &Comment, editor: Editor, body: String, now: Timestamp) -> Result<Comment> {
    there(old)?;
    if old.author_id != editor.user {
        return Err(Error::forbidden("only its author changes a comment"));
    }
    if now > old.created_at.plus_seconds(EDIT_S) {
        return Err(Error::rule("a comment is changed within a quarter of an hour; write another one"));
    }
    Ok(Comment { body, edited_at: Some(now), ..old.clone() })
}

/// The comment settled, or open again.
///
/// # Errors
/// `forbidden` to others than its author and who keeps order; `rule-violation` for an answer.
pub(super) fn resolve(old: &Comment, editor: Editor, resolved: bool, now: Timestamp) -> Result<Comment> {
    there(old)?;
    if old.is_answer() {
        return Err(Error::rule("an answer is settled with the comment that it answers"));
    }
    may(old, editor)?;
    let resolved_at = resolved.then(|| old.resolved_at.unwrap_or(now));
    Ok(Comment { resolved_at, ..old.clone() })
}

/// What stays of a removed comment that has answers.
///
/// # Errors
/// `forbidden` to others than its author and who keeps order.
pub(super) fn tombstone(old: &Comment, editor: Editor, now: Timestamp) -> Result<Comment> {
    there(old)?;
    may(old, editor)?;
    Ok(Comment { body: String::new(), mention_ids: Vec::new(), deleted_at: Some(now), ..old.clone() })
}

fn may(old: &Comment, editor: Editor) -> Result<()> {
    if old.author_id == editor.user || editor.moderates {
        return Ok(());
    }
    Err(Error::forbidden("only its author and who keeps order here may do this"))
}

fn there(old: &Comment) -> Result<()> {
    if old.deleted_at.is_some() { Err(Error::not_found("comment")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::code::Code;
    use uuid::Uuid;

    fn person(n: u128) -> UserId {
        UserId::new(Uuid::from_u128(n))
    }
    fn comment() -> Comment {
        Comment { author_id: person(1), body: "Oui".into(), ..Comment::default() }
    }
    fn editor(n: u128, moderates: bool) -> Editor {
        Editor { user: person(n), moderates }
    }

    #[test]
    fn an_author_rewords_for_a_quarter_of_an_hour() {
        let at = |seconds: i64| Timestamp::from_ms(seconds * 1_000);

        let new = reword(&comment(), editor(1, false), "Non".into(), at(900)).unwrap();
        assert_eq!((new.body.as_str(), new.edited_at), ("Non", Some(at(900))));
        let late = reword(&comment(), editor(1, false), "Non".into(), at(901)).unwrap_err();
        let other = reword(&comment(), editor(2, true), "Non".into(), at(1)).unwrap_err();
        assert_eq!((late.code(), other.code()), (Code::RuleViolation, Code::Forbidden));
    }

    #[test]
    fn who_keeps_order_settles_and_removes_and_a_tombstone_says_nothing() {
        let now = Timestamp::from_ms(5);

        assert!(resolve(&comment(), editor(2, true), true, now).unwrap().resolved_at.is_some());
        assert!(resolve(&comment(), editor(2, false), true, now).is_err());
        let gone = tombstone(&comment(), editor(2, true), now).unwrap();
        assert_eq!((gone.body.as_str(), gone.deleted_at), ("", Some(now)));
        assert_eq!(tombstone(&gone, editor(1, false), now).unwrap_err().code(), Code::NotFound);
    }
}
