//! The room's actor. It keeps two lists, what waits and what is being written, and never awaits a slow
//! peer: writing and reacting are tasks that report back.

use super::{
    Head, Known, Pending, Receipt,
    command::recall,
    commit::{Failed, commit},
    group::{Group, Place, Sealed},
    head::take_over,
    part::Counters,
    reactor,
};
use crate::{Directory, Error, audience::Frame, own};
use bytes::Bytes;
use futures_util::FutureExt as _;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use schema::room::RoomId;
use std::{collections::VecDeque, panic::AssertUnwindSafe, sync::Arc, time::Duration};
use storage::{Batch, Plain, Write};
use tokio::time::Instant;
use tracing::{debug, warn};

/// How long a log that could not be walked to its end is left alone.
const WALK_AGAIN: Duration = Duration::from_millis(500);

/// The actor type; all its data is in [`State`].
pub(crate) struct Room;

pub(crate) struct Args {
    pub(crate) id: RoomId,
    pub(crate) known: Arc<Known>,
    pub(crate) directory: Directory,
}

pub(crate) enum Message {
    /// A change that wants in.
    Submit(Pending),
    /// The running write reports.
    Written(Box<Written>),
    /// The running write panicked.
    Fell,
    /// Reactions are finished up to this event.
    Reacted(u64),
    /// Leave if there is nothing to do.
    Sweep,
    /// The room lives elsewhere now: finish the write that is under way, and go.
    Yield,
}

pub(crate) struct State {
    id: RoomId,
    known: Arc<Known>,
    directory: Directory,
    head: Head,
    /// Drawn at this waking; see [`schema::log::Entry::waking`].
    waking: u64,
    counters: Counters,
    pending: VecDeque<Pending>,
    writing: bool,
    reacting: bool,
    /// Listed among the rooms with unfinished business: from before its first commit until all is quiet.
    open: bool,
    /// It goes once the write that is under way is finished.
    going: bool,
    /// It has written since it woke: no home before this one can write any more.
    alone: bool,
    active: Instant,
}

/// What a finished write brings back.
pub(crate) struct Written {
    head: Head,
    counters: Counters,
    frames: Vec<Frame>,
    receipts: Vec<(Pending, Result<Receipt, Error>)>,
    /// Taken out of the list but not looked at: they go back to its front.
    left_over: VecDeque<Pending>,
    /// Some event of the group sets something off.
    reacts: bool,
    /// The list of rooms with unfinished business names it now.
    noted: bool,
    /// The log is not where this actor believed: it must wake again.
    step_back: bool,
}

impl Actor for Room {
    type Msg = Message;
    type State = State;
    type Arguments = Args;

    /// Waking: the log says where the room stands, and what reactions are owed.
    async fn pre_start(&self, myself: ActorRef<Message>, args: Args) -> Result<State, ActorProcessingErr> {
        let Args { id, known, directory } = args;
        let (head, open) = take_over(&directory.env, &id).await?;
        let waking = u64::from_be_bytes(directory.env.clock.random());
        let mut state = State {
            id,
            known,
            directory,
            head,
            waking,
            counters: Counters::new(),
            pending: VecDeque::new(),
            writing: false,
            reacting: false,
            open,
            going: false,
            alone: false,
            active: Instant::now(),
        };
        state.known.ends_at(head);
        // A predecessor may have fallen between writing and telling.
        state.directory.env.tell_head(&state.id, head.seq);
        state.recall_commands();
        if head.reacted < head.seq {
            state.react(&myself);
        }
        debug!(room = %state.id, seq = head.seq, "room woke");
        Ok(state)
    }

