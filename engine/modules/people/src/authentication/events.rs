//! What rooms hear of signing in, and what people are told about it.

use super::tables::{RevokeReason, Session};
use actors::Verdict;
use engine::{EventKind, Words};
use schema::{
    caller::{ActorKind, Caller},
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
/// A password is another one.
pub const PASSWORD_CHANGED: &str = "auth.password.changed";
/// Somebody did not know their own password.
pub const PASSWORD_REFUSED: &str = "auth.password.refused";
/// Somebody forgot their password.
pub const PASSWORD_FORGOTTEN: &str = "auth.password.forgotten";
/// An administrator made a link for choosing a new password.
pub const PASSWORD_LINK_MADE: &str = "auth.password.link_made";
/// An administrator lifted a lock.
pub const UNLOCKED: &str = "auth.login.unlocked";
/// An administrator ended a sign-in of somebody's.
pub const SESSION_ENDED: &str = "auth.session.ended_by_administrator";
/// A key for a program was made.
pub const KEY_CREATED: &str = "auth.api_key.created";
/// A key was taken back.
pub const KEY_REVOKED: &str = "auth.api_key.revoked";
/// Somebody signed in on a device, or from a place, that was never seen of them.
pub const NEW_DEVICE: &str = "auth.login.new_device";
/// An administrator takes a key of somebody's back.
pub const KEY_ENDED: &str = "auth.api_key.ended_by_administrator";
/// Its person was warned of that.
pub const DEVICE_WARNED: &str = "auth.login.warned";
/// Whoever has somebody's device did not know their password.
pub const STEP_UP_REFUSED: &str = "auth.step_up.refused";
/// Somebody signed in.
pub const SIGNED_IN: &str = "auth.login.succeeded";

/// The notifications.
pub(super) static KINDS: &[EventKind] = &[
    EventKind {
        name: PERMISSION_CHANGED,
        category: "user",
        severity: "normal",
        link: "/profile",
        fr: Words {
            title: "Vos droits ont changé", body: "{actor} a changé ce que vous pouvez faire ici."
        },
        en: Words { title: "Your rights changed", body: "{actor} changed what you may do here." },
    },
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
        name: DEVICE_WARNED,
        category: "security",
        severity: "high",
        link: "/settings/security",
        fr: Words {
            title: "Connexion depuis un nouvel appareil",
            body: "Votre compte a été ouvert depuis {device} ({ip}). Si ce n'était pas vous, changez votre mot de passe.",
        },
        en: Words {
            title: "A sign-in on a new device",
            body: "Your account was opened on {device} ({ip}). If it was not you, change your password.",
        },
    },
    EventKind {
        name: KEY_REVOKED,
        category: "security",
        severity: "normal",
        link: "/settings/security",
        fr: Words {
            title: "Votre clé « {title} » a été retirée",
            body: "{actor} a retiré cette clé : le programme qui l'utilise n'a plus accès.",
        },
        en: Words {
            title: "Your key “{title}” was taken back",
            body: "{actor} took this key back: the program that uses it gets no further.",
        },
    },
    EventKind {
        name: PASSWORD_CHANGED,
        category: "security",
        severity: "high",
        link: "/settings/security",
        fr: Words {
            title: "Votre mot de passe a été changé",
            body: "Vos autres sessions ont été fermées. Si ce n'était pas vous, prévenez un administrateur.",
        },
        en: Words {
            title: "Your password was changed",
            body: "Your other sessions were ended. If it was not you, tell an administrator.",
        },
    },
    EventKind {
        name: PASSWORD_FORGOTTEN,
        category: "security",
        severity: "high",
        link: "/users/{user_id}",
        fr: Words {
            title: "{title} a oublié son mot de passe",
            body: "Créez un lien pour {title} et transmettez-le, après avoir vérifié que la demande vient d'elle ou de lui.",
        },
        en: Words {
            title: "{title} forgot their password",
            body: "Make a link for {title} and hand it on, once you are sure that it was them who asked.",
        },
    },
    EventKind {
        name: PASSWORD_LINK_MADE,
        category: "security",
        severity: "high",
        link: "/settings/security",
        fr: Words {
            title: "Un lien pour changer votre mot de passe a été créé",
            body: "{actor} a créé ce lien. Si vous ne l'avez pas demandé, prévenez un administrateur.",
        },
        en: Words {
            title: "A link for changing your password was made",
            body: "{actor} made this link. If you did not ask for it, tell an administrator.",
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
    /// All but this one.
    AllBut(SessionId),
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
        Ended::All | Ended::AllBut(_) => json!("all"),
    };
    let kept = if let Ended::AllBut(session) = ended { Some(session) } else { None };
    let data = json!({"reason": reason.word(), "sessions": sessions, "kept": kept});
    let _ = change.tell(SESSION_REVOKED, about).saying(move |_| data.clone()).hearing(Hearing::Control);
}

/// What an event in a person's own room means for one of the sign-ins there.
pub(super) fn verdict(caller: &Caller, told: &Told) -> Verdict {
    match told.name.as_str() {
        PERMISSION_CHANGED => Verdict::Recheck,
        // A program listens under its key, which is no sign-in.
        SESSION_REVOKED if caller.kind == ActorKind::ApiKey => Verdict::Recheck,
        KEY_REVOKED => {
            let envelope: Result<Envelope, _> = codec::from_msgpack(&told.body);
            let is_this = envelope.is_ok_and(|envelope| envelope.entity.id == caller.session.uuid());
            if is_this { Verdict::Revoked } else { Verdict::Stay }
        }
        SESSION_REVOKED => {
            let envelope: Result<Envelope, _> = codec::from_msgpack(&told.body);
            // What can't be read is taken for the worse.
            envelope.map_or(Verdict::Revoked, |envelope| fate(&envelope.data, caller.session))
        }
        _ => Verdict::Stay,
    }
}

fn fate(data: &Value, session: SessionId) -> Verdict {
    match data.get("sessions") {
        Some(Value::Array(ended)) if ended.contains(&json!(session)) => Verdict::Revoked,
        Some(Value::Array(_)) => Verdict::Stay,
        // It goes on, under another credential version.
        _ if data.get("kept") == Some(&json!(session)) => Verdict::Recheck,
        _ => Verdict::Revoked,
    }
}

/// What may be said of a sign-in aloud.
#[must_use]
pub(super) fn said(session: &Session, is_new: bool) -> Value {
    json!({
        "session_id": session.id,
        "device_label": session.device_label,
        "ip": session.ip,
        "user_agent": session.user_agent,
        "new_device": is_new,
    })
}
