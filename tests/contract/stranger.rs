//! Somebody who has only the description: a program that makes up requests from it, thousands of them, proper and
//! not, and holds every answer to what the description says. `cargo xtask test` brings that program along
//! (schemathesis) and names it; where none is named there is nobody to ask.

use crate::harness::{Person, World, config};
use schema::role::Role;
use serde_json::{Value, json};
use std::{env, fs, process::Command};

/// Where the program is.
const PROGRAM: &str = "ECOSYSTIA_TEST_SCHEMATHESIS";
/// How many requests it makes up for each operation in each way; unless said, enough to find what is plainly wrong.
const EXAMPLES: &str = "ECOSYSTIA_TEST_EXAMPLES";
/// What it must never see.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";

/// Records that its requests can be about.
async fn records(person: &Person) -> Vec<(&'static str, String)> {
    let id = |made: &Value| made["id"].as_str().unwrap().to_owned();
    let project = person.project("Description", &[]).await;
    let under = |tail: &str| format!("/api/v1/projects/{project}/{tail}");
    let made = async |tail: &str, body: Value| id(&person.post(&under(tail), &body).await.1);
    let task = made("tasks/", json!({"title": "Une tâche"})).await;
    let milestone = made("milestones/", json!({"title": "Un jalon", "due_date": "2030-01-01"})).await;
    let label = made("labels/", json!({"name": "urgent", "color": "#ff0000"})).await;
    let risk = made("risks/", json!({"title": "Un risque", "likelihood": "low", "impact": "low"})).await;
    let meeting = person.meeting("Une réunion", &[]).await;
    vec![
        ("project_id", project.to_string()),
        ("task_id", task),
        ("milestone_id", milestone),
        ("label_id", label),
        ("risk_id", risk),
        ("meeting_id", meeting.to_string()),
        ("user_id", person.id.to_string()),
    ]
}

/// Lets the program loose on a server; answers its report where it found something.
fn let_loose(world: &World, dir: &std::path::Path, token: Option<&str>) -> Option<String> {
    let program = env::var(PROGRAM).ok()?;
    let examples = env::var(EXAMPLES).unwrap_or_else(|_| "20".into());
    let mut command = Command::new(program);
    command.current_dir(dir).arg("run").arg(format!("http://{}/api/schema/", world.address));
    command.args(["--checks", CHECKS, "--phases", "examples,fuzzing", "--no-color", "--continue-on-failure"]);
    // Whoever signs out is refused from then on, and so learns nothing more.
    command.args(["--exclude-operation-id", "Logout", "--exclude-operation-id", "LogoutEverywhere"]);
    command.args(["--max-examples", &examples, "--workers", "1", "--seed", "1"]);
    if let Some(token) = token {
        command.arg("-H").arg(format!("Authorization: Bearer {token}"));
    }
    let output = command.output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let counted =
        report.lines().find(|line| line.contains(" generated, ")).unwrap_or_default().trim().to_owned();
    println!("{}: {counted}", if token.is_some() { "signed in" } else { "nobody" });
    (!output.status.success()).then(|| short(&report) + &errors)
}

/// A report without its endless lines.
fn short(report: &str) -> String {
    report.lines().map(|line| line.chars().take(240).collect::<String>() + "\n").collect()
}

#[test]
fn a_stranger_who_has_only_the_description_finds_nothing_that_it_does_not_say() {
    if env::var(PROGRAM).is_err() {
        println!("{PROGRAM} names no program: left out");
        return;
    }
    let world = World::start(config);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let person = runtime.block_on(async {
        let person = world.person("Awa", Role::Manager).await;
        let records = records(&person).await;
        let lines = records.iter().map(|(name, id)| format!("\"path.{name}\" = \"{id}\"\n"));
        let config = format!("[parameters]\n{}", lines.collect::<String>());
        fs::write(dir.path().join("schemathesis.toml"), config).unwrap();
        person
    });

    for token in [Some(person.token.as_str()), None] {
        if let Some(report) = let_loose(&world, dir.path(), token) {
            panic!("{report}");
        }
    }
}
