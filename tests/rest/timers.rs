//! What is due later: a wish written with a commit, carried out once after its instant, also by a server
//! that was not there when it came.

use super::ask::{expect, get};
use crate::harness::{World, config, within};
use actors::{own::Command, room::Author};
use gateway::Server;
use schema::{
    caller::Caller,
    change::Change,
    id::{Id, OrgId},
    role::Role,
    room::RoomId,
    time::Timestamp,
};
use serde_json::{Value, json};
use std::{path::Path, time::Duration};
use uuid::Uuid;

/// Wishes, in a commit of the project's room, for a task at an instant.
async fn wish(server: &Server, (org, project): (OrgId, Uuid), at: Timestamp, title: &str) {
    let mut change = Change::new();
    change.unaudited();
    change.later(at, "CreateTask", json!({"project_id": project, "title": title}));
    let caller = Caller::system(org);
    let key = format!("wish {title} {at}");
    let command = Command { caller: caller.user, key, hash: [0; 32] };
    let room = RoomId::new("project", project);
    let author = Author::of(&caller, "WishInTest", None);
    server.engine().node().directory().commit(&room, command, author, change).await.unwrap();
}

struct Ground {
    server: Server,
    world: World,
}

async fn start(data: &Path) -> Ground {
    let server = Server::start(config(data)).await.unwrap();
    let world = World::at(server.addr());
    Ground { server, world }
}

impl Ground {
    fn in_ms(&self, ms: i64) -> Timestamp {
        Timestamp::from_ms(self.server.engine().node().clock().now().ms() + ms)
    }

    async fn titles(&self, project: Uuid) -> Vec<String> {
        let path = format!("/api/v1/projects/{project}/tasks/");
        let list = expect(get(&self.world.admin(), &path).await, 200);
        super::ask::column(&list, "title").into_iter().map(str::to_owned).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_runs_once_after_its_instant_and_survives_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path().join("data");
    let ground = start(&data).await;
    let awa = ground.world.person("Awa", Role::Entrepreneur).await;
    let project = awa.project("Échéances", &[]).await;
    let shown = expect(get(&awa.client(), &format!("/api/v1/projects/{project}/")).await, 200);
    let home = (Id::new(shown["org_id"].as_str().unwrap().parse().unwrap()), project);

    wish(&ground.server, home, ground.in_ms(0), "tout de suite").await;
    wish(&ground.server, home, ground.in_ms(3_600_000), "dans une heure").await;
    let after_restart = ground.in_ms(1_500);
    wish(&ground.server, home, after_restart, "après le redémarrage").await;
    for _ in 0..3 {
        ground.server.engine().run_due().await.unwrap();
    }

    assert_eq!(ground.titles(project).await, ["tout de suite"]);
    ground.server.drain().await;
    let wait = after_restart.ms() - schema::clock::Clock::system().now().ms();
    tokio::time::sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(0))).await;
    let ground = start(&data).await;
    within(async {
        // The server looks for itself, too; whoever comes first, it happens once.
        while ground.titles(project).await.len() < 2 {
            ground.server.engine().run_due().await.unwrap();
        }
    })
    .await;
    assert_eq!(ground.server.engine().run_due().await.unwrap(), 0, "nothing else is due");
    assert_eq!(ground.titles(project).await, ["tout de suite", "après le redémarrage"]);
    let task = expect(get(&ground.world.admin(), &format!("/api/v1/projects/{project}/tasks/?sort=number")).await, 200);
    assert_eq!(task["data"][1]["number"], 2, "{}", Value::Array(task["data"].as_array().unwrap().clone()));
}
