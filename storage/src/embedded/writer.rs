//! The one thread that writes. It takes what waits, judges it in order of arrival, writes it as one
//! group with one fsync, and answers only then. After a failed commit it answers nobody with certainty
//! and takes nothing more: what reached the disk is known only to the next start.

use super::{Config, ends::Ends, files::Files, group::Group};
use crate::{Batch, Error, Outcome, stats::Counters};
use std::{
    io,
    sync::{Arc, OnceLock},
    thread::{self, JoinHandle},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

type Answer = oneshot::Sender<Result<Outcome, Error>>;

/// The handle on the thread. Dropping it waits until everything queued is written and answered.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Request>>,
    space: Arc<Semaphore>,
    space_max: u32,
    stopped: Arc<OnceLock<String>>,
    thread: Option<JoinHandle<()>>,
}

struct Request {
    batch: Batch,
    size: usize,
    answer: Answer,
    /// Its share of the queue's bytes, given back when the request is dropped.
    _space: OwnedSemaphorePermit,
}

impl Writer {
    pub(super) fn start(files: Arc<Files>, counters: Arc<Counters>, config: &Config) -> io::Result<Self> {
        let space_max = u32::try_from(config.queue_bytes_max).unwrap_or(u32::MAX).max(1);
        let (sender, queue) = mpsc::channel(config.queue_batches_max.max(1));
        let stopped = Arc::new(OnceLock::new());
        let (batches_max, bytes_max) = (config.group_batches_max.max(1), config.group_bytes_max);
        let linger = Duration::from_micros(config.linger_us);
        let worker = Worker {
            files,
            ends: Ends::default(),
            counters,
            queue,
            batches_max,
            bytes_max,
            linger,
            stopped: Arc::clone(&stopped),
        };
        let thread = thread::Builder::new().name("storage-writer".to_owned()).spawn(|| worker.run())?;
        let space = Arc::new(Semaphore::new(usize::try_from(space_max).unwrap_or(Semaphore::MAX_PERMITS)));
        Ok(Self { queue: Some(sender), space, space_max, stopped, thread: Some(thread) })
    }

    /// Queues a batch and waits for its fate. Dropping the future before the batch was queued drops the
    /// batch; after that it is written all the same.
    pub(super) async fn apply(&self, batch: Batch) -> Result<Outcome, Error> {
        let size = batch.measure()?;
        let share = u32::try_from(size).unwrap_or(u32::MAX).min(self.space_max);
        let space = Arc::clone(&self.space).acquire_many_owned(share).await.map_err(|_| self.reason())?;
        let queue = self.queue.as_ref().ok_or_else(|| self.reason())?;
        let (answer, fate) = oneshot::channel();
        queue.send(Request { batch, size, answer, _space: space }).await.map_err(|_| self.reason())?;
        // A writer that went down with the batch in hand may or may not have written it.
        fate.await.unwrap_or(Ok(Outcome::Unknown))
    }

    fn reason(&self) -> Error {
        Error::Stopped(self.stopped.get().cloned().unwrap_or_else(|| "the writer ended".to_owned()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer had panicked");
        }
    }
}

struct Worker {
    files: Arc<Files>,
    ends: Ends,
    counters: Arc<Counters>,
    queue: mpsc::Receiver<Request>,
    batches_max: usize,
    bytes_max: usize,
    linger: Duration,
    stopped: Arc<OnceLock<String>>,
}

impl Worker {
    fn run(mut self) {
        // A request that no longer fits into a group is the first of the next.
        let mut first = self.queue.blocking_recv();
        let mut busy = false;
        while let Some(request) = first.take() {
            if busy && self.queue.len() < self.batches_max {
                thread::sleep(self.linger);
            }
            let (requests, spare) = self.gather(request);
            // Several came at once: more are likely to be on their way.
            busy = requests.len() > 1;
            if let Err(error) = self.write(requests) {
                tracing::error!(%error, "commit failed, the store stops");
                return self.stop(error.to_string(), spare);
            }
            first = spare.or_else(|| self.queue.blocking_recv());
        }
    }

    fn gather(&mut self, first: Request) -> (Vec<Request>, Option<Request>) {
        let mut bytes = first.size;
        let mut requests = vec![first];
        while requests.len() < self.batches_max {
            let Ok(request) = self.queue.try_recv() else { return (requests, None) };
            bytes = bytes.saturating_add(request.size);
            if bytes > self.bytes_max {
                return (requests, Some(request));
            }
            requests.push(request);
        }
        (requests, None)
    }

    fn write(&mut self, requests: Vec<Request>) -> fjall::Result<()> {
        let mut group = Group::over(&self.files, &mut self.ends);
        let mut judged = Vec::with_capacity(requests.len());
        let mut bytes = 0;
        for Request { batch, size, answer, _space } in requests {
            let outcome = group.admit(batch);
            if matches!(outcome, Ok(Outcome::Applied)) {
                bytes += size;
            }
            judged.push((answer, outcome));
        }
        let (batches, rows) = (group.batches(), group.rows());
        let written = if batches == 0 { Ok(()) } else { self.files.commit(&group.into_writes()) };
        if written.is_ok() && batches > 0 {
            self.counters.add(batches, rows, bytes);
        }
        for (answer, outcome) in judged {
            // What was judged over a group that failed is as unknown as the group, refusals included.
            let outcome = if written.is_ok() { outcome } else { Ok(Outcome::Unknown) };
            let _ = answer.send(outcome);
        }
        written
    }

    fn stop(mut self, reason: String, spare: Option<Request>) {
        let _ = self.stopped.set(reason.clone());
        self.queue.close();
        for request in spare.into_iter().chain(std::iter::from_fn(|| self.queue.blocking_recv())) {
            let _ = request.answer.send(Err(Error::Stopped(reason.clone())));
        }
    }
}
