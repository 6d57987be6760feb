//! Somebody who writes into halls, under named commands, often twice at once, and keeps every receipt. Now and
//! then a call is given up half-way and made again, as by a client whose connection broke.

use super::{
    host::{Peers, author, member},
    tables::{Member, Note},
};
use actors::{
    Error, Node, Sought,
    own::Command,
    room::{Receipt, Unseen},
};
use schema::{
    change::Change,
    clock::Clock,
    event::Hearing,
    id::{Id, UserId},
    reply::Reply,
    room::RoomId,
    time::Timestamp,
};
use serde_json::json;

/// What a writer knows of one of its commands in the end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// It has a receipt: the note is the hall's event of this number.
    Written(u64),
    /// It was refused for good.
    Refused,
    /// Its twins got two different receipts.
    Twice,
    /// It never got an answer it could rely on.
    Unknown,
}

/// One command and its fate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Done {
    pub(super) hall: RoomId,
    pub(super) writer: u64,
    pub(super) number: u64,
    pub(super) fate: Fate,
}

pub(super) struct Writer {
    pub(super) peers: Peers,
    pub(super) clock: Clock,
    /// How long the writer rests between two notes at most.
    pub(super) rest_ms: u64,
    pub(super) halls: Vec<RoomId>,
    pub(super) user: UserId,
    pub(super) me: u64,
    pub(super) notes: u64,
    /// Whom some notes are for.
    pub(super) readers: Vec<UserId>,
    /// One of the notes brings its room down.
    pub(super) poison: bool,
}

impl Writer {
    pub(super) async fn work(self) -> Vec<Done> {
        let mut done = Vec::new();
        for number in 0..self.notes {
            tokio::time::sleep(std::time::Duration::from_millis(self.clock.below(self.rest_ms))).await;
            let at = usize::try_from(self.clock.below(self.halls.len() as u64)).unwrap();
            let hall = self.halls[at].clone();
            let poisonous = self.poison && number == self.notes / 2;
            let fate = if self.clock.below(4) == 0 {
                let twin = || self.write(&hall, number, poisonous, false);
                let (one, two) = tokio::join!(twin(), twin());
                twins(one, two)
            } else {
                self.write(&hall, number, poisonous, true).await
            };
            done.push(Done { hall, writer: self.me, number, fate });
        }
        done
    }

    /// Writes one note under one command, repeating what is not known and what met a conflict.
    async fn write(&self, hall: &RoomId, number: u64, poisonous: bool, alone: bool) -> Fate {
        for _ in 0..400 {
            // A client is sent on to where the hall lives; while that is nowhere, it tries again.
            let Some(home) = self.peers.home(hall, self.clock.below(16)) else {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                continue;
            };
            let present = match member(&home, hall, self.user).await {
                Ok(Some(present)) => present,
                Ok(None) => return Fate::Refused,
                Err(_) => continue,
            };
            let command = Command { caller: self.user, key: format!("{}-{number}", self.me), hash: [7; 32] };
            let change = self.note(hall, number, &present, poisonous);
            match self.send(&home, hall, command, change, alone).await {
                Ok(receipt) => return Fate::Written(number_of(&receipt)),
                Err(Error::Poisonous) => return Fate::Refused,
                Err(
                    Error::Conflict
                    | Error::OutcomeUnknown
                    | Error::Overloaded(_)
                    | Error::Store(_)
                    | Error::Elsewhere,
                ) => {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
                Err(error) => panic!("a note can't be refused with {error}"),
            }
        }
        Fate::Unknown
    }

    /// Sends a change; whoever knows that nobody else sends the same looks first whether it is new.
    async fn send(
        &self,
        home: &Node,
        hall: &RoomId,
        command: Command,
        change: Change,
        alone: bool,
    ) -> Result<Receipt, Error> {
        let sending = async {
            let unseen = match alone {
                true => match home.directory().seek(hall, &command).await? {
                    Sought::Done(reply) => return Ok(Receipt { reply, seq: 0, replayed: true }),
                    Sought::New(unseen) => unseen,
                },
                false => Unseen::UNKNOWN,
            };
            home.directory().commit_unseen(hall, command, author(self.user), change, unseen).await
        };
        if self.clock.below(6) > 0 {
            return sending.await;
        }
        let patience = std::time::Duration::from_millis(self.clock.below(12));
        tokio::time::timeout(patience, sending).await.unwrap_or(Err(Error::OutcomeUnknown))
    }

    fn note(&self, hall: &RoomId, number: u64, present: &Member, poisonous: bool) -> Change {
        let mut change = Change::new();
        change.relies_on(present);
        let note = Note {
            id: self.clock.new_id(),
            seq: 0,
            hall_id: Id::new(hall.id()),
            writer: self.me,
            number,
            created_at: Timestamp::default(),
            version: 0,
        };
        let slot = change.insert(note);
        let for_whom = if number.is_multiple_of(3) { self.readers.clone() } else { Vec::new() };
        let me = self.me;
        let _ = change
            .tell("simulated.note.made", slot)
            .saying(move |_| {
                assert!(!poisonous, "this note is poison");
                json!({"writer": me, "number": number})
            })
            .notify(for_whom);
        change.reply(move |filled| Reply::ok(json!({"seq": filled.get(slot).map(|note| note.seq)})));
        change
    }
}

/// Takes somebody out of a hall, for good; answers the number of the event that did it.
pub(super) async fn remove(peers: &Peers, hall: &RoomId, user: UserId) -> u64 {
    let command = Command { caller: user, key: "remove".into(), hash: [9; 32] };
    // Read again after a conflict; repeated under its name when its outcome is not known.
    loop {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let Some(node) = peers.home(hall, 0) else { continue };
        let present = match member(&node, hall, user).await {
            Ok(Some(present)) => present,
            // It happened, but the receipt was lost: any change under this name gets the stored reply.
            Ok(None) => Member { hall_id: Id::new(hall.id()), user_id: user, version: 1 },
            Err(_) => continue,
        };
        let change = removal(&present);
        if let Ok(receipt) = node.directory().commit(hall, command.clone(), author(user), change).await {
            return number_of(&receipt);
        }
    }
}

fn removal(present: &Member) -> Change {
    let user = present.user_id;
    let mut change = Change::new();
    let slot = change.remove(present);
    let _ = change
        .tell("simulated.member.removed", slot)
        .saying(move |_| json!({"user": user}))
        .hearing(Hearing::Drop(user));
    change.reply(|filled| Reply::ok(json!({"seq": filled.first_seq})));
    change
}

fn number_of(receipt: &Receipt) -> u64 {
    receipt.reply.body["seq"].as_u64().expect("every reply names its event")
}

/// Twins must agree; one of them may have given up.
fn twins(one: Fate, two: Fate) -> Fate {
    match (one, two) {
        (Fate::Written(a), Fate::Written(b)) if a == b => Fate::Written(a),
        (Fate::Written(_), Fate::Written(_)) | (Fate::Twice, _) | (_, Fate::Twice) => Fate::Twice,
        (Fate::Written(a), _) | (_, Fate::Written(a)) => Fate::Written(a),
        (Fate::Unknown, _) | (_, Fate::Unknown) => Fate::Unknown,
        (Fate::Refused, Fate::Refused) => Fate::Refused,
    }
}
