//! What people read in their inbox of what happens in a project.

use super::events::{
    MEMBER_ADDED, MEMBER_REMOVED, MEMBER_ROLE_CHANGED, MILESTONE_MISSED, MILESTONE_REACHED, PROJECT_ARCHIVED,
    PROJECT_STATUS_CHANGED, REPORT_PUBLISHED, RISK_ESCALATED, TASK_ASSIGNED, TASK_DUE_SOON, TASK_OVERDUE,
    TASK_STATUS_CHANGED,
};
use engine::{EventKind, Words};

/// What people read in their inbox.
pub(super) const NOTICES: &[EventKind] = &[
    EventKind {
        name: MEMBER_ADDED,
        category: "project",
        severity: "normal",
        link: "/projects/{project_id}",
        fr: Words {
            title: "Bienvenue dans le projet « {title} »",
            body: "{actor} vous a fait entrer dans l'équipe du projet « {title} ».",
        },
        en: Words {
            title: "Welcome to “{title}”", body: "{actor} put you on the team of “{title}”."
        },
    },
    EventKind {
        name: MEMBER_REMOVED,
        category: "project",
        severity: "normal",
        link: "/projects",
        fr: Words {
            title: "Vous n'êtes plus dans le projet « {title} »",
            body: "{actor} vous a retiré·e de l'équipe du projet « {title} ».",
        },
        en: Words {
            title: "You are off “{title}”", body: "{actor} took you off the team of “{title}”."
        },
    },
    EventKind {
        name: MEMBER_ROLE_CHANGED,
        category: "project",
        severity: "normal",
        link: "/projects/{project_id}",
        fr: Words {
            title: "Votre rôle dans « {title} »",
            body: "{actor} a changé votre rôle dans le projet « {title} ».",
        },
        en: Words {
            title: "Your role in “{title}”",
            body: "{actor} changed your role in the project “{title}”.",
        },
    },
    EventKind {
        name: PROJECT_STATUS_CHANGED,
        category: "project",
        severity: "normal",
        link: "/projects/{project_id}",
        fr: Words { title: "Projet terminé : {title}", body: "{actor} a terminé le projet « {title} »." },
        en: Words {
            title: "Project completed: {title}", body: "{actor} completed the project “{title}”."
        },
    },
    EventKind {
        name: PROJECT_ARCHIVED,
        category: "project",
        severity: "low",
        link: "/projects/{project_id}",
        fr: Words {
            title: "Projet archivé : {title}", body: "{actor} a archivé ou désarchivé « {title} »."
        },
        en: Words {
            title: "Project archived: {title}",
            body: "{actor} archived “{title}” or took it up again.",
        },
    },
    EventKind {
        name: RISK_ESCALATED,
        category: "project",
        severity: "high",
        link: "/projects/{project_id}",
        fr: Words {
            title: "Risque élevé : {title}",
            body: "{actor} a relevé le niveau du risque « {title} ».",
        },
        en: Words {
            title: "High risk: {title}", body: "{actor} raised the level of the risk “{title}”."
        },
    },
    EventKind {
        name: REPORT_PUBLISHED,
        category: "project",
        severity: "normal",
        link: "/projects/{project_id}",
        fr: Words {
            title: "Rapport d'avancement : {title}",
            body: "{actor} a publié un rapport sur « {title} ».",
        },
        en: Words { title: "Status report: {title}", body: "{actor} published a report on “{title}”." },
    },
    EventKind {
        name: MILESTONE_REACHED,
        category: "project",
        severity: "normal",
        link: "/projects/{project_id}",
        fr: Words { title: "Jalon atteint : {title}", body: "{actor} a atteint le jalon « {title} »." },
        en: Words {
            title: "Milestone reached: {title}", body: "{actor} reached the milestone “{title}”."
        },
    },
    EventKind {
        name: TASK_ASSIGNED,
        category: "project",
        severity: "normal",
        link: "/projects/{project_id}/tasks/{id}",
        fr: Words {
            title: "Tâche n° {number} : {title}",
            body: "{actor} a changé la personne qui fait la tâche « {title} ».",
        },
        en: Words {
            title: "Task {number}: {title}", body: "{actor} changed who does the task “{title}”."
        },
    },
    EventKind {
        name: TASK_STATUS_CHANGED,
        category: "project",
        severity: "low",
        link: "/projects/{project_id}/tasks/{id}",
        fr: Words {
            title: "Tâche n° {number} : {title}",
            body: "{actor} a déplacé votre tâche « {title} » vers une autre colonne.",
        },
        en: Words {
            title: "Task {number}: {title}",
            body: "{actor} moved your task “{title}” to another column.",
        },
    },
    EventKind {
        name: TASK_DUE_SOON,
        category: "project",
        severity: "normal",
        link: "/projects/{project_id}/tasks/{id}",
        fr: Words {
            title: "Tâche n° {number} : {title}",
            body: "La tâche « {title} » est à faire pour le {due_date}.",
        },
        en: Words { title: "Task {number}: {title}", body: "The task “{title}” is due on {due_date}." },
    },
    EventKind {
        name: TASK_OVERDUE,
        category: "project",
        severity: "high",
        link: "/projects/{project_id}/tasks/{id}",
        fr: Words {
            title: "En retard : {title}",
            body: "La tâche n° {number}, « {title} », était à faire pour le {due_date}.",
        },
        en: Words { title: "Late: {title}", body: "Task {number}, “{title}”, was due on {due_date}." },
    },
    EventKind {
        name: MILESTONE_MISSED,
        category: "project",
        severity: "high",
        link: "/projects/{project_id}",
        fr: Words {
            title: "Jalon manqué : {title}",
            body: "Le jalon « {title} » n'a pas été atteint à temps.",
        },
        en: Words {
            title: "Milestone missed: {title}",
            body: "The milestone “{title}” was not reached in time.",
        },
    },
];
