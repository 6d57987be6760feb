//! What people read in their inbox of meetings.

use super::events::{
    ACTION_ASSIGNED, ACTION_COMPLETED, ACTION_OVERDUE, ATTENDEE_INVITED, ATTENDEE_REMOVED,
    ATTENDEE_RESPONDED, MEETING_CANCELLED, MEETING_REMINDED, MEETING_RESCHEDULED, MEETING_SCHEDULED,
    MEETING_STARTED, MEETING_UNANSWERED, MESSAGE_POSTED, MINUTES_PUBLISHED,
};
use engine::{EventKind, Words};

/// What people read in their inbox.
pub(super) const NOTICES: &[EventKind] = &[
    EventKind {
        name: MEETING_SCHEDULED,
        category: "meeting",
        severity: "normal",
        link: "/meetings/{meeting_id}",
        fr: INVITED_FR,
        en: INVITED_EN,
    },
    EventKind {
        name: MEETING_RESCHEDULED,
        category: "meeting",
        severity: "high",
        link: "/meetings/{meeting_id}",
        fr: Words {
            title: "Réunion déplacée : {title}",
            body: "{actor} a changé la date ou le lieu de la réunion « {title} ». Venez-vous toujours ?",
        },
        en: Words {
            title: "Meeting moved: {title}",
            body: "{actor} changed the time or place of the meeting “{title}”. Will you still come?",
        },
    },
    EventKind {
        name: MEETING_STARTED,
        category: "meeting",
        severity: "high",
        link: "/meetings/{meeting_id}",
        fr: Words { title: "{title} commence", body: "{actor} a ouvert la réunion « {title} »." },
        en: Words { title: "{title} is starting", body: "{actor} has opened the meeting “{title}”." },
    },
    EventKind {
        name: MEETING_CANCELLED,
        category: "meeting",
        severity: "high",
        link: "/meetings/{meeting_id}",
        fr: Words {
            title: "Réunion annulée : {title}", body: "{actor} a annulé la réunion « {title} »."
        },
        en: Words {
            title: "Meeting cancelled: {title}", body: "{actor} called the meeting “{title}” off."
        },
    },
    EventKind {
        name: ATTENDEE_INVITED,
        category: "meeting",
        severity: "normal",
        link: "/meetings/{meeting_id}",
        fr: INVITED_FR,
        en: INVITED_EN,
    },
    EventKind {
        name: ATTENDEE_RESPONDED,
        category: "meeting",
        severity: "low",
        link: "/meetings/{meeting_id}",
        fr: Words { title: "Réponse : {title}", body: "{actor} {answer_fr} à la réunion « {title} »." },
        en: Words { title: "Answer: {title}", body: "{actor} {answer_en} to the meeting “{title}”." },
    },
    EventKind {
        name: ATTENDEE_REMOVED,
        category: "meeting",
        severity: "normal",
        link: "/meetings",
        fr: Words {
            title: "Réunion : {title}", body: "Vous ne participez plus à la réunion « {title} »."
        },
        en: Words { title: "Meeting: {title}", body: "You no longer attend the meeting “{title}”." },
    },
    EventKind {
        name: MINUTES_PUBLISHED,
        category: "meeting",
        severity: "normal",
        link: "/meetings/{meeting_id}/minutes",
        fr: Words {
            title: "Compte rendu : {title}",
            body: "{actor} a publié le compte rendu de la réunion « {title} ».",
        },
        en: Words {
            title: "Minutes: {title}",
            body: "{actor} published the minutes of the meeting “{title}”.",
        },
    },
    EventKind {
        name: ACTION_ASSIGNED,
        category: "meeting",
        severity: "normal",
        link: "/meetings/{meeting_id}/actions",
        fr: Words { title: "À faire : {title}", body: "{actor} vous confie « {title} »." },
        en: Words { title: "To do: {title}", body: "{actor} asks you to do “{title}”." },
    },
    EventKind {
        name: ACTION_COMPLETED,
        category: "meeting",
        severity: "low",
        link: "/meetings/{meeting_id}/actions",
        fr: Words { title: "Fait : {title}", body: "{actor} a terminé « {title} »." },
        en: Words { title: "Done: {title}", body: "{actor} has done “{title}”." },
    },
    EventKind {
        name: MESSAGE_POSTED,
        category: "meeting",
        severity: "normal",
        link: "/meetings/{meeting_id}",
        fr: Words { title: "{actor} vous parle", body: "{body}" },
        en: Words { title: "{actor} mentioned you", body: "{body}" },
    },
    EventKind {
        name: MEETING_REMINDED,
        category: "meeting",
        severity: "high",
        link: "/meetings/{meeting_id}",
        fr: Words { title: "{title} {in_fr}", body: "La réunion « {title} » commence {in_fr}." },
        en: Words { title: "{title} {in_en}", body: "The meeting “{title}” begins {in_en}." },
    },
    EventKind {
        name: MEETING_UNANSWERED,
        category: "meeting",
        severity: "normal",
        link: "/meetings/{meeting_id}",
        fr: Words {
            title: "Venez-vous ? {title}",
            body: "Vous n'avez pas encore répondu à l'invitation à la réunion « {title} ».",
        },
        en: Words {
            title: "Will you come? {title}",
            body: "You have not answered the invitation to the meeting “{title}” yet.",
        },
    },
    EventKind {
        name: ACTION_OVERDUE,
        category: "meeting",
        severity: "normal",
        link: "/meetings/{meeting_id}/actions",
        fr: Words {
            title: "Échéance : {title}", body: "« {title} » était à faire pour le {due_date}."
        },
        en: Words { title: "Due: {title}", body: "“{title}” was to be done by {due_date}." },
    },
];

const INVITED_FR: Words =
    Words { title: "Réunion : {title}", body: "{actor} vous invite à la réunion « {title} »." };
const INVITED_EN: Words =
    Words { title: "Meeting: {title}", body: "{actor} invites you to the meeting “{title}”." };
