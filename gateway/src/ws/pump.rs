//! The pump of one connection: a small future that flushes what waits, hears what arrives and says goodbye.
//! It is written by hand because a quiet connection lives for hours in its smallest state, while an async
//! function keeps room for its largest one. It never waits for the engine.

use super::{
    connection::{Connection, NOT_SIGNED_IN},
    inbox::Worker,
    parser::{Incoming, Parser},
    requests,
};
use actors::outbox::{Close, Line, Outbox};
use bytes::{Buf as _, Bytes};
use socket2::SockRef;
use std::{
    cell::RefCell,
    future::Future,
    io::{self, Read as _},
    net::Shutdown,
    ops::ControlFlow,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::Interest,
    net::TcpStream,
    time::{Sleep, sleep},
};

/// How much is read at once. Whatever the client sends beyond waits in its kernel and ours.
const READ_BYTES: usize = 16 * 1024;
/// Reads of one connection before the others have their turn.
const READS_PER_TURN: usize = 4;

thread_local! {
    /// Where bytes arrive. One buffer a thread serves all its connections, since a read is parsed before
    /// the next one begins; a buffer each would be most of what a quiet connection weighs.
    static ARRIVING: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES].into());
}

/// The future of one connection.
pub(super) struct Pump {
    connection: Arc<Connection>,
    parser: Parser,
    /// Something whole may wait in the parser.
    unread: bool,
    /// Until when somebody must have signed in.
    deadline: Option<Pin<Box<Sleep>>>,
    ending: Option<Box<Ending>>,
}

/// The last moments of a connection.
struct Ending {
    give_up: Pin<Box<Sleep>>,
    /// What is left of the close frame.
    goodbye: Bytes,
}

/// Why hearing stopped for now.
enum Heard {
    /// The pump will be woken when there is more.
    Enough,
    /// The client is gone.
    Gone,
}

impl Pump {
    /// The pump of a connection; `read` arrived already.
    pub(super) fn new(connection: Arc<Connection>, read: Bytes) -> Self {
        let wait = Duration::from_millis(connection.config().auth_wait_ms);
        let (mut parser, unread) = (Parser::default(), !read.is_empty());
        parser.hold(&read);
        Self { connection, parser, unread, deadline: Some(Box::pin(sleep(wait))), ending: None }
    }

    fn stream(outbox: &Outbox) -> Option<&TcpStream> {
        match &outbox.line {
            Line::Tcp(stream) => Some(stream),
            Line::Memory(_) => None,
        }
    }

    /// Writes what waits, as far as the socket takes it; it wakes us when it takes more.
    fn flush(connection: &Connection, cx: &mut Context<'_>) -> io::Result<()> {
        let (outbox, now_s) = (&connection.outbox, connection.engine().node().now_s());
        let Some(stream) = Self::stream(outbox) else { return Ok(()) };
        while outbox.is_waiting() && !outbox.flush(now_s)? {
            match stream.poll_write_ready(cx) {
                Poll::Ready(ready) => ready?,
                Poll::Pending => break,
            }
        }
        Ok(())
    }

    /// Reads and parses until the socket is empty, or somebody must catch up first.
    fn hear(&mut self, cx: &mut Context<'_>) -> Result<Heard, Close> {
        let connection = Arc::clone(&self.connection);
        let (outbox, config) = (&connection.outbox, connection.config());
        let Some(stream) = Self::stream(outbox) else { return Ok(Heard::Gone) };
        for _ in 0..READS_PER_TURN {
            // Who does not read is not heard: flushing wakes us once enough was taken. Who asks faster
            // than we answer waits: the worker wakes us.
            if outbox.is_half_full() || connection.inbox.is_full_for(cx.waker(), config) {
                return Ok(Heard::Enough);
            }
            if self.unread {
                self.parse(&[])?;
                continue;
            }
            match stream.poll_read_ready(cx) {
                Poll::Pending => return Ok(Heard::Enough),
                Poll::Ready(Err(_)) => return Ok(Heard::Gone),
                Poll::Ready(Ok(())) => {}
            }
            let gone = ARRIVING.with_borrow_mut(|arriving| match read(stream, arriving) {
                Ok(0) => Ok(true),
                Ok(n) => self.parse(arriving.get(..n).unwrap_or_default()).map(|()| false),
                Err(error) => Ok(error.kind() != io::ErrorKind::WouldBlock),
            })?;
            if gone {
                return Ok(Heard::Gone);
            }
            let now_s = connection.engine().node().now_s();
            outbox.heard(now_s);
            if connection.has_expired(now_s) {
                return Err(NOT_SIGNED_IN);
            }
        }
        cx.waker().wake_by_ref();
        Ok(Heard::Enough)
    }

