//! What waits for one socket, bounded in bytes. A frame is written straight to the socket when nothing
//! waits; what the socket does not take at once is queued and flushed by the connection's pump.
//! Events that find no room are not queued at all: the listener lags and is read back from the log.
//! A reply may be held for a moment, to go out together with the event that is about to come.

use bytes::{Buf as _, Bytes};
use futures_util::task::AtomicWaker;
use parking_lot::{Mutex, MutexGuard};
use rustix::net::{SendFlags, send};
use schema::codec::Codec;
use socket2::SockRef;
use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    task::Waker,
};

/// Where the bytes go.
pub enum Line {
    /// A TCP socket.
    Tcp(tokio::net::TcpStream),
    /// Memory, for simulations: takes so many bytes until it is read from.
    Memory(Box<Mutex<Memory>>),
}

/// The far end of a simulated socket.
#[derive(Default, Debug)]
pub struct Memory {
    /// What was written and not yet read.
    pub bytes: Vec<u8>,
    /// How much it takes before it refuses.
    pub capacity: usize,
}

impl Line {
    /// A line of memory.
    #[must_use]
    pub fn memory(memory: Memory) -> Self {
        Self::Memory(Box::new(Mutex::new(memory)))
    }

    /// Writes what the socket takes at once; when that is nothing, whoever waits for it is woken later.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_write(bytes),
            Self::Memory(_) => self.write_now(bytes),
        }
    }

    /// The same past the runtime's notes on the socket, which nearly always say that it takes something:
    /// of ten thousand sockets they are ten thousand places in memory to look at. Nobody is woken by it.
    fn write_now(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => Ok(send(stream, bytes, SendFlags::NOSIGNAL)?),
            Self::Memory(memory) => {
                let mut memory = memory.lock();
                let room = memory.capacity.saturating_sub(memory.bytes.len()).min(bytes.len());
                if room == 0 && !bytes.is_empty() {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                memory.bytes.extend(bytes.iter().take(room));
                Ok(room)
            }
        }
    }

    /// Two frames in one call to the system.
    fn write_both_now(&self, first: &[u8], second: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => {
                SockRef::from(stream).send_vectored(&[IoSlice::new(first), IoSlice::new(second)])
            }
            Self::Memory(_) => self.write_now(&[first, second].concat()),
        }
    }
}

/// What became of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sent {
    /// With the kernel, or queued within bounds.
    Taken,
    /// No room: nothing was queued.
    Full,
    /// The connection is closing: nothing will be sent any more.
    Closed,
}

/// Why a connection ends, as a WebSocket close code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Close {
    /// RFC 6455 §7.4, or one of the application's own.
    pub code: u16,
    /// A few words for the client's log.
    pub reason: &'static str,
}

impl Close {
    /// Something broke here, not there: the client comes back and resumes.
    pub const BROKEN: Self = Self { code: 1011, reason: "internal" };
}

/// Whom to tell, by this connection's number, that the socket has room again.
pub(crate) type Lagging = Box<dyn FnOnce(u64) + Send>;

/// What keeps frames from going straight to the socket.
#[derive(Default)]
struct Queue {
    frames: VecDeque<Bytes>,
    bytes: usize,
    /// A reply that waits for company; only while nothing else waits.
    held: Option<Bytes>,
    lagging: Vec<Lagging>,
    close: Option<Close>,
}

impl Queue {
    /// Nothing is left of it.
    fn is_over(&self) -> bool {
        self.frames.is_empty() && self.held.is_none() && self.lagging.is_empty() && self.close.is_none()
    }
}

/// Nearly always nothing waits, nowhere: a crowd is told something by looking at that alone.
type Waiting = Option<Box<Queue>>;

