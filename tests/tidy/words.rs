//! Business words stand in the modules and nowhere below them: names, storage and actors know records,
//! rooms and tables, and what those mean is none of their business. Comments count, tests and examples
//! do not.

use super::{forgives, holds, house::House, notices};

/// The crates that must not know.
const BELOW: [&str; 3] = ["schema/", "storage/", "actors/"];

/// What they must not know, in the singular.
const BUSINESS: [&str; 21] = [
    "agenda",
    "assignee",
    "attendance",
    "attendee",
    "board",
    "budget",
    "chat",
    "department",
    "enrolment",
    "invoice",
    "lesson",
    "meeting",
    "milestone",
    "payroll",
    "project",
    "salary",
    "sprint",
    "timesheet",
    "vacancy",
    "workload",
    "workshop",
];

/// Words that are somebody's business in a type or at the head of a name, and elsewhere ordinary English
/// or the runtime's.
const ORDINARY: [&str; 5] = ["course", "deal", "goal", "job", "task"];

fn offences(house: &House) -> Vec<String> {
    let mut found = Vec::new();
    for page in BELOW.into_iter().flat_map(|start| house.like(start, ".rs")) {
        // A folder of tests speaks the language of the product, and so may an example.
        if page.path.contains("/tests/") {
            continue;
        }
        let mut in_example = false;
        for (number, line) in page.lines_before_tests() {
            let is_fence = line.trim_start().trim_start_matches(['/', '!']).trim_start().starts_with("```");
            in_example ^= is_fence;
            if in_example || is_fence {
                continue;
            }
            let mut names = line.split(|c: char| !c.is_alphanumeric() && c != '_');
            if let Some(name) = names.find(|name| is_business(name)) {
                found.push(format!("{}:{number}: `{name}` is a business word", page.path));
            }
        }
    }
    found
}

fn is_business(name: &str) -> bool {
    let words = words(name);
    let is_type = name.starts_with(char::is_uppercase);
    let is_compound = words.len() > 1;
    let first = words.first().map(String::as_str).unwrap_or_default();
    words.iter().any(|word| {
        let is_about_it = is_type || (is_compound && word == first);
        BUSINESS.contains(&word.as_str()) || (is_about_it && ORDINARY.contains(&word.as_str()))
    })
}

/// The words of a name, in lower case and in the singular: `ProjectId`, `project_id` and `projects` all
/// hold "project".
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous = '_';
    for c in name.chars() {
        if !previous.is_alphanumeric() || (c.is_uppercase() && previous.is_lowercase()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        previous = c;
    }
    words.into_iter().map(|word| word.strip_suffix('s').map(str::to_owned).unwrap_or(word)).collect()
}

#[test]
fn no_business_word_stands_below_the_modules() {
    holds(offences);
}

#[test]
fn a_business_word_is_noticed_in_any_spelling() {
    for bad in [
        "struct MeetingId;",
        "fn of_project() {}",
        "/// Every attendee hears it.",
        "const KIND: &str = \"projects\";",
        "enum TaskState {}",
        "let task_id = 1;",
    ] {
        notices(offences, &[("actors/src/room.rs", bad)], "business word");
    }
}

#[test]
fn the_runtimes_words_tests_and_examples_are_no_business() {
    forgives(
        offences,
        &[
            (
                "actors/src/a.rs",
                "tokio::task::yield_now().await; let own_task = 1; // a task of its own, of course",
            ),
            (
                "actors/src/b.rs",
                "//! Head.\n#[cfg(test)]\nmod tests {\n    const KIND: &str = \"meeting\";\n}\n",
            ),
            ("schema/src/c.rs", "/// ```\n/// let room = \"meeting\";\n/// ```\nfn c() {}"),
            ("storage/tests/d.rs", "let project = 1;"),
            ("engine/modules/work/src/e.rs", "struct Project;"),
        ],
    );
}
