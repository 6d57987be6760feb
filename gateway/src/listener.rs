//! The listening socket and its accept loop. What is set on the socket here is inherited by every
//! connection, which saves three system calls on each.

use crate::{
    Error,
    door::{Door, Guest},
    error::Result,
    serving,
};
use axum::Router;
use socket2::{Domain, Protocol, Socket, Type};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, time::sleep};
use tracing::warn;

/// Handshakes the kernel finishes for us while we are busy: a mass reconnect comes within a second.
const BACKLOG: i32 = 4_096;
/// What the kernel may hold of a slow reader's bytes, for each connection.
const SEND_BUFFER_BYTES: usize = 64 * 1024;
/// How much of it may be unsent before a socket counts as full: what is not yet sent can still be decided
/// upon by us, and costs no kernel memory.
const UNSENT_BYTES_MAX: u32 = 16 * 1024;
/// How long to wait when the process may open no more sockets. Connections end meanwhile.
const BACK_OFF: Duration = Duration::from_millis(100);

/// Listens on an address.
///
/// # Errors
/// When the address is taken or not ours.
pub(crate) fn listen(address: SocketAddr) -> Result<TcpListener> {
    bind(address).map_err(|source| Error::Listen { address, source })
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restarted server takes its port back although old connections linger.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_notsent_lowat(UNSENT_BYTES_MAX)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Lets connections in until the door closes.
pub(crate) async fn accept(listener: TcpListener, door: Arc<Door>, router: Router) {
    let mut closing = door.closing();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = closing.wait_for(|closing| *closing) => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let guest = Guest::of(&door);
                tokio::spawn(serving::serve(guest, stream, peer.ip(), router.clone()));
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                warn!(%error, connections = door.inside(), "no connection can be accepted; waiting");
                metrics::counter!("accept_failures_total").increment(1);
                sleep(BACK_OFF).await;
            }
        }
        while door.inside() >= door.config.connections_max && !door.is_closing() {
            sleep(BACK_OFF).await;
        }
    }
}

/// A connection that broke before it was accepted says nothing about the next one.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(error.kind(), Kind::ConnectionAborted | Kind::ConnectionReset | Kind::ConnectionRefused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::SockRef;
    use tokio::net::TcpStream;

    #[tokio::test]
    async fn an_accepted_connection_inherits_what_was_set_on_the_listener() {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();

        let (stream, _) = listener.accept().await.unwrap();

        let socket = SockRef::from(&stream);
        assert!(socket.tcp_nodelay().unwrap());
        // The kernel doubles what it is asked for, for its own bookkeeping.
        assert_eq!(socket.send_buffer_size().unwrap(), 2 * SEND_BUFFER_BYTES);
        assert_eq!(socket.tcp_notsent_lowat().unwrap(), UNSENT_BYTES_MAX);
    }

    #[tokio::test]
    async fn a_taken_address_is_refused_with_a_way_out() {
        let first = listen("127.0.0.1:0".parse().unwrap()).unwrap();

        let refused = listen(first.local_addr().unwrap()).unwrap_err();

        assert!(refused.to_string().contains("--listen"), "{refused}");
    }
}
