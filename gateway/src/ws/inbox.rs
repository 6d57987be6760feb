//! What a client asked for and nobody has handled yet, bounded in messages and bytes. A worker is started
//! when something arrives and ends when nothing is left, so that a quiet session costs no task.

use super::Config;
use actors::outbox::Outbox;
use parking_lot::Mutex;
use std::{collections::VecDeque, task::Waker};

/// The queue of one connection.
#[derive(Debug, Default)]
pub(super) struct Inbox(Mutex<Queue>);

#[derive(Debug, Default)]
struct Queue {
    messages: VecDeque<Vec<u8>>,
    bytes: usize,
    /// A worker is taking messages out, or has been asked to.
    working: bool,
    /// The connection is over: nothing is taken in or given out any more.
    over: bool,
    /// The pump, waiting for room.
    blocked: Option<Waker>,
}

impl Queue {
    fn is_full(&self, config: &Config) -> bool {
        self.messages.len() >= config.queue_messages_max || self.bytes >= config.queue_bytes_max
    }
}

/// Whether somebody has to be set to work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Worker {
    /// Start one.
    Wanted,
    /// One is there, or there is nothing to do.
    NotWanted,
}

impl Inbox {
    /// One whose worker is there already, and will take its first message when it is ready to.
    pub(super) fn at_work() -> Self {
        Self(Mutex::new(Queue { working: true, ..Queue::default() }))
    }

    /// Puts a message in. Whoever calls has asked [`Inbox::is_full`] first.
    pub(super) fn put(&self, message: Vec<u8>) -> Worker {
        let mut queue = self.0.lock();
        if queue.over {
            return Worker::NotWanted;
        }
        queue.bytes += message.len();
        queue.messages.push_back(message);
        wanted(&mut queue)
    }

    /// True while nothing waits and no worker is there: what is answered now is answered in its turn.
    pub(super) fn is_idle(&self) -> bool {
        let queue = self.0.lock();
        !queue.working && !queue.over && queue.messages.is_empty()
    }

    /// The next message for a worker. `None` ends the worker: there is nothing to do, or no room for the
    /// replies of somebody who does not read.
    pub(super) fn take(&self, outbox: &Outbox) -> Option<Vec<u8>> {
        let mut queue = self.0.lock();
        let message = if outbox.is_half_full() { None } else { queue.messages.pop_front() };
        match &message {
            Some(message) => queue.bytes -= message.len(),
            None => queue.working = false,
        }
        if queue.messages.is_empty() {
            // A burst's capacity is not kept for the quiet hours after it.
            queue.messages = VecDeque::new();
        }
        let blocked = queue.blocked.take();
        drop(queue);
        if let Some(pump) = blocked {
            pump.wake();
        }
        message
    }

    /// Asked by the pump whenever it is awake: messages that were left for want of room are taken up again.
    pub(super) fn resume(&self, outbox: &Outbox) -> Worker {
        let mut queue = self.0.lock();
        if queue.messages.is_empty() || outbox.is_half_full() {
            return Worker::NotWanted;
        }
        wanted(&mut queue)
    }

    /// True when nothing more may be put in for now.
    pub(super) fn is_full(&self, config: &Config) -> bool {
        self.0.lock().is_full(config)
    }

    /// The same; when it is full, this waker is woken once it is not.
    pub(super) fn is_full_for(&self, pump: &Waker, config: &Config) -> bool {
        let mut queue = self.0.lock();
        let full = queue.is_full(config);
        if full {
            queue.blocked = Some(pump.clone());
        }
        full
    }

    /// Forgets everything: the connection is over.
    pub(super) fn end(&self) {
        let mut queue = self.0.lock();
        *queue = Queue { working: queue.working, over: true, ..Queue::default() };
    }
}

fn wanted(queue: &mut Queue) -> Worker {
    if std::mem::replace(&mut queue.working, true) { Worker::NotWanted } else { Worker::Wanted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actors::outbox::{Line, Memory};
    use bytes::Bytes;
    use schema::codec::Codec;

    fn outbox(capacity: usize) -> Outbox {
        let memory = Memory { capacity, ..Memory::default() };
        Outbox::new(1, Codec::MsgPack, Line::memory(memory), 100, 0)
    }

    #[test]
    fn one_worker_is_wanted_for_many_messages_and_another_only_after_it_ended() {
        let (inbox, outbox) = (Inbox::default(), outbox(1_000));

        assert!(inbox.is_idle());
        assert_eq!(inbox.put(vec![1]), Worker::Wanted);
        assert_eq!(inbox.put(vec![2]), Worker::NotWanted);
        assert_eq!(inbox.take(&outbox), Some(vec![1]));
        assert_eq!(inbox.take(&outbox), Some(vec![2]));
        assert!(!inbox.is_idle(), "the last one may still be being answered");
        assert_eq!(inbox.take(&outbox), None);
        assert!(inbox.is_idle());

        assert_eq!(inbox.put(vec![3]), Worker::Wanted);
    }

    #[test]
    fn nothing_is_handled_for_somebody_who_does_not_read() {
        let (inbox, outbox) = (Inbox::default(), outbox(0));
        outbox.insist(&Bytes::from(vec![0; 80]));
        inbox.put(vec![1]);

        assert_eq!(inbox.take(&outbox), None, "its reply would have no room");
        assert_eq!(inbox.resume(&outbox), Worker::NotWanted);

        if let Line::Memory(memory) = &outbox.line {
            memory.lock().capacity = 1_000;
        }
        outbox.flush(0).unwrap();
        assert_eq!(inbox.resume(&outbox), Worker::Wanted);
        assert_eq!(inbox.take(&outbox), Some(vec![1]));
    }

    #[test]
    fn it_is_full_by_number_or_by_size() {
        let config = Config { queue_messages_max: 3, queue_bytes_max: 100, ..Config::default() };

        let many = Inbox::default();
        for _ in 0..3 {
            many.put(vec![]);
        }
        let large = Inbox::default();
        large.put(vec![0; 100]);

        assert!(many.is_full(&config) && large.is_full(&config));
    }
}
