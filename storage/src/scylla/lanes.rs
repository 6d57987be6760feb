//! How many asks are under way at once. Servers that are asked more than they can answer answer later and later,
//! until all of it comes too late; so what is too much waits here, batches and reads apart from each other. How many
//! reads are too many the servers show: where answers come late, fewer are asked for at once, and slowly more again.

use super::Config;
use crate::Error;
use parking_lot::Mutex;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, timeout},
};

/// An answer that takes longer than this had to wait for others. A healthy server needs a hundredth of it.
const LATE: Duration = Duration::from_millis(250);
/// However late the answers are, so many reads are under way.
const READS_MIN: usize = 16;

/// The ways to the servers; a handle without any is not held up.
#[derive(Clone)]
pub(super) struct Lanes(Option<Arc<Both>>);

struct Both {
    batches: Semaphore,
    reads: Reads,
    patience: Duration,
    /// The longest that a read waited for its turn since somebody asked, in milliseconds.
    waited_ms: AtomicU64,
}

/// The lane of the reads. When most answers of a round were late the limit falls by an eighth, else it rises by as
/// much: one that is late among many says nothing of the servers, and who was slowed down must not stay behind the others.
struct Reads {
    permits: Semaphore,
    most: usize,
    limit: Mutex<Limit>,
}

struct Limit {
    now: usize,
    /// Permits that are to be withdrawn when they come back.
    surplus: usize,
    /// Answers of this round, and those of them that were late.
    answers: usize,
    late: usize,
    /// When it began: what was asked before says nothing about the limit since.
    began_at: Instant,
}

/// A read under way.
pub(super) struct Turn<'a> {
    lane: &'a Reads,
    permit: Option<SemaphorePermit<'a>>,
    since: Instant,
}

impl Reads {
    fn new(most: usize) -> Self {
        let most = most.max(1);
        let limit = Limit { now: most, surplus: 0, answers: 0, late: 0, began_at: Instant::now() };
        Self { permits: Semaphore::new(most), most, limit: Mutex::new(limit) }
    }

    async fn turn(&self) -> Turn<'_> {
        // The semaphore is never closed.
        let permit = self.permits.acquire().await.ok();
        Turn { lane: self, permit, since: Instant::now() }
    }

    /// A read is over: what does it say of the limit? Answers whether its permit is to be withdrawn.
    fn learn(&self, since: Instant) -> bool {
        let mut limit = self.limit.lock();
        if since >= limit.began_at {
            limit.answers += 1;
            limit.late += usize::from(since.elapsed() >= LATE);
        }
        if limit.answers >= limit.now {
            let step = limit.now.div_ceil(8);
            let next = if limit.late * 2 > limit.answers {
                (limit.now - step).max(READS_MIN.min(self.most))
            } else {
                (limit.now + step).min(self.most)
            };
            limit.surplus += limit.now.saturating_sub(next);
            let more = next.saturating_sub(limit.now);
            let kept = more.min(limit.surplus);
            limit.surplus -= kept;
            self.permits.add_permits(more - kept);
            (limit.now, limit.answers, limit.late, limit.began_at) = (next, 0, 0, Instant::now());
        }
        let withdrawn = limit.surplus > 0;
        limit.surplus -= usize::from(withdrawn);
        withdrawn
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.lane.learn(self.since)
            && let Some(permit) = self.permit.take()
        {
            permit.forget();
        }
    }
}

impl Lanes {
    pub(super) fn new(config: &Config) -> Self {
        let batches = Semaphore::new(config.batches_max.max(1));
        let reads = Reads::new(config.reads_max);
        let (patience, waited_ms) = (config.request_wait(), AtomicU64::new(0));
        Self(Some(Arc::new(Both { batches, reads, patience, waited_ms })))
    }

    /// For the few asks on which all else hangs.
    pub(super) const fn open() -> Self {
        Self(None)
    }

    /// Waits for its turn: whoever writes has been counted before, by its room and its node. The semaphores are
    /// never closed.
    pub(super) async fn batch(&self) -> Option<SemaphorePermit<'_>> {
        self.0.as_deref()?.batches.acquire().await.ok()
    }

    /// Waits for its turn, but not for ever: nobody counts those who read.
    pub(super) async fn read(&self) -> Result<Option<Turn<'_>>, Error> {
        let Some(both) = self.0.as_deref() else { return Ok(None) };
        let since = Instant::now();
        let turn = timeout(both.patience, both.reads.turn()).await;
        let waited = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        both.waited_ms.fetch_max(waited, Ordering::AcqRel);
        turn.map(Some).map_err(|_| Error::Busy)
    }

    /// The longest that a read has waited for its turn since this was asked before.
    pub(super) fn take_wait(&self) -> Duration {
        self.0
            .as_deref()
            .map_or(Duration::ZERO, |both| Duration::from_millis(both.waited_ms.swap(0, Ordering::AcqRel)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    /// Asks for as many at once as it may, again and again; each takes so long. Answers the limit after that.
    async fn ask(reads: &Reads, rounds: usize, takes: Duration) -> usize {
        for _ in 0..rounds {
            let (count, mut turns) = (reads.limit.lock().now, Vec::new());
            for _ in 0..count {
                turns.push(reads.turn().await);
            }
            advance(takes).await;
        }
        let Limit { now, surplus, .. } = *reads.limit.lock();
        assert_eq!(reads.permits.available_permits(), now + surplus, "no permit is lost, and none too many");
        now
    }

    #[tokio::test(start_paused = true)]
    async fn late_answers_lower_the_limit_round_by_round_and_answers_in_time_raise_it_again() {
        let reads = Reads::new(64);

        assert_eq!(ask(&reads, 1, LATE).await, 56);
        assert_eq!(ask(&reads, 40, LATE).await, READS_MIN);
        assert_eq!(ask(&reads, 40, Duration::from_millis(3)).await, 64);
    }

    #[tokio::test(start_paused = true)]
    async fn how_long_reads_wait_is_told_once() {
        let lanes = Lanes::new(&Config { reads_max: 1, ..Config::default() });
        let other = lanes.clone();

        let turn = lanes.read().await.unwrap();
        let waits = tokio::spawn(async move { other.read().await.map(drop) });
        tokio::task::yield_now().await;
        advance(Duration::from_millis(70)).await;
        drop(turn);
        waits.await.unwrap().unwrap();

        assert_eq!(lanes.take_wait(), Duration::from_millis(70));
        assert_eq!(lanes.take_wait(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn one_late_answer_among_many_lowers_nothing_and_the_limit_of_a_few_stays() {
        let (many, few) = (Reads::new(64), Reads::new(4));

        let slow = many.turn().await;
        advance(LATE).await;
        drop(slow);

        assert_eq!(ask(&many, 1, Duration::from_millis(3)).await, 64);
        assert_eq!(ask(&few, 20, LATE).await, 4);
    }
}
