//! What is told about people, and what they are told themselves.

use engine::{EventKind, Words};

/// An account was made.
pub const CREATED: &str = "users.user.created";
/// A suspended account may be used again.
pub const ACTIVATED: &str = "users.user.activated";
/// An account may not be used for a while.
pub const SUSPENDED: &str = "users.user.suspended";
/// A person's role changed.
pub const ROLE_CHANGED: &str = "users.user.role_changed";
/// A profile says something else.
pub const PROFILE_UPDATED: &str = "users.profile.updated";
/// An account was put into the trash.
pub const DELETED: &str = "users.user.deleted";
/// An account came back from the trash.
pub const RESTORED: &str = "users.user.restored";

/// The notifications.
pub(super) static KINDS: &[EventKind] = &[
    EventKind {
        name: CREATED,
        category: "user",
        severity: "normal",
        link: "/profile",
        fr: Words {
            title: "Bienvenue, {first_name}",
            body: "Votre compte est prêt. Complétez votre profil pour que votre équipe vous reconnaisse.",
        },
        en: Words {
            title: "Welcome, {first_name}",
            body: "Your account is ready. Complete your profile so that your team recognises you.",
        },
    },
    EventKind {
        name: ACTIVATED,
        category: "user",
        severity: "normal",
        link: "/profile",
        fr: Words { title: "Votre compte est de nouveau actif", body: "{actor} a réactivé votre compte." },
        en: Words { title: "Your account is active again", body: "{actor} reactivated your account." },
    },
    EventKind {
        name: RESTORED,
        category: "user",
        severity: "normal",
        link: "/profile",
        fr: Words { title: "Votre compte est rétabli", body: "{actor} a rétabli votre compte." },
        en: Words { title: "Your account is back", body: "{actor} restored your account." },
    },
    EventKind {
        name: ROLE_CHANGED,
        category: "user",
        severity: "high",
        link: "/profile",
        fr: Words {
            title: "Votre rôle a changé",
            body: "{actor} vous a donné le rôle « {to} » (auparavant « {from} »).",
        },
        en: Words {
            title: "Your role changed", body: "{actor} gave you the role “{to}” (it was “{from}”)."
        },
    },
];
