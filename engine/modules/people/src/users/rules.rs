//! Who may decide over whom, and what an account's data must look like. Pure functions: rows and wishes
//! in, rows or a refusal out.

use super::{
    status::Status,
    tables::{TIMEZONE, User},
};
use engine::{Error, Result};
use schema::{code::Code, id::UserId, role::Role, time::Timestamp};

/// States an administrator may move an account to by hand.
const BY_HAND: [Status; 4] = [Status::Active, Status::Suspended, Status::Deactivated, Status::Anonymised];
/// How long the trash gives things back.
const TRASH_SECONDS: i64 = 30 * 86_400;
/// The longest address (RFC 5321 §4.5.3.1).
const EMAIL_BYTES_MAX: usize = 254;
/// The longest part before the @ (RFC 5321 §4.5.3.1.1).
const LOCAL_BYTES_MAX: usize = 64;

/// Who decides, and who decides beside them.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    /// Who decides; absent for the server itself.
    pub by: Option<UserId>,
    /// Their role.
    pub role: Role,
    /// The organization's other active administrators.
    pub others: &'a [User],
}

/// Whether a role may be given to somebody who has none yet.
///
/// # Errors
/// `forbidden`.
pub fn may_give(by: Role, to: Role) -> Result<()> {
    if runs_organization(by) && (by == Role::SuperAdministrator || !runs_organization(to)) {
        return Ok(());
    }
    Err(Error::forbidden(format!("a {} may not give the role {}", by.word(), to.word())))
}

/// A person's row with another role.
///
/// # Errors
/// `forbidden` when the decider may neither take the old role nor give the new one; `rule-violation`
/// for one's own role and for the last administrator.
pub fn with_role(user: &User, to: Role, decision: Decision<'_>) -> Result<User> {
    not_oneself(user, decision, "role")?;
    may_give(decision.role, user.role)?;
    may_give(decision.role, to)?;
    let changed = User { role: to, token_version: user.token_version + 1, ..user.clone() };
    stays_administered(user, &changed, decision)?;
    Ok(changed)
}

/// A person's row in another state.
///
/// # Errors
/// `invalid-transition` with the `allowed` states; `forbidden` over a super administrator;
/// `rule-violation` for oneself and for the last administrator.
pub fn with_status(user: &User, to: Status, decision: Decision<'_>) -> Result<User> {
    not_oneself(user, decision, "status")?;
    over_super(user, decision)?;
    if !BY_HAND.contains(&to) || !user.status.may_become(to) {
        let next = user.status.next().iter().filter(|next| BY_HAND.contains(next));
        let allowed: Vec<&str> = next.map(|next| next.word()).collect();
        let detail = format!("a {} account can't become {}", user.status.word(), to.word());
        return Err(Error::new(Code::InvalidTransition, detail).with("allowed", allowed));
    }
    let moved = User { status: to, token_version: user.token_version + 1, ..user.clone() };
    let changed = if to == Status::Anonymised { forgotten(moved) } else { moved };
    stays_administered(user, &changed, decision)?;
    Ok(changed)
}

/// An account of which nothing says any more whose it was.
fn forgotten(user: User) -> User {
    let email = format!("deleted+{}@invalid", user.id);
    let blank = User {
        id: user.id,
        org_id: user.org_id,
        email_folded: email.clone(),
        email,
        role: user.role,
        status: user.status,
        language: user.language,
        timezone: TIMEZONE.to_owned(),
        token_version: user.token_version,
        archived_at: user.archived_at,
        created_at: user.created_at,
        created_by: user.created_by,
        updated_at: user.updated_at,
        updated_by: user.updated_by,
        version: user.version,
        ..User::default()
    };
    blank.named("Utilisateur", "supprimé")
}

/// A person's row in the trash.
///
/// # Errors
/// As [`with_status`]; `not-found` for one that is there already.
pub fn trashed(user: &User, at: Timestamp, decision: Decision<'_>) -> Result<User> {
    not_oneself(user, decision, "account")?;
    over_super(user, decision)?;
    if !user.is_kept() {
        return Err(Error::not_found("user"));
    }
    let changed = User { deleted_at: Some(at), token_version: user.token_version + 1, ..user.clone() };
    stays_administered(user, &changed, decision)?;
    Ok(changed)
}

