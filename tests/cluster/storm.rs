//! A conversation in bad weather: several people write and several listen, through whichever nodes answer, while
//! something happens to the nodes.

use super::{
    checker::{Heard, Said, check},
    nodes::Nodes,
};
use crate::harness::Person;
use gateway::client::Ask;
use schema::{frame::Kind, role::Role, room::RoomId};
use serde_json::json;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use uuid::Uuid;

const MEETINGS: usize = 4;
/// How long anybody waits for an answer before trying another node.
const PATIENCE: Duration = Duration::from_secs(15);

/// A conversation that goes on.
pub(super) struct Storm {
    rooms: Vec<Conversation>,
    over: watch::Sender<bool>,
    acknowledged: Arc<AtomicU64>,
    awa: Person,
}

struct Conversation {
    meeting: Uuid,
    speakers: Vec<JoinHandle<Vec<Said>>>,
    listeners: Vec<JoinHandle<Heard>>,
    /// What the listeners have to reach, once it is known.
    end: watch::Sender<Option<u64>>,
}

impl Storm {
    /// Begins to talk in several rooms, so that every node homes one or the other.
    pub(super) async fn begin(nodes: &Nodes, places: &[usize]) -> Self {
        let world = nodes.world();
        let awa = world.person("Awa", Role::Mentor).await;
        let moussa = world.person("Moussa", Role::Student).await;
        let addresses: Vec<SocketAddr> = places.iter().map(|place| nodes.at(*place)).collect();
        let (over, is_over) = watch::channel(false);
        let acknowledged = Arc::new(AtomicU64::new(0));
        let mut rooms = Vec::new();
        for n in 0..MEETINGS {
            let meeting = awa.meeting(&format!("Sous l'orage {n}"), &[&moussa]).await;
            let (end, is_end) = watch::channel(None);
            let listeners = (0..addresses.len()).map(|at| {
                let ear = Ear {
                    person: moussa.clone(),
                    meeting,
                    addresses: addresses.clone(),
                    at,
                    end: is_end.clone(),
                };
                tokio::spawn(ear.listen())
            });
            let listeners = listeners.collect();
            let speakers = (0..2).map(|speaker| {
                let mouth = Mouth {
                    person: awa.clone(),
                    meeting,
                    addresses: addresses.clone(),
                    at: n + speaker,
                    speaker,
                    over: is_over.clone(),
                    acknowledged: Arc::clone(&acknowledged),
                };
                tokio::spawn(mouth.speak())
            });
            rooms.push(Conversation { meeting, speakers: speakers.collect(), listeners, end });
        }
        let storm = Self { rooms, over, acknowledged, awa };
        storm.until_more(40).await;
        storm
    }

    /// Waits until so many more messages were acknowledged; answers how long that took.
    pub(super) async fn until_more(&self, more: u64) -> Duration {
        let (begun, from) = (Instant::now(), self.acknowledged.load(Ordering::Acquire));
        while self.acknowledged.load(Ordering::Acquire) < from + more {
            assert!(begun.elapsed() < Duration::from_secs(60), "nobody gets an answer any more");
            sleep(Duration::from_millis(20)).await;
        }
        begun.elapsed()
    }

    /// Ends the talk, reads everything back through this node, and says what is wrong.
    pub(super) async fn end(self, at: SocketAddr) -> Vec<String> {
        self.over.send_replace(true);
        let mut wrong = Vec::new();
        for Conversation { meeting, speakers, listeners, end } in self.rooms {
            let mut acknowledged = Vec::new();
            for speaker in speakers {
                acknowledged.extend(speaker.await.unwrap());
            }
            assert!(!acknowledged.is_empty(), "nobody said anything");
            let stored = history(&self.awa.at(at), meeting).await;
            end.send_replace(stored.last().map(|said| said.seq));
            let mut heard = Vec::new();
            for listener in listeners {
                heard.push(listener.await.unwrap());
            }
            wrong.extend(check(&acknowledged, &stored, &heard));
        }
        wrong
    }
}

/// Somebody who writes one message after the other, each until it is acknowledged.
struct Mouth {
    person: Person,
    meeting: Uuid,
    addresses: Vec<SocketAddr>,
    at: usize,
    speaker: usize,
    over: watch::Receiver<bool>,
    acknowledged: Arc<AtomicU64>,
}

