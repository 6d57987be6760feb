//! What rooms hear of signing in, and what people are told about it.

use super::tables::{RevokeReason, Session};
use actors::Verdict;
use engine::{EventKind, Words};
use schema::{
    caller::Caller,
    change::{Change, Slot},
    codec,
    event::{Envelope, Hearing},
    id::SessionId,
    log::Told,
    table::Table,
};
use serde_json::{Value, json};

/// A sign-in was ended; its devices sign out.
pub const SESSION_REVOKED: &str = "auth.session.revoked";
/// A role or a right changed; every device reloads what it may do.
pub const PERMISSION_CHANGED: &str = "users.permission.changed";
/// An account was locked after too many failures.
pub const LOCKED: &str = "auth.login.locked";
/// A used refresh token was presented again.
pub const TOKEN_REUSED: &str = "auth.token.reuse_detected";
/// Somebody signed in.
pub const SIGNED_IN: &str = "auth.login.succeeded";

/// The notifications.
pub(super) static KINDS: &[EventKind] = &[
    EventKind {
        name: LOCKED,
        category: "security",
        severity: "high",
        link: "/settings/security",
        fr: Words {
            title: "Votre compte a été verrouillé",
            body: "Trop de tentatives de connexion ont échoué ({attempts}). Si ce n'était pas vous, \
                   changez votre mot de passe.",
        },
        en: Words {
            title: "Your account was locked",
            body: "Too many attempts to sign in failed ({attempts}). If it was not you, change your password.",
        },
    },
    EventKind {
        name: TOKEN_REUSED,
        category: "security",
        severity: "critical",
        link: "/settings/security",
        fr: Words {
            title: "Une session a été fermée par précaution",
            body: "Un jeton de connexion déjà utilisé a été présenté une seconde fois : quelqu'un l'a \
                   peut-être copié. Changez votre mot de passe si vous avez un doute.",
        },
        en: Words {
            title: "A session was ended to be safe",
            body: "A sign-in token that had been used was presented again: somebody may have copied it. \
                   Change your password if in doubt.",
        },
    },
];

/// Which sign-ins an event ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ended {
    /// This one.
    One(SessionId),
    /// All that there are.
    All,
}

/// Tells the person's devices that sign-ins were ended.
pub(super) fn tell_revoked<T: Table>(
    change: &mut Change,
    about: Slot<T>,
    ended: Ended,
    reason: RevokeReason,
) {
    let sessions = match ended {
        Ended::One(session) => json!([session]),
        Ended::All => json!("all"),
    };
    let data = json!({"reason": reason.word(), "sessions": sessions});
    let _ = change.tell(SESSION_REVOKED, about).saying(move |_| data.clone()).hearing(Hearing::Control);
}

/// What an event in a person's own room means for one of the sign-ins there.
pub(super) fn verdict(caller: &Caller, told: &Told) -> Verdict {
    match told.name.as_str() {
        PERMISSION_CHANGED => Verdict::Recheck,
        SESSION_REVOKED => {
            let envelope: Result<Envelope, _> = codec::from_msgpack(&told.body);
            // What can't be read is taken for the worse.
            let ends = envelope.map_or(true, |envelope| ends(&envelope.data, caller.session));
            if ends { Verdict::Revoked } else { Verdict::Stay }
        }
        _ => Verdict::Stay,
    }
}

fn ends(data: &Value, session: SessionId) -> bool {
    match data.get("sessions") {
        Some(Value::Array(ended)) => ended.contains(&json!(session)),
        _ => true,
    }
}

/// What may be said of a sign-in aloud.
#[must_use]
pub(super) fn said(session: &Session) -> Value {
    json!({"session_id": session.id, "device_label": session.device_label, "ip": session.ip})
}
