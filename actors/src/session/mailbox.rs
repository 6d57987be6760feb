//! A session's address and its mail. A session is an actor: its messages are handled one at a time, in the
//! order they came, by a task of their own, and whatever happens in there happens to nobody else. The task
//! is there only while there is mail, because a quarter of a million sessions wait nearly all the time, and
//! a resident task with its channels is most of what a quiet session would weigh.

use super::{Message, actor::Session};
use crate::outbox::{Close, Outbox};
use futures_util::FutureExt as _;
use parking_lot::Mutex;
use std::{collections::VecDeque, panic::AssertUnwindSafe, sync::Arc};
use tracing::error;

/// Where a session is reached; cheap to clone.
#[derive(Clone)]
pub struct Address(Arc<Mailbox>);

/// The session is over, or ending: nothing is handled any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the session is over")]
pub struct Gone;

struct Mailbox {
    /// Closed when the session falls.
    outbox: Arc<Outbox>,
    mail: Mutex<Mail>,
}

struct Mail {
    waiting: VecDeque<Message>,
    /// The session, while there is no mail; a task that goes through the mail has it meanwhile.
    resting: Option<Box<Session>>,
    /// Nothing is taken in any more; what is in was put there before.
    ending: bool,
}

impl Address {
    /// The mailbox of a session that is about to begin: it takes mail in already.
    pub(super) fn new(outbox: Arc<Outbox>) -> Self {
        let mail = Mail { waiting: VecDeque::new(), resting: None, ending: false };
        Self(Arc::new(Mailbox { outbox, mail: Mutex::new(mail) }))
    }

    /// The session begins, with the mail that came meanwhile.
    pub(super) fn begin(&self, session: Box<Session>) {
        let mut mail = self.0.mail.lock();
        mail.resting = Some(session);
        if mail.ending || !mail.waiting.is_empty() {
            self.set_to_work(&mut mail);
        }
    }

    /// Puts a message in. Who sends is a client's one worker, which waits for its answer, a room that stops a
    /// cursor, and an event about this person's sign-ins: all few, so the mail needs no bound of its own.
    ///
    /// # Errors
    /// When the session is over.
    pub fn send(&self, message: Message) -> Result<(), Gone> {
        let mut mail = self.0.mail.lock();
        if mail.ending {
            return Err(Gone);
        }
        mail.waiting.push_back(message);
        self.set_to_work(&mut mail);
        Ok(())
    }

    /// Ends the session once it has gone through its mail. Safe to repeat.
    pub(super) fn stop(&self) {
        let mut mail = self.0.mail.lock();
        if !std::mem::replace(&mut mail.ending, true) {
            self.set_to_work(&mut mail);
        }
    }

    fn set_to_work(&self, mail: &mut Mail) {
        if let Some(session) = mail.resting.take() {
            tokio::spawn(work(self.clone(), session));
        }
    }

    /// The next message, or the session's rest: with nothing to do it lies down again, or ends.
    fn next(&self, session: Box<Session>) -> Next {
        let mut mail = self.0.mail.lock();
        if let Some(message) = mail.waiting.pop_front() {
            return Next::Handle(session, message);
        }
        // A burst's capacity is not kept for the quiet hours after it.
        mail.waiting = VecDeque::new();
        if mail.ending {
            return Next::End(session);
        }
        mail.resting = Some(session);
        Next::Rest
    }

    /// A message made the session panic. Others notice nothing; its client is asked to come back.
    fn fell(&self) {
        let mut mail = self.0.mail.lock();
        (mail.ending, mail.waiting) = (true, VecDeque::new());
        drop(mail);
        error!(connection = self.0.outbox.id, "a session fell");
        metrics::counter!("actors_fallen_total", "of" => "sessions").increment(1);
        self.0.outbox.close(Close::BROKEN);
    }
}

enum Next {
    Handle(Box<Session>, Message),
    Rest,
    End(Box<Session>),
}

/// Goes through the mail. A fallen session still leaves its rooms, or its cursors would stay there.
async fn work(address: Address, mut session: Box<Session>) {
    loop {
        match address.next(session) {
            Next::Rest => return,
            Next::End(ending) => return leave(ending).await,
            Next::Handle(mut working, message) => {
                let handled = AssertUnwindSafe(working.handle(message, &address)).catch_unwind().await;
                if handled.is_err() {
                    address.fell();
                    return leave(working).await;
                }
                session = working;
            }
        }
    }
}

async fn leave(mut session: Box<Session>) {
    let _ = AssertUnwindSafe(session.part_all()).catch_unwind().await;
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address").field("connection", &self.0.outbox.id).finish_non_exhaustive()
    }
}