impl Mouth {
    async fn speak(mut self) -> Vec<Said> {
        let mut acknowledged = Vec::new();
        for n in 0.. {
            if *self.over.borrow() {
                break;
            }
            let text = format!("{}/{n}", self.speaker);
            let client_id = Uuid::from_u128((self.speaker as u128) << 64 | n as u128);
            let message = json!({"client_id": client_id, "body": text});
            let path = format!("/api/v1/meetings/{}/messages/", self.meeting);
            let begun = Instant::now();
            let said = loop {
                assert!(begun.elapsed() < Duration::from_secs(60), "{text} is never acknowledged");
                let ask = Ask::new("POST".parse().unwrap(), &path).json(&message);
                let person = self.person.at(self.addresses[self.at % self.addresses.len()]);
                match timeout(PATIENCE, person.client().send(ask)).await {
                    Ok(Ok(answer)) if answer.status.as_u16() == 201 => break answer.body,
                    // It says that it can't at the moment, or that nobody knows: the same again.
                    Ok(Ok(answer)) if matches!(answer.status.as_u16(), 503 | 409) => {}
                    Ok(Ok(answer)) => panic!("{text} was refused: {} {}", answer.status, answer.body),
                    Ok(Err(_)) | Err(_) => {}
                }
                self.at += 1;
                sleep(Duration::from_millis(100)).await;
            };
            let (id, seq) = (said["id"].as_str().unwrap().to_owned(), said["seq"].as_u64().unwrap());
            acknowledged.push(Said { text, id, seq });
            self.acknowledged.fetch_add(1, Ordering::AcqRel);
            sleep(Duration::from_millis(15)).await;
        }
        acknowledged
    }
}

/// Somebody who listens, and comes back wherever there is a node.
struct Ear {
    person: Person,
    meeting: Uuid,
    addresses: Vec<SocketAddr>,
    at: usize,
    end: watch::Receiver<Option<u64>>,
}

impl Ear {
    async fn listen(mut self) -> Heard {
        let room = RoomId::new("meeting", self.meeting);
        let mut epoch: Option<String> = None;
        let mut heard = Heard::default();
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < Duration::from_secs(240), "a listener never hears the end");
            if self.is_done(&heard) {
                return heard;
            }
            let person = self.person.at(self.addresses[self.at % self.addresses.len()]);
            let last = heard.events.last().map_or(heard.after, |(seq, _)| *seq);
            let from = epoch.as_deref().map(|epoch| (epoch, last));
            let visit = async {
                let address = person.client().address().clone();
                let mut socket = gateway::client::Socket::connect(&address).await?;
                socket.sign_in(&person.token).await?;
                let joined = socket.join(&room, from).await?;
                Ok::<_, gateway::client::Error>((socket, joined))
            };
            let Ok(Ok((mut socket, joined))) = timeout(PATIENCE, visit).await else {
                self.at += 1;
                sleep(Duration::from_millis(100)).await;
                continue;
            };
            if epoch.is_none() {
                epoch = joined["epoch"].as_str().map(str::to_owned);
                heard.after = joined["seq"].as_u64().unwrap();
            }
            // A server that is stopped says nothing, and its clients notice by that: here, soon.
            while !self.is_done(&heard)
                && let Ok(Ok(response)) = timeout(Duration::from_secs(4), socket.next()).await
            {
                assert_ne!(response.t, Kind::Resync, "nobody has to reload: {response:?}");
                if response.t == Kind::Goaway {
                    break;
                }
                if response.t == Kind::Event {
                    let text = response.d["data"]["body"].as_str().map(str::to_owned);
                    heard.events.push((response.seq.unwrap(), text));
                }
            }
            self.at += 1;
        }
    }

    fn is_done(&self, heard: &Heard) -> bool {
        let reached = heard.events.last().map_or(heard.after, |(seq, _)| *seq);
        self.end.borrow().is_some_and(|end| reached >= end)
    }
}

async fn history(person: &Person, meeting: Uuid) -> Vec<Said> {
    let said = person.messages(meeting).await;
    let said = said.iter().map(|message| Said {
        text: message["body"].as_str().unwrap().to_owned(),
        id: message["id"].as_str().unwrap().to_owned(),
        seq: message["seq"].as_u64().unwrap(),
    });
    said.collect()
}