/// The outgoing side of one connection. What a crowd's broadcast looks at comes first and fills one line of the
/// processor's memory: of ten thousand listeners none is at hand.
#[repr(C, align(64))]
pub struct Outbox {
    queue: Mutex<Waiting>,
    /// The socket.
    pub line: Line,
    /// Its sub-protocol.
    pub codec: Codec,
    /// Something waits in `queue`: written under its lock, read without it.
    waiting: AtomicBool,
    /// The connection's number on this node.
    pub id: u64,
    bytes_max: usize,
    /// Wakes the pump.
    pump: AtomicWaker,
    /// The node's coarse clock, in seconds, when the socket last took or gave something.
    took_at_s: AtomicU32,
    heard_at_s: AtomicU32,
}

const _: () = assert!(std::mem::offset_of!(Outbox, id) <= 64, "a broadcast looks at one line only");

impl Outbox {
    /// An empty outbox over a socket.
    #[must_use]
    pub fn new(id: u64, codec: Codec, line: Line, bytes_max: usize, now_s: u32) -> Self {
        Self {
            id,
            codec,
            line,
            bytes_max,
            queue: Mutex::default(),
            waiting: AtomicBool::new(false),
            pump: AtomicWaker::new(),
            took_at_s: AtomicU32::new(now_s),
            heard_at_s: AtomicU32::new(now_s),
        }
    }

    /// Sends an event. When there is no room it is not queued and the caller keeps its place.
    pub fn send(&self, frame: &Bytes) -> Sent {
        self.push(frame, self.bytes_max)
    }

    /// Sends something momentary: the first to be dropped when the socket is slow.
    pub fn whisper(&self, frame: &Bytes) -> Sent {
        self.push(frame, self.bytes_max / 2)
    }

    /// Sends what may not be dropped: replies and control frames. Their number is bounded by the
    /// requests that a connection may have in flight.
    pub fn insist(&self, frame: &Bytes) -> Sent {
        self.push(frame, usize::MAX)
    }

    /// Like [`Outbox::insist`], but it may wait for company until [`Outbox::release`] is called, which
    /// whoever calls this does in a moment: two frames in one go cost little more than one.
    pub fn insist_soon(&self, frame: Bytes) -> Sent {
        let mut waiting = self.queue.lock();
        if waiting.is_some() {
            drop(waiting);
            return self.insist(&frame);
        }
        waiting.get_or_insert_default().held = Some(frame);
        Sent::Taken
    }

    /// Sends what was held.
    pub fn release(&self) {
        let mut waiting = self.queue.lock();
        if let Some(held) = waiting.as_mut().and_then(|queue| queue.held.take()) {
            self.write(waiting, &held, None);
        }
    }

    fn push(&self, frame: &Bytes, limit: usize) -> Sent {
        let mut waiting = self.queue.lock();
        let Some(queue) = waiting.as_mut() else { return self.write(waiting, frame, None) };
        if queue.close.is_some() {
            return Sent::Closed;
        }
        if !queue.frames.is_empty() && queue.bytes + frame.len() > limit {
            return Sent::Full;
        }
        match queue.held.take() {
            Some(held) => self.write(waiting, &held, Some(frame)),
            None => self.write(waiting, frame, None),
        }
    }

    /// Writes a frame and perhaps another; what the socket does not take is queued, whatever the limit: a
    /// frame that is partly on the wire must be finished.
    fn write(&self, mut waiting: MutexGuard<'_, Waiting>, first: &Bytes, second: Option<&Bytes>) -> Sent {
        let mut written = 0;
        if waiting.as_ref().is_none_or(|queue| queue.frames.is_empty()) {
            let tried = match second {
                Some(second) => self.line.write_both_now(first, second),
                None => self.line.write_now(first),
            };
            match tried {
                Ok(n) => written = n,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Sent::Closed,
            }
        }
        let all = first.len() + second.map_or(0, Bytes::len);
        if written == all {
            waiting.take_if(|queue| queue.is_over());
            return Sent::Taken;
        }
        let queue = waiting.get_or_insert_default();
        queue.bytes += all - written;
        for frame in std::iter::once(first).chain(second) {
            let gone = written.min(frame.len());
            written -= gone;
            if gone < frame.len() {
                queue.frames.push_back(frame.slice(gone..));
            }
        }
        self.waiting.store(true, Ordering::Release);
        drop(waiting);
        self.pump.wake();
        Sent::Taken
    }

