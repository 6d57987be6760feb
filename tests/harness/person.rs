//! Somebody who uses the product.

use super::{PASSWORD, World};
use gateway::client::{Ask, Client, Options, Socket};
use schema::{id::UserId, room::RoomId};
use serde_json::{Value, json};
use std::net::SocketAddr;
use uuid::Uuid;

/// A signed-in person.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) world: World,
    pub(crate) id: UserId,
    pub(crate) email: String,
    pub(crate) token: String,
    pub(crate) refresh_token: String,
}

impl Person {
    /// The same person, at another server of the same world.
    pub(crate) fn at(&self, server: SocketAddr) -> Self {
        Self { world: self.world.seen_at(server), ..self.clone() }
    }

    /// Their REST client.
    pub(crate) fn client(&self) -> Client {
        self.world.anonymous().with_token(&self.token)
    }

    /// Proves who they are, for what gives rights away.
    pub(crate) async fn step_up(&self) {
        let (status, answer) = self.post("/api/v1/auth/step-up/", &json!({"password": PASSWORD})).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// POSTs and answers the body, whatever the status says, with the status.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let ask = Ask::new("POST".parse().unwrap(), path).json(body);
        let answer = self.client().send(ask).await.unwrap();
        (answer.status.as_u16(), answer.body)
    }

    /// GETs and answers the body with the status.
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.client().send(Ask::new("GET".parse().unwrap(), path)).await.unwrap();
        (answer.status.as_u16(), answer.body)
    }

    /// An open, signed-in socket.
    pub(crate) async fn socket(&self) -> Socket {
        self.socket_with(Options::default()).await
    }

    /// The same, opened in another way.
    pub(crate) async fn socket_with(&self, options: Options) -> Socket {
        let mut socket = Socket::connect_with(self.client().address(), &options).await.unwrap();
        socket.sign_in(&self.token).await.unwrap();
        socket
    }

    /// Their own room.
    pub(crate) fn inbox(&self) -> RoomId {
        RoomId::new("user", self.id.uuid())
    }

    /// A project of theirs, with these members.
    pub(crate) async fn project(&self, title: &str, members: &[&Self]) -> Uuid {
        let body = json!({"title": title, "due_date": "2030-12-31"});
        let (status, made) = self.post("/api/v1/projects/", &body).await;
        assert_eq!(status, 201, "{made}");
        let id: Uuid = made["id"].as_str().unwrap().parse().unwrap();
        for member in members {
            let body = json!({"user_id": member.id, "role": "member"});
            let (status, added) = self.post(&format!("/api/v1/projects/{id}/team/"), &body).await;
            assert_eq!(status, 201, "{added}");
        }
        id
    }

    /// A meeting of theirs that has begun, with these attendees.
    pub(crate) async fn meeting(&self, title: &str, attendees: &[&Self]) -> Uuid {
        let now = schema::clock::Clock::system().now();
        let ids: Vec<UserId> = attendees.iter().map(|person| person.id).collect();
        let body = json!({
            "title": title, "kind": "team_meeting", "start_at": now, "end_at": now.plus_seconds(7_200),
            "attendee_ids": ids,
        });
        let (status, made) = self.post("/api/v1/meetings/", &body).await;
        assert_eq!(status, 201, "{made}");
        made["id"].as_str().unwrap().parse().unwrap()
    }

    /// Says something in a meeting over REST; answers `{id, seq, at}`.
    pub(crate) async fn say(&self, meeting: Uuid, body: &str) -> Value {
        let message = json!({"client_id": Uuid::from_u128(rand_bits()), "body": body});
        let (status, said) = self.post(&format!("/api/v1/meetings/{meeting}/messages/"), &message).await;
        assert_eq!(status, 201, "{said}");
        said
    }

    /// Everything that was said in a meeting, page by page.
    pub(crate) async fn messages(&self, meeting: Uuid) -> Vec<Value> {
        let mut messages: Vec<Value> = Vec::new();
        loop {
            let after = messages.last().map_or(0, |last| last["seq"].as_u64().unwrap());
            let path = format!("/api/v1/meetings/{meeting}/messages/?after_seq={after}&limit=100");
            let (status, page) = self.get(&path).await;
            assert_eq!(status, 200, "{page}");
            let page = page["data"].as_array().unwrap();
            if page.is_empty() {
                return messages;
            }
            messages.extend(page.iter().cloned());
        }
    }
}

/// Bits for names that must be new.
pub(crate) fn rand_bits() -> u128 {
    u128::from_be_bytes(schema::clock::Clock::system().random())
}
