//! A TCP connection in two halves. The voice writes at once and never waits: what the kernel doesn't
//! take is kept and follows. The ear reads into a buffer that all connections of a process share, so an
//! idle connection holds a socket and a task, and no buffer.

use std::{
    cell::{Cell, RefCell},
    io,
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead as _, ReadBuf},
    net::{
        TcpSocket,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::spawn_local,
};

/// Size of the shared read buffer: the largest frame twice, so that a fast stream is read in few calls.
pub(crate) const SCRATCH_BYTES: usize = 2 * super::frame::LARGEST;

/// Opens a connection from this source.
///
/// # Errors
/// What the system answers; a refusal is as likely as a lack of ports.
pub(crate) async fn open(
    server: SocketAddr,
    source: SocketAddr,
    receive_buffer: Option<u32>,
) -> io::Result<(Ear, Rc<Voice>)> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_nodelay(true)?;
    if let Some(bytes) = receive_buffer {
        // Before connecting, because the window scale is agreed in the first segments.
        socket.set_recv_buffer_size(bytes)?;
    }
    socket.bind(source)?;
    let (reader, writer) = socket.connect(server).await?.into_split();
    let voice = Voice { half: writer, unsent: RefCell::default(), is_flushing: Cell::new(false) };
    Ok((Ear { half: reader, partial: Vec::new() }, Rc::new(voice)))
}

/// The writing half.
pub(crate) struct Voice {
    half: OwnedWriteHalf,
    /// What the kernel has not taken yet. It is bounded by what the scenario schedules.
    unsent: RefCell<Vec<u8>>,
    is_flushing: Cell<bool>,
}

impl Voice {
    /// Sends bytes after everything said before. A broken connection is not reported here: the ear
    /// hears its end.
    pub(crate) fn say(self: &Rc<Self>, bytes: &[u8]) {
        let mut unsent = self.unsent.borrow_mut();
        let taken = if unsent.is_empty() { self.half.try_write(bytes).unwrap_or(0) } else { 0 };
        let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty()) else { return };
        unsent.extend_from_slice(rest);
        if !self.is_flushing.replace(true) {
            spawn_local(Self::flush(Rc::clone(self)));
        }
    }

    async fn flush(self: Rc<Self>) {
        while self.half.writable().await.is_ok() {
            let mut unsent = self.unsent.borrow_mut();
            match self.half.try_write(&unsent) {
                Ok(taken) => drop(unsent.drain(..taken)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => break,
            }
            if unsent.is_empty() {
                break;
            }
        }
        self.is_flushing.set(false);
    }
}

/// The reading half.
pub(crate) struct Ear {
    half: OwnedReadHalf,
    /// The beginning of a frame whose end has not arrived.
    partial: Vec<u8>,
}

impl Ear {
    /// Reads once and hands over everything that is there. `consume` says how much it used; the rest is
    /// handed over again with what follows it.
    ///
    /// # Errors
    /// `UnexpectedEof` at the end of the stream, else what the system answers.
    pub(crate) fn poll_hear(
        &mut self,
        cx: &mut Context<'_>,
        scratch: &mut [u8],
        consume: impl FnOnce(&[u8]) -> usize,
    ) -> Poll<io::Result<()>> {
        let kept = self.partial.len();
        let Some((head, free)) = scratch.split_at_mut_checked(kept).filter(|(_, free)| !free.is_empty())
        else {
            return Poll::Ready(Err(io::Error::other("a frame larger than the read buffer")));
        };
        let mut buffer = ReadBuf::new(free);
        ready!(Pin::new(&mut self.half).poll_read(cx, &mut buffer))?;
        let read = buffer.filled().len();
        if read == 0 {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        }
        head.copy_from_slice(&self.partial);
        let bytes = scratch.get(..kept + read).unwrap_or_default();
        let rest = bytes.get(consume(bytes)..).unwrap_or_default();
        // Replaced rather than cleared where it becomes empty: an idle connection keeps no capacity.
        if rest.is_empty() {
            self.partial = Vec::new();
        } else {
            self.partial.clear();
            self.partial.extend_from_slice(rest);
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::poll_fn, net::Ipv4Addr, time::Duration};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
        task::LocalSet,
    };

    async fn pair() -> (Ear, Rc<Voice>, tokio::net::TcpStream) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let server = listener.local_addr().unwrap();
        let opened = open(server, super::super::address::source(7, 0), None);
        let (opened, accepted) = tokio::join!(opened, listener.accept());
        let (ear, voice) = opened.unwrap();
        (ear, voice, accepted.unwrap().0)
    }

    #[tokio::test]
    async fn what_is_not_consumed_is_handed_over_again() {
        let (mut ear, _voice, mut server) = pair().await;
        let mut scratch = vec![0; 1_024];

        server.write_all(b"abc").await.unwrap();
        poll_fn(|cx| ear.poll_hear(cx, &mut scratch, |bytes| bytes.len() - 1)).await.unwrap();
        server.write_all(b"d").await.unwrap();
        let seen = RefCell::new(Vec::new());
        let all = |bytes: &[u8]| {
            seen.borrow_mut().extend_from_slice(bytes);
            bytes.len()
        };
        poll_fn(|cx| ear.poll_hear(cx, &mut scratch, all)).await.unwrap();

        assert_eq!(*seen.borrow(), b"cd");
        assert_eq!(ear.partial.capacity(), 0);
    }

    #[tokio::test]
    async fn a_voice_keeps_its_order_when_the_kernel_takes_no_more() {
        const TOTAL: usize = 16 << 20;
        let (_ear, voice, mut server) = pair().await;

        LocalSet::new()
            .run_until(async {
                let all: Vec<u8> = (0..=250_u8).cycle().take(TOTAL).collect();
                for part in all.chunks(100_000) {
                    voice.say(part);
                }
                assert!(!voice.unsent.borrow().is_empty(), "more than a socket holds");
                let mut heard = vec![0; TOTAL];
                let read = tokio::time::timeout(Duration::from_secs(20), server.read_exact(&mut heard));
                read.await.unwrap().unwrap();
                assert!(heard == all);
            })
            .await;
    }
}
