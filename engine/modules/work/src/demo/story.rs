//! The words of the demo. People are named by their place in the cast: 0 runs the programmes, 1 and 2
//! supervise, 3 trains, 4 mentors, 5 facilitates, 6 and 7 have founded something, 8 and 9 study, 10 funds,
//! 11 is an intern.

use crate::{
    meetings::words::{
        AttendeeRole::{self, Attendee, Moderator, Observer, Presenter},
        MeetingKind, MeetingStatus, Urgency,
    },
    projects::words::{
        MemberRole::{self, Advisor, Lead, Member, Sponsor, Viewer},
        Priority::{self, Critical, High, Low, Medium},
        ProjectStatus,
        TaskStatus::{self, Blocked, Cancelled, Done, InProgress, InReview, Todo},
        Visibility,
    },
};

pub(super) struct Project {
    pub(super) key: &'static str,
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) status: ProjectStatus,
    pub(super) priority: Priority,
    pub(super) visibility: Visibility,
    pub(super) color: &'static str,
    pub(super) tags: &'static [&'static str],
    /// First and last day, from today.
    pub(super) days: (i64, i64),
    pub(super) owner: usize,
    pub(super) team: &'static [(usize, MemberRole)],
    pub(super) tasks: &'static [Task],
}

pub(super) struct Task {
    pub(super) title: &'static str,
    pub(super) status: TaskStatus,
    pub(super) priority: Priority,
    pub(super) assignee: Option<usize>,
    /// Days from now.
    pub(super) due: Option<i64>,
    pub(super) hours: u32,
    pub(super) blocked: Option<&'static str>,
}

pub(super) struct Meeting {
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) kind: MeetingKind,
    pub(super) priority: Urgency,
    pub(super) status: MeetingStatus,
    /// Minutes from now.
    pub(super) starts_min: i64,
    pub(super) lasts_min: i64,
    pub(super) location: Option<&'static str>,
    /// The place of its project among [`PROJECTS`].
    pub(super) project: Option<usize>,
    pub(super) organizer: usize,
    pub(super) attendees: &'static [(usize, AttendeeRole)],
    pub(super) talk: &'static [(usize, &'static str)],
}

const fn task(
    title: &'static str,
    status: TaskStatus,
    priority: Priority,
    assignee: usize,
    due: i64,
    hours: u32,
) -> Task {
    Task { title, status, priority, assignee: Some(assignee), due: Some(due), hours, blocked: None }
}

pub(super) const PROJECTS: &[Project] = &[
    Project {
        key: "JARDIN",
        title: "Jardins scolaires de la Médina",
        description: "Six écoles, six potagers. Les élèves plantent, arrosent et tiennent le **carnet de culture**.\n\n\
                      - Semis en pépinière avant l'hivernage\n- Une cuve de 500 L par école\n- Restitution aux parents en fin de trimestre",
        status: ProjectStatus::InProgress,
        priority: High,
        visibility: Visibility::Members,
        color: "#3f7d4e",
        tags: &["éducation", "agriculture"],
        days: (-40, 65),
        owner: 0,
        team: &[(1, Lead), (5, Member), (4, Advisor), (8, Member), (10, Sponsor), (11, Member)],
        tasks: &[
            task("Signer la convention avec l'inspection d'académie", Done, High, 0, -20, 6),
            task("Choisir les six écoles pilotes", Done, High, 1, -15, 10),
            task("Acheter les semences de gombo et de bissap", Done, Medium, 11, -8, 4),
            task("Monter la pépinière à l'école Médina 4", InProgress, High, 5, 3, 16),
            task("Former les maîtres référents", InProgress, Medium, 5, 6, 12),
            task("Dessiner le carnet de culture des élèves", InReview, Medium, 8, 2, 8),
            Task {
                title: "Installer les cuves d'eau",
                status: Blocked,
                priority: Critical,
                assignee: Some(1),
                due: Some(5),
                hours: 24,
                blocked: Some("Le fournisseur attend l'acompte"),
            },
            task("Préparer la restitution aux parents", Todo, Medium, 5, 30, 10),
            task("Mesurer les récoltes de la première planche", Todo, Low, 11, 40, 6),
            Task {
                title: "Écrire au quotidien local",
                status: Todo,
                priority: Low,
                assignee: None,
                due: None,
                hours: 2,
                blocked: None,
            },
            task("Louer un camion pour le terreau", Cancelled, Low, 11, -5, 3),
        ],
    },
    Project {
        key: "SOLAR",
        title: "Solar kiosks for Ziguinchor",
        description: "Ten kiosks that charge phones and lamps, each run by a young entrepreneur. \
                      First three before the rains, the rest once the *pay-as-you-go* meter is proven.",
        status: ProjectStatus::InProgress,
        priority: Critical,
        visibility: Visibility::Members,
        color: "#c98a1b",
        tags: &["energy", "entrepreneurship"],
        days: (-20, 120),
        owner: 6,
        team: &[(2, Lead), (4, Advisor), (9, Member), (3, Member), (10, Sponsor)],
        tasks: &[
            task("Agree on the sites with the town hall", Done, High, 6, -10, 8),
            task("Compare three battery suppliers", Done, Medium, 9, -6, 10),
            task("Test the pay-as-you-go meter for a week", InProgress, Critical, 9, 4, 30),
            task("Write the operator's handbook", InReview, Medium, 3, 1, 14),
            task("Interview twelve candidate operators", InProgress, High, 2, 8, 18),
            task("Order panels for the first three kiosks", Todo, Critical, 6, 10, 4),
            task("Train operators in bookkeeping", Todo, Medium, 3, 25, 16),
            task("Plan the opening day", Todo, Low, 2, 35, 6),
        ],
    },
    Project {
        key: "FESTI",
        title: "Festival Jeunes Talents",
        description: "Deux soirées, douze groupes, une scène ouverte. L'entrée est libre.",
        status: ProjectStatus::NotStarted,
        priority: Medium,
        visibility: Visibility::Organization,
        color: "#8a3f6b",
        tags: &["culture"],
        days: (15, 150),
        owner: 7,
        team: &[(5, Lead), (8, Member), (9, Viewer), (11, Member)],
        tasks: &[
            task("Réserver le centre culturel", Todo, High, 7, 20, 4),
            task("Lancer l'appel à candidatures", Todo, High, 8, 25, 6),
            task("Chercher un partenaire pour la sonorisation", Todo, Medium, 11, 30, 8),
        ],
    },
];