    async fn handle(
        &self,
        myself: ActorRef<Message>,
        message: Message,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Message::Submit(pending) => {
                state.active = Instant::now();
                state.pending.push_back(pending);
            }
            Message::Written(written) => {
                state.finish(*written, &myself);
            }
            Message::Fell => {
                state.directory.settle(&state.id);
                return Err("a change made the room panic".into());
            }
            Message::Reacted(seq) => {
                state.reacting = false;
                state.head.reacted = state.head.reacted.max(seq);
                if state.head.reacted < state.head.seq {
                    state.react(&myself);
                }
            }
            Message::Sweep => {
                state.sweep(&myself);
                return Ok(());
            }
            Message::Yield => {
                state.going = true;
            }
        }
        state.write_next(&myself);
        Ok(())
    }
}

impl State {
    /// Starts the next group if none is being written.
    fn write_next(&mut self, myself: &ActorRef<Message>) {
        if self.going && !self.writing {
            // Those who wait send their changes again, to where the room lives.
            self.pending.clear();
            if self.open && self.alone && self.is_level() {
                // Whoever homes it next need not wake it to find that out.
                self.leave_the_list();
            }
            return myself.stop(Some("it lives elsewhere now".into()));
        }
        if self.writing || self.pending.is_empty() {
            return;
        }
        self.writing = true;
        let group = std::mem::take(&mut self.pending);
        let counters = std::mem::take(&mut self.counters);
        let place = Place {
            id: self.id.clone(),
            env: Arc::clone(&self.directory.env),
            known: Arc::clone(&self.known),
            head: self.head,
            waking: self.waking,
            // A note of the home before may be taken away yet, by that one: the first commit makes its own.
            open: self.open && self.alone,
        };
        let myself = myself.clone();
        tokio::spawn(async move {
            let work = Box::pin(write(place, counters, group));
            let report = match AssertUnwindSafe(work).catch_unwind().await {
                Ok(written) => Message::Written(Box::new(written)),
                Err(_) => Message::Fell,
            };
            // A room that is gone has dropped its list; the handles will send their changes again.
            let _ = myself.send_message(report);
        });
    }

    /// Told second, answered last.
    fn finish(&mut self, written: Written, myself: &ActorRef<Message>) {
        self.writing = false;
        self.active = Instant::now();
        let level = self.is_level();
        self.head = Head { reacted: self.head.reacted, ..written.head };
        self.alone |= written.noted;
        if !written.step_back {
            self.known.ends_at(self.head);
        }
        self.counters = written.counters;
        self.open |= written.noted;
        if !written.frames.is_empty() {
            self.directory.env.tell(&self.id, written.frames);
        }
        for (pending, receipt) in written.receipts {
            let Pending { receipt: port, permits, .. } = pending;
            // The caller may have gone away; the commit stands all the same.
            let _ = port.send(receipt);
            drop(permits);
        }
        for pending in written.left_over.into_iter().rev() {
            self.pending.push_front(pending);
        }
        if written.step_back {
            self.pending.clear();
            self.directory.settle(&self.id);
            myself.stop(Some("the log is ahead".into()));
        } else if written.reacts {
            self.react(myself);
        } else if level {
            // Nothing here sets anything off: the watermark follows without a walk.
            self.head.reacted = self.head.seq;
        }
    }

    /// Walks the log from the watermark in a task of its own.
    fn react(&mut self, myself: &ActorRef<Message>) {
        if self.reacting {
            return;
        }
        self.reacting = true;
        let (id, env) = (self.id.clone(), Arc::clone(&self.directory.env));
        let (walk, myself) = (self.head.reacted..self.head.seq, myself.clone());
        tokio::spawn(async move {
            let end = walk.end;
            let reached = reactor::walk(&id, &env, walk).await;
            if reached < end {
                // The log could not be read that far: asking at once would only ask more often.
                tokio::time::sleep(WALK_AGAIN).await;
            }
            let _ = myself.send_message(Message::Reacted(reached));
        });
    }

    fn sweep(&mut self, myself: &ActorRef<Message>) {
        if self.writing || !self.pending.is_empty() || !self.is_level() {
            return;
        }
        if self.open && !self.alone {
            // A home before this one may still believe in its note, and write without making another. A commit
            // of nothing ends that.
            self.directory.settle(&self.id);
        } else if self.open {
            self.leave_the_list();
        }
        if self.active.elapsed() > Duration::from_millis(self.directory.env.config.idle_ms) {
            myself.stop(None);
        }
    }

