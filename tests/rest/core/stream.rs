//! A room as a stream of server-sent events: in order, without gaps, and gone on with where it was cut.

use crate::harness::{Person, within, world};
use schema::role::Role;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    net::{TcpStream, tcp::OwnedReadHalf},
};
use uuid::Uuid;

/// One event of a stream.
#[derive(Default, Debug, PartialEq)]
struct Event {
    id: String,
    name: String,
    data: Value,
}

/// A stream that is being read.
struct Stream {
    status: u16,
    lines: Lines<BufReader<OwnedReadHalf>>,
    _writing: tokio::net::tcp::OwnedWriteHalf,
}

impl Stream {
    /// Asks for a room's stream with these headers.
    async fn open(server: SocketAddr, room: &str, headers: &str) -> Self {
        let (reading, mut writing) = TcpStream::connect(server).await.unwrap().into_split();
        let ask = format!("GET /api/v1/core/rooms/{room}/stream/ HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
        writing.write_all(ask.as_bytes()).await.unwrap();
        let mut lines = BufReader::new(reading).lines();
        let first = lines.next_line().await.unwrap().unwrap();
        let status = first.split(' ').nth(1).unwrap().parse().unwrap();
        while lines.next_line().await.unwrap().is_some_and(|line| !line.is_empty()) {}
        Self { status, lines, _writing: writing }
    }

    async fn of(person: &Person, room: &str, last: Option<&str>) -> Self {
        let mut headers = format!("Authorization: Bearer {}\r\n", person.token);
        if let Some(last) = last {
            headers.push_str(&format!("Last-Event-ID: {last}\r\n"));
        }
        within(Self::open(person.world.address, room, &headers)).await
    }

    /// The next event. Lengths of chunks stand between, and belong to HTTP.
    async fn next(&mut self) -> Event {
        within(async {
            let mut event = Event::default();
            loop {
                let line = self.lines.next_line().await.unwrap().expect("the stream goes on");
                match line.split_once(": ") {
                    Some(("id", id)) => id.clone_into(&mut event.id),
                    Some(("event", name)) => name.clone_into(&mut event.name),
                    Some(("data", data)) => event.data = serde_json::from_str(data).unwrap(),
                    None if line.is_empty() && !event.name.is_empty() => return event,
                    _ => {}
                }
            }
        })
        .await
    }
}

async fn task(person: &Person, project: Uuid, title: &str) {
    let path = format!("/api/v1/projects/{project}/tasks/");
    assert_eq!(person.post(&path, &json!({"title": title})).await.0, 201);
}

#[tokio::test]
async fn a_stream_tells_what_happens_and_goes_on_where_it_was_cut() {
    let awa = world().person("Awa", Role::Entrepreneur).await;
    let project = awa.project("Flux", &[]).await;
    let room = format!("project:{project}");

    let mut stream = Stream::of(&awa, &room, None).await;
    let joined = stream.next().await;
    task(&awa, project, "Une").await;
    let first = stream.next().await;
    drop(stream);
    for title in ["Deux", "Trois", "Quatre"] {
        task(&awa, project, title).await;
    }
    let mut stream = Stream::of(&awa, &room, Some(&first.id)).await;
    let back = stream.next().await;
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(stream.next().await);
    }
    task(&awa, project, "Cinq").await;
    let live = stream.next().await;

    assert_eq!((stream.status, joined.name.as_str()), (200, "joined"));
    assert_eq!(first.name, "projects.task.created");
    assert_eq!(first.data["event"]["data"]["changed"]["title"], "Une");
    assert_eq!(
        (back.data["missed"].as_u64(), back.id.as_str()),
        (Some(3), ""),
        "cut off now, it would begin again"
    );
    let seqs: Vec<u64> = told.iter().chain([&live]).filter_map(|event| event.data["seq"].as_u64()).collect();
    let begin = first.data["seq"].as_u64().unwrap();
    assert_eq!(seqs, [begin + 1, begin + 2, begin + 3, begin + 4]);
    assert_eq!(live.id.split(':').nth(1), Some((begin + 4).to_string().as_str()));
}

#[tokio::test]
async fn who_may_not_hear_a_room_gets_a_refusal_and_no_stream() {
    let awa = world().person("Awa", Role::Entrepreneur).await;
    let kofi = world().person("Kofi", Role::Student).await;
    let room = format!("project:{}", awa.project("Fermé", &[]).await);
    let server = awa.world.address;

    let nobody = within(Stream::open(server, &room, "")).await;
    let stranger = Stream::of(&kofi, &room, None).await;
    let nonsense = Stream::of(&awa, "gardens", None).await;
    let mistaken = Stream::of(&awa, &room, Some("yesterday")).await;
    let mut elsewhere = Stream::of(&awa, &room, Some("0000000000000000:1")).await;

    assert_eq!([nobody.status, stranger.status, nonsense.status, mistaken.status], [401, 404, 404, 422]);
    assert_eq!(
        [elsewhere.next().await.name, elsewhere.next().await.name],
        ["joined", "resync"],
        "of another log"
    );
}

#[tokio::test]
async fn a_program_listens_with_its_key_and_is_cut_off_with_it() {
    let awa = world().person("Awa", Role::Entrepreneur).await;
    let project = awa.project("Intégration", &[]).await;
    awa.step_up().await;
    let body = json!({"name": "Tableau de bord", "scopes": ["projects:read"]});
    let (status, made) = awa.post("/api/v1/auth/api-keys/", &body).await;
    assert_eq!(status, 200, "{made}");
    let headers = format!("Authorization: Bearer {}\r\n", made["secret"].as_str().unwrap());
    let server = awa.world.address;

    let mut stream = within(Stream::open(server, &format!("project:{project}"), &headers)).await;
    let joined = (stream.status, stream.next().await.name);
    task(&awa, project, "Une").await;
    let heard = stream.next().await;
    let key = format!("/api/v1/auth/api-keys/{}/", made["id"].as_str().unwrap());
    let revoked = awa.client().delete(&key).await.unwrap().status.as_u16();
    let after = within(async {
        // Whatever was under way may still be told; then it ends.
        while let Ok(Some(line)) = stream.lines.next_line().await {
            // The last chunk of a body is empty.
            if line == "0" {
                return;
            }
        }
    });
    after.await;

    assert_eq!(revoked, 204);
    assert_eq!(joined, (200, "joined".to_owned()));
    assert_eq!(heard.name, "projects.task.created");
}