pub(super) const MEETINGS: &[Meeting] = &[
    Meeting {
        title: "Point hebdomadaire des jardins",
        description: "Tour des écoles, blocages, semaine à venir.",
        kind: MeetingKind::Standup,
        priority: Urgency::High,
        status: MeetingStatus::InProgress,
        starts_min: -10,
        lasts_min: 50,
        location: Some("Salle Baobab"),
        project: Some(0),
        organizer: 0,
        attendees: &[(1, Moderator), (5, Attendee), (8, Attendee), (11, Attendee), (10, Observer)],
        talk: &[
            (0, "Bonjour à toutes et à tous ! On commence par la pépinière ?"),
            (
                5,
                "Bonjour. À Médina 4, les semis de gombo sont levés à 80 %. Le bissap demande encore de l'ombre.",
            ),
            (
                8,
                "J'ai mis la maquette du carnet de culture en relecture. Deux pages par semaine, avec de la place pour dessiner.",
            ),
            (
                1,
                "Pour les cuves : le fournisseur ne bouge pas sans l'acompte. Je relance la comptabilité ce matin.",
            ),
            (11, "Je peux y passer à midi, c'est à côté."),
            (0, "Merci Ousmane. Si l'acompte part aujourd'hui, on installe jeudi."),
        ],
    },
    Meeting {
        title: "Solar kiosks: review before the first order",
        description: "Meter test results, supplier choice, go or no-go for three kiosks.",
        kind: MeetingKind::ProjectReview,
        priority: Urgency::Medium,
        status: MeetingStatus::Scheduled,
        starts_min: 26 * 60,
        lasts_min: 90,
        location: None,
        project: Some(1),
        organizer: 6,
        attendees: &[(2, Moderator), (9, Presenter), (3, Attendee), (4, Attendee), (10, Observer)],
        talk: &[
            (9, "I will bring the first four days of meter readings. One outage so far, at the changeover."),
            (2, "Good. Please add what a customer pays per charge, the funder asked for it."),
        ],
    },
    Meeting {
        title: "Rétrospective de l'atelier numérique",
        description: "Ce qui a marché, ce qu'on change pour la prochaine cohorte.",
        kind: MeetingKind::Retrospective,
        priority: Urgency::Low,
        status: MeetingStatus::Completed,
        starts_min: -22 * 60,
        lasts_min: 60,
        location: Some("En ligne"),
        project: None,
        organizer: 3,
        attendees: &[(5, Moderator), (8, Attendee), (9, Attendee)],
        talk: &[
            (3, "Qu'est-ce qu'on garde ?"),
            (8, "Les binômes. On apprend deux fois quand on explique."),
            (9, "Same for me. And more time for the last exercise, please."),
            (5, "Noté : trente minutes de plus le dernier jour."),
        ],
    },
];