    /// Whether everything that was told has set off what it had to.
    const fn is_level(&self) -> bool {
        self.head.reacted == self.head.seq && !self.reacting
    }

    /// It has no unfinished business any more.
    fn leave_the_list(&mut self) {
        self.open = false;
        let (env, key) = (Arc::clone(&self.directory.env), own::open_room_key(&self.id));
        // Under the stamp of the last commit: the note of the next one is newer, whoever makes it.
        let plain = Plain { writes: vec![Write::Delete(key)], stamp: Some(self.head.stamp) };
        tokio::spawn(async move { env.store.apply(Batch::Plain(plain)).await });
    }

    fn recall_commands(&self) {
        let (id, env, known) = (self.id.clone(), Arc::clone(&self.directory.env), Arc::clone(&self.known));
        tokio::spawn(async move { recall(&env.store, &id, env.clock.now(), &known).await });
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.known.end();
    }
}

/// One group: admit what fits, seal, write, find out what became of it.
async fn write(place: Place, counters: Counters, mut waiting: VecDeque<Pending>) -> Written {
    let Place { id, env, head, open, .. } = &place;
    let mut group = Group::new(&place, counters);
    let mut receipts = Vec::with_capacity(waiting.len());
    while !group.is_full() {
        let Some(pending) = waiting.pop_front() else { break };
        pending.submission.begin();
        let receipt = group.admit(&pending.submission).await;
        pending.submission.survived();
        let alone = pending.submission.change.alone_since.is_some();
        receipts.push((pending, receipt));
        if alone {
            break;
        }
    }
    let mut written = Written {
        head: *head,
        counters: Counters::new(),
        frames: Vec::new(),
        receipts,
        left_over: waiting,
        reacts: false,
        noted: false,
        step_back: false,
    };
    let Some(mut sealed) = seal(group, &mut written) else { return written };
    if !env.homes(id) {
        // The process may have stood still since the changes were admitted.
        written.receipts.retain(|(_, receipt)| receipt.is_err());
        written.step_back = true;
        return written;
    }
    let reacts = sealed.entry.events.iter().any(|told| env.host().reacts(told));
    let note = (!open).then(|| Write::Put(own::open_room_key(id), Bytes::new()));
    let outcome = commit(id, env, &mut sealed, note).await;
    match outcome {
        Ok(()) => {
            written.head.commit = sealed.entry.commit;
            written.head.seq = sealed.entry.last_seq();
            written.head.stamp = sealed.entry.stamp;
            written.reacts = reacts;
            written.noted = true;
            env.host().committed(id, written.head.commit, &sealed.images);
            written.frames = frames(sealed.entry);
            written.counters = sealed.counters;
        }
        Err(failed) => {
            warn!(room = %id, ?failed, "a group was not written");
            written.step_back = true;
            // Refusals stand; acceptances do not. What was fenced is certain not to have happened: its
            // port is dropped, and its sender tries again with the room woken anew.
            match failed {
                Failed::Fenced => written.receipts.retain(|(_, receipt)| receipt.is_err()),
                Failed::Unknown => {
                    for (_, receipt) in written.receipts.iter_mut().filter(|(_, receipt)| receipt.is_ok()) {
                        *receipt = Err(Error::OutcomeUnknown);
                    }
                }
            }
        }
    }
    written
}

fn seal(group: Group<'_>, written: &mut Written) -> Option<Sealed> {
    if group.has_changes() {
        return group.seal();
    }
    written.counters = group.counters();
    None
}

fn frames(entry: schema::log::Entry) -> Vec<Frame> {
    let ts = entry.at.ms();
    (entry.first_seq..).zip(entry.events).map(|(seq, told)| Frame::new(seq, ts, told)).collect()
}
