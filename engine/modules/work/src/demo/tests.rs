//! The scripts are read whole: everything they name is there, and nothing in them breaks a rule of the modules.

use super::{
    MEETINGS, PROJECTS,
    called::Calendar,
    told::{Project, Task},
};
use crate::projects::words::{MemberRole, ProjectStatus, TaskStatus};
use std::collections::{BTreeMap, BTreeSet, HashSet};

fn projects() -> Vec<Project> {
    PROJECTS.into_iter().map(|text| Project::read(text).unwrap()).collect()
}

#[test]
fn six_projects_tell_of_three_hundred_tasks() {
    let projects = projects();

    assert_eq!(projects.iter().map(|project| project.tasks.len()).sum::<usize>(), 300);
    let mut titles = BTreeSet::new();
    for project in &projects {
        for task in &project.tasks {
            assert!(titles.insert(task.title), "{} is there twice", task.title);
            assert!(task.title.chars().count() <= 200);
        }
    }
}

#[test]
fn tasks_name_what_is_there_and_stand_where_they_may() {
    for project in projects() {
        let team: HashSet<&str> = project.team.iter().map(|(person, _)| *person).collect();
        assert_eq!(team.len(), project.team.len(), "{}: somebody is twice on the team", project.key);
        assert_eq!(project.team[0].1, MemberRole::Owner);
        let labels: HashSet<&str> = project.labels.iter().map(|(name, _)| *name).collect();
        let by_name: BTreeMap<&str, &Task> =
            project.tasks.iter().filter_map(|task| Some((task.name?, task))).collect();
        for task in &project.tasks {
            let title = task.title;
            assert!(task.assignee.is_none_or(|person| team.contains(person)), "{title}: {:?}", task.assignee);
            assert!(task.talk.iter().all(|remark| team.contains(remark.by)), "{title}: an outsider speaks");
            assert!(task.labels.iter().all(|label| labels.contains(label)), "{title}: {:?}", task.labels);
            assert_eq!(task.status == TaskStatus::Blocked, task.blocked.is_some(), "{title}");
            assert!(task.status != TaskStatus::Done || task.due.is_some_and(|due| due <= 0), "{title}");
            for name in task.waits_for.iter().chain(&task.relates_to) {
                assert!(by_name.contains_key(name), "{title} waits for {name}, which nobody is called");
            }
            let starts = matches!(task.status, TaskStatus::InProgress | TaskStatus::Done);
            let waits = task.waits_for.iter().filter(|name| by_name[**name].status.is_open());
            assert!(!starts || waits.count() == 0, "{title} began before what it waits for was done");
        }
        for risk in &project.risks {
            assert!(team.contains(risk.owner), "{}", risk.title);
        }
        for report in &project.reports {
            let role = project.team.iter().find(|(person, _)| *person == report.by).map(|(_, role)| *role);
            assert!(matches!(role, Some(MemberRole::Owner | MemberRole::Lead)), "{}", report.summary);
        }
        let is_over = project.status == ProjectStatus::Completed;
        assert!(!is_over || project.tasks.iter().all(|task| !task.status.is_open()), "{}", project.key);
    }
}

#[test]
fn nothing_waits_for_itself() {
    for project in projects() {
        let mut left: Vec<&Task> = project.tasks.iter().collect();
        let mut finished: HashSet<&str> = HashSet::new();
        while !left.is_empty() {
            let (free, waiting): (Vec<&Task>, Vec<&Task>) =
                left.iter().partition(|task| task.waits_for.iter().all(|name| finished.contains(name)));
            assert!(!free.is_empty(), "{}: these wait for each other", project.key);
            finished.extend(free.iter().filter_map(|task| task.name));
            left = waiting;
        }
    }
}

#[test]
fn whoever_speaks_in_a_meeting_attends_it() {
    let calendar = Calendar::read(MEETINGS).unwrap();

    let names: HashSet<&str> = calendar.meetings.iter().map(|meeting| meeting.call.name).collect();
    assert_eq!(names.len(), calendar.meetings.len());
    for meeting in &calendar.meetings {
        let mut there: HashSet<&str> = meeting.guests.iter().map(|guest| guest.who).collect();
        there.insert(meeting.call.organizer);
        let signs =
            meeting.talk.iter().flat_map(|said| said.sign.iter().flat_map(|(_, people)| people.clone()));
        let named = meeting.talk.iter().map(|said| said.by).chain(signs);
        let named = named.chain(meeting.talk.iter().filter_map(|said| said.pinned_by));
        let named = named.chain(meeting.agenda.iter().filter_map(|point| point.owner));
        let named = named.chain(meeting.actions.iter().map(|action| action.who));
        for name in named {
            assert!(there.contains(name), "{}: {name} does not attend", meeting.call.name);
        }
    }
    assert!(calendar.series.len() >= 2 && !calendar.templates.is_empty());
}
