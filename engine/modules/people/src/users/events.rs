//! What is told about people, and what they are told themselves.

use engine::{EventKind, Words};

/// An account was made.
pub const CREATED: &str = "users.user.created";
/// A suspended account may be used again.
pub const ACTIVATED: &str = "users.user.activated";
/// An account may not be used for a while.
pub const SUSPENDED: &str = "users.user.suspended";
/// Somebody left.
pub const DEACTIVATED: &str = "users.user.deactivated";
/// Somebody who left was forgotten.
pub const ANONYMISED: &str = "users.user.anonymised";
/// A skill was added to the catalogue.
pub const SKILL_CREATED: &str = "users.skill.created";
/// Somebody can do something else, or better.
pub const SKILLS_CHANGED: &str = "users.user.skills_changed";
/// A person's role changed.
pub const ROLE_CHANGED: &str = "users.user.role_changed";
/// A super administrator wants somebody to become one, and another one has to confirm it.
pub const ROLE_ASKED: &str = "users.user.role_asked";
/// A profile says something else.
pub const PROFILE_UPDATED: &str = "users.profile.updated";
/// An account was put into the trash.
pub const DELETED: &str = "users.user.deleted";
/// An account came back from the trash.
pub const RESTORED: &str = "users.user.restored";
/// Somebody was invited.
pub const INVITED: &str = "users.invitation.created";
/// An invitation got a fresh link.
pub const INVITATION_RESENT: &str = "users.invitation.resent";
/// An invitation was taken back.
pub const INVITATION_REVOKED: &str = "users.invitation.revoked";
/// Somebody accepted an invitation.
pub const INVITATION_ACCEPTED: &str = "users.invitation.accepted";
/// An organization lets a role do something else.
pub const ROLE_LEVELS_CHANGED: &str = "users.role.permissions_changed";
/// A department was made.
pub const DEPARTMENT_CREATED: &str = "users.department.created";
/// A department was edited or moved.
pub const DEPARTMENT_UPDATED: &str = "users.department.updated";
/// A department was removed.
pub const DEPARTMENT_DELETED: &str = "users.department.deleted";
/// Somebody belongs to a department now.
pub const MEMBER_ADDED: &str = "users.department.member_added";
/// Somebody belongs to a department no longer.
pub const MEMBER_REMOVED: &str = "users.department.member_removed";

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
        name: INVITATION_ACCEPTED,
        category: "user",
        severity: "normal",
        link: "/users/{user_id}",
        fr: Words { title: "{title} a accepté votre invitation", body: "Le compte de {title} est prêt." },
        en: Words { title: "{title} accepted your invitation", body: "The account of {title} is ready." },
    },
    EventKind {
        name: MEMBER_ADDED,
        category: "user",
        severity: "normal",
        link: "/departments/{department_id}",
        fr: Words {
            title: "{name} rejoint « {title} »",
            body: "{actor} a ajouté {name} au département « {title} ».",
        },
        en: Words {
            title: "{name} joins “{title}”",
            body: "{actor} added {name} to the department “{title}”.",
        },
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
    EventKind {
        name: ROLE_ASKED,
        category: "security",
        severity: "high",
        link: "/users/{user_id}",
        fr: Words {
            title: "{actor} veut nommer {title} super administrateur",
            body: "Confirmez dans les 24 heures si vous êtes d'accord ; sinon rien ne change.",
        },
        en: Words {
            title: "{actor} wants {title} to become a super administrator",
            body: "Confirm within 24 hours if you agree; otherwise nothing changes.",
        },
    },
];