    /// Asks to be told, once the queue is half empty again, that a listener may go on.
    pub(crate) fn lag(&self, lagging: Lagging) {
        let mut waiting = self.queue.lock();
        let queue = waiting.get_or_insert_default();
        queue.lagging.push(lagging);
        let drained = queue.bytes <= self.bytes_max / 2;
        drop(waiting);
        if drained {
            self.tell_lagging();
        }
    }

    fn tell_lagging(&self) {
        let mut waiting = self.queue.lock();
        let lagging = waiting.as_mut().map(|queue| std::mem::take(&mut queue.lagging)).unwrap_or_default();
        waiting.take_if(|queue| queue.is_over());
        drop(waiting);
        for tell in lagging {
            tell(self.id);
        }
    }

    /// Writes what waits, as far as the socket takes it. `Ok(true)` when nothing is left.
    ///
    /// # Errors
    /// When the socket is broken.
    pub fn flush(&self, now_s: u32) -> io::Result<bool> {
        let mut waiting = self.queue.lock();
        let Some(queue) = waiting.as_mut() else { return Ok(true) };
        let empty = loop {
            let Some(frame) = queue.frames.front_mut() else { break true };
            match self.line.try_write(frame) {
                Ok(n) => {
                    frame.advance(n);
                    let finished = frame.is_empty();
                    queue.bytes -= n;
                    if finished {
                        queue.frames.pop_front();
                    }
                    self.took_at_s.store(now_s, Ordering::Relaxed);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break false,
                Err(error) => return Err(error),
            }
        };
        let resume = !queue.lagging.is_empty() && queue.bytes <= self.bytes_max / 2;
        if empty {
            // A burst's capacity is not kept for the idle hours after it.
            queue.frames = VecDeque::new();
            self.waiting.store(false, Ordering::Release);
            waiting.take_if(|queue| queue.is_over());
        }
        drop(waiting);
        if resume {
            self.tell_lagging();
        }
        Ok(empty)
    }

    /// True while something waits to be written.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Acquire)
    }

    /// True while more than half the bound waits: stop reading from a client that does not read.
    #[must_use]
    pub fn is_half_full(&self) -> bool {
        self.is_waiting() && self.queue.lock().as_ref().is_some_and(|queue| queue.bytes > self.bytes_max / 2)
    }

    /// Ends the connection: the pump sends what waits within reason, then the close frame.
    pub fn close(&self, close: Close) {
        let mut waiting = self.queue.lock();
        let queue = waiting.get_or_insert_default();
        queue.close.get_or_insert(close);
        if let Some(held) = queue.held.take() {
            // It belongs before the close frame.
            queue.bytes += held.len();
            queue.frames.push_back(held);
            self.waiting.store(true, Ordering::Release);
        }
        drop(waiting);
        self.pump.wake();
    }

    /// Why the connection is ending, if it is.
    #[must_use]
    pub fn closing(&self) -> Option<Close> {
        self.queue.lock().as_ref().and_then(|queue| queue.close)
    }

    /// Registers who is woken when something waits or the connection shall end.
    pub fn register(&self, waker: &Waker) {
        self.pump.register(waker);
    }

    /// Notes that the client was heard.
    pub fn heard(&self, now_s: u32) {
        self.heard_at_s.store(now_s, Ordering::Relaxed);
    }

    /// Seconds since the client was heard, and since it took anything that waits (0 when nothing waits).
    #[must_use]
    pub fn silence_s(&self, now_s: u32) -> (u32, u32) {
        let heard = now_s.saturating_sub(self.heard_at_s.load(Ordering::Relaxed));
        if !self.is_waiting() {
            self.took_at_s.store(now_s, Ordering::Relaxed);
        }
        (heard, now_s.saturating_sub(self.took_at_s.load(Ordering::Relaxed)))
    }
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
