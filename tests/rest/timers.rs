//! What is due later: a wish written with a commit, carried out once after its instant, also by a server
//! that was not there when it came.

use super::{
    apart::Apart,
    ask::{column, expect, get},
};
use actors::{
    own::{Command, STRETCHES, Stretch},
    room::Author,
};
use schema::{
    caller::Caller,
    change::Change,
    codec,
    id::{Id, OrgId},
    role::Role,
    room::RoomId,
    table::{Slot, Spec, Table as _},
};
use serde_json::{Value, json};
use storage::Range;
use uuid::Uuid;
use work::projects::tables::Task;

/// A project, and the organization that it is in.
async fn project(apart: &Apart, name: &str) -> (OrgId, Uuid) {
    let awa = apart.world.person("Awa", Role::Entrepreneur).await;
    let project = awa.project(name, &[]).await;
    let shown = expect(get(&awa.client(), &format!("/api/v1/projects/{project}/")).await, 200);
    (Id::new(shown["org_id"].as_str().unwrap().parse().unwrap()), project)
}

/// Wishes, in a commit of the project's room, for a task in so many seconds.
async fn wish(apart: &Apart, (org, project): (OrgId, Uuid), seconds: i64, title: &str) {
    let mut change = Change::new();
    change.unaudited();
    change.later(
        apart.clock.now().plus_seconds(seconds),
        "CreateTask",
        json!({"project_id": project, "title": title}),
    );
    let caller = Caller::system(org);
    let command = Command { caller: caller.user, key: format!("wish for {title}"), hash: [0; 32] };
    let author = Author::of(&caller, "WishInTest", None);
    let directory = apart.server.engine().node().directory();
    directory.commit(&RoomId::new("project", project), command, author, change).await.unwrap();
}

/// Runs what is due, as the server does by itself, and answers the project's tasks by number.
async fn tasks(apart: &Apart, (_, project): (OrgId, Uuid)) -> Value {
    for _ in 0..3 {
        apart.server.engine().run_due().await.unwrap();
    }
    expect(get(&apart.world.admin(), &format!("/api/v1/projects/{project}/tasks/?sort=number")).await, 200)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_runs_once_after_its_instant_and_survives_a_restart() {
    let apart = Apart::in_slow_motion().await;
    let home = project(&apart, "Échéances").await;
    wish(&apart, home, 60, "dans une minute").await;
    wish(&apart, home, 60, "en même temps").await;
    wish(&apart, home, 120, "dans deux minutes").await;
    wish(&apart, home, 86_400, "demain").await;

    let before = tasks(&apart, home).await;
    apart.clock.advance_ms(60_000);
    let after_one = tasks(&apart, home).await;
    apart.clock.advance_ms(600_000);
    let apart = apart.again().await;
    let overdue = tasks(&apart, home).await;
    let settled = apart.server.engine().run_due().await.unwrap();

    assert_eq!(before["data"], json!([]));
    let mut at_once = column(&after_one, "title");
    at_once.sort_unstable();
    assert_eq!(at_once, ["dans une minute", "en même temps"]);
    assert_eq!(column(&overdue, "title")[2..], ["dans deux minutes"], "what was missed is caught up, once");
    assert_eq!(overdue["data"][2]["created_by"], Value::Null, "in the server's own name");
    assert_eq!(settled, 0, "nothing else is due");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_that_can_never_run_is_settled_and_holds_no_other_up() {
    let apart = Apart::in_slow_motion().await;
    let home = project(&apart, "Sans suite").await;

    wish(&apart, home, 1, "").await;
    wish(&apart, home, 2, "suite").await;
    apart.clock.advance_ms(5_000);

    assert_eq!(column(&tasks(&apart, home).await, "title"), ["suite"]);
    assert_eq!(apart.server.engine().run_due().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn stretches_of_time_are_looked_at_until_they_are_long_over() {
    let apart = Apart::in_slow_motion().await;
    let home = project(&apart, "Horloge").await;
    let start = apart.clock.now();
    let (soon, later) = (60, 3 * 86_400);
    wish(&apart, home, soon, "bientôt").await;
    wish(&apart, home, later, "dans trois jours").await;

    apart.clock.advance_ms(2 * 3_600_000);
    let first = (made(&apart, home).await, listed(&apart).await);
    apart.clock.advance_ms(2 * 86_400_000);
    let second = (made(&apart, home).await, listed(&apart).await);
    // Whoever wishes for what is long past is not forgotten either.
    let past = -2 * 86_400 - 3_600;
    let long_ago = apart.clock.now().plus_seconds(past);
    wish(&apart, home, past, "très en retard").await;
    let waiting = listed(&apart).await.contains(&Stretch::of(long_ago));
    let third = made(&apart, home).await;

    let (soon, later) = (Stretch::of(start.plus_seconds(soon)), Stretch::of(start.plus_seconds(later)));
    assert_eq!((first.0, first.1.contains(&soon), first.1.contains(&later)), (1, true, true));
    assert_eq!(second.0, 1);
    assert!(!second.1.contains(&soon) && second.1.contains(&later), "what is long over is looked at no more");
    assert_eq!((waiting, third), (true, 2));
}

/// How many tasks there are, whoever's sign-in is over by now.
async fn made(apart: &Apart, (_, project): (OrgId, Uuid)) -> usize {
    let engine = apart.server.engine();
    for _ in 0..3 {
        engine.run_due().await.unwrap();
    }
    let rows = Range::partition(
        Slot::Rows.number(Task::SPEC.id),
        Spec::partition(&RoomId::new("project", project)),
        9,
    );
    engine.node().store().scan(&rows).await.unwrap().len()
}

/// The stretches of time that are listed.
async fn listed(apart: &Apart) -> Vec<Stretch> {
    let list = Range::partition(STRETCHES, Stretch::list(), usize::MAX);
    let rows = apart.server.engine().node().store().scan(&list).await.unwrap();
    rows.iter().map(|row| codec::from_msgpack(&row.value).unwrap()).collect()
}