/// A person's row out of the trash; the same row when it was not in there.
///
/// # Errors
/// `rule-violation` after 30 days.
pub fn restored(user: &User, now: Timestamp) -> Result<User> {
    if user.deleted_at.is_some_and(|at| at.plus_seconds(TRASH_SECONDS) < now) {
        return Err(Error::rule("after 30 days nothing comes back from the trash"));
    }
    Ok(User { deleted_at: None, ..user.clone() })
}

/// Refuses to write about somebody who asked to be forgotten, or is in the trash.
///
/// # Errors
/// `not-found`, `rule-violation`.
pub fn still_somebody(user: &User) -> Result<()> {
    match user.status {
        _ if !user.is_kept() => Err(Error::not_found("user")),
        Status::Anonymised => Err(Error::rule("this person asked to be forgotten")),
        _ => Ok(()),
    }
}

fn over_super(user: &User, decision: Decision<'_>) -> Result<()> {
    if user.role == Role::SuperAdministrator && decision.role != Role::SuperAdministrator {
        return Err(Error::forbidden("only a super administrator decides over another"));
    }
    Ok(())
}

fn not_oneself(user: &User, decision: Decision<'_>, what: &str) -> Result<()> {
    if decision.by == Some(user.id) {
        return Err(Error::rule(format!("nobody changes their own {what}")));
    }
    Ok(())
}

/// An organization keeps an administrator, and a super administrator where it had one.
fn stays_administered(before: &User, after: &User, decision: Decision<'_>) -> Result<()> {
    let lost = |is: fn(&User) -> bool| is(before) && !is(after) && !decision.others.iter().any(is);
    let is_super = |user: &User| user.is_active_administrator() && user.role == Role::SuperAdministrator;
    if lost(User::is_active_administrator) || lost(is_super) {
        return Err(Error::rule("the last administrator stays"));
    }
    Ok(())
}

const fn runs_organization(role: Role) -> bool {
    matches!(role, Role::Administrator | Role::SuperAdministrator)
}

/// An address as it is kept: trimmed, and shaped like one. Whether it reaches anybody only a mail can
/// tell.
///
/// # Errors
/// `validation`, pointing at `/email`.
pub fn address(text: &str) -> Result<String> {
    let email = text.trim();
    let shaped = email.split_once('@').is_some_and(|(local, domain)| {
        let labels = || domain.split('.');
        (1..=LOCAL_BYTES_MAX).contains(&local.len())
            && labels().count() >= 2
            && labels()
                .all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'))
    });
    let clean = !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if shaped && clean && email.len() <= EMAIL_BYTES_MAX {
        Ok(email.to_owned())
    } else {
        Err(Error::field("/email", "invalid", "this is not an e-mail address"))
    }
}

/// A telephone number in E.164; one written the Senegalese way gets its country.
///
/// # Errors
/// `validation`, pointing at `/phone`.
pub fn phone(text: &str) -> Result<String> {
    let kept: String = text.chars().filter(|c| !" .-()".contains(*c)).collect();
    let plus = kept.strip_prefix('+').or_else(|| kept.strip_prefix("00"));
    let digits = plus.unwrap_or(&kept);
    let all_digits = digits.bytes().all(|b| b.is_ascii_digit());
    let local = digits.strip_prefix("221").unwrap_or(digits);
    let senegalese = local.len() == 9 && (local.starts_with('7') || local.starts_with('3'));
    match (all_digits, plus) {
        (true, Some(_)) if (8..=15).contains(&digits.len()) => Ok(format!("+{digits}")),
        (true, None) if senegalese => Ok(format!("+221{local}")),
        _ => Err(Error::field("/phone", "invalid", "a number such as +221 77 123 45 67")),
    }
}

#[cfg(test)]
mod tests;
