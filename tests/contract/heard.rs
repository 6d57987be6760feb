//! The samples against a real server: every request among them is accepted, every answer has the shape
//! of one of them, and a sample that nothing was like is noticed.

use super::samples::{KINDS, requests, responses};
use crate::harness::{Person, within, world};
use gateway::client::{Options, Socket};
use schema::{
    frame::{Kind, Request, Response},
    role::Role,
    room::RoomId,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Told only by a server that is about to end, and looked at where that is proven.
const UNHEARD: Kind = Kind::Goaway;

/// Members that are there or not, or belong to the operation: no part of the frame's shape.
const FREE: [&str; 5] = ["room", "d.etag", "d.location", "d.body", "d.events[].d"];

/// A socket, and everything that was heard on it.
struct Ear {
    socket: Socket,
    heard: Vec<Response>,
}

impl Ear {
    /// Sends a request and waits for its answer.
    async fn ask(&mut self, request: &Request) -> Response {
        self.socket.send(request).await.unwrap();
        self.until(|response| response.reference == request.reference).await
    }

    /// Listens until something is heard.
    async fn until(&mut self, wanted: impl Fn(&Response) -> bool) -> Response {
        within(async {
            loop {
                let response = self.socket.next().await.expect("the socket is open");
                self.heard.push(response.clone());
                if wanted(&response) {
                    return response;
                }
            }
        })
        .await
    }
}

/// What the samples' ids stand for in this test.
struct Ground {
    awa: Person,
    moussa: Person,
    meeting: RoomId,
    project: Uuid,
    task: Value,
}

impl Ground {
    /// A sample with the ids and tokens of this test.
    fn real(&self, mut sample: Request) -> Request {
        let name = sample.name.clone().unwrap_or_else(|| sample.op.clone());
        sample.room = sample.room.map(|_| self.meeting.clone());
        match name.as_str() {
            "auth" | "refresh" => sample.d["token"] = json!(self.awa.token),
            "presence.watch" => sample.d["user_ids"] = json!([self.moussa.id]),
            "history" => sample.d["after_seq"] = json!(0),
            "CreateTask" => sample.d["project_id"] = json!(self.project),
            "EditTask" => sample.d["task_id"] = self.task.clone(),
            _ => {}
        }
        sample
    }
}

#[tokio::test]
async fn the_samples_are_what_a_server_says_and_understands() {
    let world = world();
    let (awa, moussa) =
        (world.person("Awa", Role::Entrepreneur).await, world.person("Moussa", Role::Student).await);
    let meeting = RoomId::new("meeting", awa.meeting("Point hebdomadaire", &[&moussa]).await);
    let project = awa.project("Maraîchage", &[]).await;
    let socket = Socket::connect_with(awa.client().address(), &Options::default()).await.unwrap();
    let (mut hers, mut his) =
        (Ear { socket, heard: Vec::new() }, Ear { socket: moussa.socket().await, heard: Vec::new() });
    let mut ground = Ground { awa, moussa: moussa.clone(), meeting, project, task: Value::Null };
    let (leave, staying): (Vec<_>, Vec<_>) =
        requests().into_iter().map(|(_, sample)| sample).partition(|sample| sample.op == "leave");

    for sample in staying {
        let answer = hers.ask(&ground.real(sample)).await;
        assert_ne!(answer.t, Kind::Error, "{answer:?}");
        if answer.d["body"]["project_id"] == json!(project) {
            ground.task = answer.d["body"]["id"].clone();
        }
    }
    his.socket.join(&ground.meeting, None).await.unwrap();
    his.socket.send(&about("whisper", &ground.meeting, json!({"kind": "typing", "on": true}))).await.unwrap();
    hers.until(|heard| heard.d["kind"] == "typing").await;
    hers.until(|heard| heard.d["name"] == "presence.diff" && heard.d["count"].is_number()).await;
    let busy = json!({"state": "busy"});
    moussa.client().put("/api/v1/users/me/presence/", &busy).await.unwrap();
    hers.until(|heard| heard.d["name"] == "presence.diff" && heard.d["count"].is_null()).await;
    let attendee = format!("/api/v1/meetings/{}/attendees/{}/", ground.meeting.id(), moussa.id);
    ground.awa.client().delete(&attendee).await.unwrap();
    his.until(|heard| heard.t == Kind::Revoked).await;
    hers.ask(&ground.real(leave[0].clone())).await;
    hers.ask(&about("join", &RoomId::new("meeting", Uuid::nil()), json!({}))).await;

    hers.heard.extend(his.heard);
    look_like_the_samples(&hers.heard);
}

fn about(op: &str, room: &RoomId, d: Value) -> Request {
    let (op, room, reference) = (op.to_owned(), Some(room.clone()), Some("own".to_owned()));
    Request { op, reference, room, d, ..Request::default() }
}

/// Every sample is like something heard, and every frame that is no event like a sample: events and
/// whispers differ from module to module.
#[track_caller]
fn look_like_the_samples(heard: &[Response]) {
    for kind in KINDS.into_iter().filter(|kind| *kind != UNHEARD) {
        let samples: Vec<_> = responses(kind).into_iter().map(|(_, sample)| shape(&sample)).collect();
        let shapes: Vec<_> = heard.iter().filter(|response| response.t == kind).map(shape).collect();
        for sample in &samples {
            assert!(shapes.contains(sample), "no {kind:?} is like {sample:#?}, but {shapes:#?}");
        }
        if !matches!(kind, Kind::Event | Kind::Ephemeral) {
            for shape in &shapes {
                assert!(samples.contains(shape), "no sample of {kind:?} is like {shape:#?}");
            }
        }
    }
}

/// The paths of all members.
fn shape(frame: &Response) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    collect(&serde_json::to_value(frame).unwrap(), String::new(), &mut paths);
    paths
}

fn collect(value: &Value, at: String, paths: &mut BTreeSet<String>) {
    match value {
        _ if FREE.contains(&&*at) => {}
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                let dot = if at.is_empty() { "" } else { "." };
                collect(member, format!("{at}{dot}{name}"), paths);
            }
        }
        Value::Array(list) if list.first().is_some_and(Value::is_object) => {
            collect(&list[0], format!("{at}[]"), paths);
        }
        _ => {
            paths.insert(at);
        }
    }
}