    fn parse(&mut self, fresh: &[u8]) -> Result<(), Close> {
        let connection = &self.connection;
        let (outbox, config) = (&connection.outbox, connection.config());
        self.unread = false;
        let unread = &mut self.unread;
        self.parser.read(fresh, &connection.rules(), |incoming| {
            match incoming {
                Incoming::Message(message) if requests::is_answered_at_once(connection, &message) => {}
                Incoming::Message(message) => work(connection, connection.inbox.put(message)),
                // The newest ping is the one that counts, so a pong may be lost to a full outbox.
                Incoming::Ping(payload) => drop(outbox.whisper(&control(PONG, &payload))),
                Incoming::Pong => {}
                Incoming::Close(code) => {
                    outbox.close(Close { code: code.unwrap_or(1000), reason: "" });
                    return ControlFlow::Break(());
                }
            }
            if connection.inbox.is_full(config) {
                *unread = true;
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })
    }

    /// Nobody may stay without signing in.
    fn watch_deadline(&mut self, cx: &mut Context<'_>) {
        let Some(deadline) = &mut self.deadline else { return };
        if self.connection.is_signed_in() {
            self.deadline = None;
        } else if deadline.as_mut().poll(cx).is_ready() {
            self.deadline = None;
            self.connection.outbox.close(NOT_SIGNED_IN);
        }
    }

    /// Sends what waits, then the close frame, then listens for the client's, all within a bound. Closing a
    /// socket with unread bytes in it would reset it, and the client might never see why.
    fn end(&mut self, close: Close, cx: &mut Context<'_>) -> Poll<()> {
        let connection = Arc::clone(&self.connection);
        let Some(stream) = Self::stream(&connection.outbox) else { return Poll::Ready(()) };
        let ending = self.ending.get_or_insert_with(|| {
            connection.leave();
            let wait = Duration::from_millis(connection.config().close_wait_ms);
            Box::new(Ending { give_up: Box::pin(sleep(wait)), goodbye: goodbye(close) })
        });
        self.deadline = None;
        if ending.give_up.as_mut().poll(cx).is_ready() || Self::flush(&connection, cx).is_err() {
            return Poll::Ready(());
        }
        if connection.outbox.is_waiting() {
            return Poll::Pending;
        }
        while !ending.goodbye.is_empty() {
            match stream.try_write(&ending.goodbye) {
                Ok(n) => ending.goodbye.advance(n),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    match stream.poll_write_ready(cx) {
                        Poll::Ready(Ok(())) => {}
                        Poll::Ready(Err(_)) => return Poll::Ready(()),
                        Poll::Pending => return Poll::Pending,
                    }
                }
                Err(_) => return Poll::Ready(()),
            }
            if ending.goodbye.is_empty() && SockRef::from(stream).shutdown(Shutdown::Write).is_err() {
                return Poll::Ready(());
            }
        }
        Self::drain(stream, cx)
    }

    /// Reads and forgets until the client has closed, too.
    fn drain(stream: &TcpStream, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match stream.poll_read_ready(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Ready(Ok(())) => {}
            }
            let read = ARRIVING.with_borrow_mut(|arriving| read(stream, arriving));
            match read {
                Ok(0) => return Poll::Ready(()),
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Poll::Ready(()),
                _ => {}
            }
        }
    }
}

/// Reads once. A read that does not fill the buffer has emptied the socket: it is noted as empty, which spares
/// the read that would only find that out.
fn read(stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    let mut read = None;
    let noted = stream.try_io(Interest::READABLE, || {
        let n = (&*SockRef::from(stream)).read(buffer)?;
        read = Some(n);
        if n > 0 && n < buffer.len() { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
    });
    read.map_or_else(|| noted.and(Err(io::ErrorKind::WouldBlock.into())), Ok)
}

impl Future for Pump {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let pump = self.get_mut();
        let connection = Arc::clone(&pump.connection);
        connection.outbox.register(cx.waker());
        if let Some(close) = connection.outbox.closing() {
            return pump.end(close, cx);
        }
        if Self::flush(&connection, cx).is_err() {
            return Poll::Ready(());
        }
        work(&connection, connection.inbox.resume(&connection.outbox));
        match pump.hear(cx) {
            Ok(Heard::Gone) => return Poll::Ready(()),
            Ok(Heard::Enough) => {}
            Err(close) => connection.outbox.close(close),
        }
        pump.watch_deadline(cx);
        match connection.outbox.closing() {
            Some(close) => pump.end(close, cx),
            None => Poll::Pending,
        }
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.connection.leave();
    }
}

fn work(connection: &Arc<Connection>, worker: Worker) {
    if worker == Worker::Wanted {
        tokio::spawn(requests::work(Arc::clone(connection)));
    }
}

const CLOSE: u8 = 0x88;
const PONG: u8 = 0x8a;

/// A control frame (RFC 6455 §5.5) from the server, so without a mask.
fn control(opcode: u8, payload: &[u8]) -> Bytes {
    let payload = payload.get(..payload.len().min(125)).unwrap_or_default();
    let mut out = Vec::with_capacity(payload.len() + 2);
    out.push(opcode);
    out.push(u8::try_from(payload.len()).unwrap_or_default());
    out.extend_from_slice(payload);
    Bytes::from(out)
}

fn goodbye(close: Close) -> Bytes {
    let mut payload = close.code.to_be_bytes().to_vec();
    payload.extend_from_slice(close.reason.as_bytes());
    control(CLOSE, &payload)
}
