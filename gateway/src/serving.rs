//! One connection while it speaks HTTP/1.1. A request for a socket ends that: the stream is taken back from
//! the parser and handed over, and nothing of the HTTP side stays in memory behind it.

use crate::{
    door::Guest,
    rest,
    ws::{self, Opening},
};
use axum::{Router, response::Response};
use bytes::Bytes;
use http::Request;
use hyper::{
    body::Incoming,
    server::conn::http1::{Builder, Parts},
    service::Service,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use std::{
    convert::Infallible,
    future::{Future, poll_fn, ready},
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpStream, sync::watch};
use tracing::debug;

/// The most bytes of a request's head, and of the buffer it is read into.
const HEAD_BYTES_MAX: usize = 8 * 1024;

/// What answers the requests of one connection.
struct Desk {
    guest: Arc<Guest>,
    router: Router,
    peer: IpAddr,
    /// Set once a socket was granted: the connection goes on as one.
    granted: Mutex<Option<Box<Opening>>>,
}

type Answering = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

impl Service<Request<Incoming>> for Desk {
    type Response = Response;
    type Error = Infallible;
    type Future = Answering;

    fn call(&self, request: Request<Incoming>) -> Answering {
        if ws::is_for_socket(request.uri().path()) {
            let response = match ws::examine(&self.guest, self.peer, &request) {
                Ok((switching, opening)) => {
                    *self.granted.lock() = Some(Box::new(opening));
                    switching
                }
                Err(refusal) => *refusal,
            };
            return Box::pin(ready(Ok(response)));
        }
        let (door, router, peer) = (Arc::clone(&self.guest), self.router.clone(), self.peer);
        Box::pin(async move { Ok(rest::serve(&door, router, peer, request).await) })
    }
}

/// Serves a connection to its end, or until it becomes a socket.
pub(crate) async fn serve(guest: Guest, stream: TcpStream, peer: IpAddr, router: Router) {
    let mut closing = guest.closing();
    let head_wait = Duration::from_millis(guest.config.rest.head_wait_ms);
    let desk = Desk { guest: Arc::new(guest), router, peer, granted: Mutex::new(None) };
    let mut builder = Builder::new();
    builder.max_buf_size(HEAD_BYTES_MAX).timer(TokioTimer::new()).header_read_timeout(head_wait);
    let mut connection = Box::new(builder.serve_connection(TokioIo::new(stream), desk));
    let ended = tokio::select! {
        biased;
        outcome = poll_fn(|cx| connection.poll_without_shutdown(cx)) => Some(outcome),
        () = closed(&mut closing) => None,
    };
    let outcome = match ended {
        Some(outcome) => outcome,
        None => {
            Pin::new(&mut *connection).graceful_shutdown();
            poll_fn(|cx| connection.poll_without_shutdown(cx)).await
        }
    };
    if let Err(error) = outcome {
        return debug!(%peer, %error, "a connection ended badly");
    }
    become_socket(connection.into_parts());
}

async fn closed(closing: &mut watch::Receiver<bool>) {
    let _ = closing.wait_for(|closing| *closing).await;
}

fn become_socket(parts: Parts<TokioIo<TcpStream>, Desk>) {
    let Parts { io, read_buf, service, .. } = parts;
    let Desk { guest, granted, .. } = service;
    // Without a grant this was the end of a kept-alive connection, and dropping the stream closes it.
    let (Some(opening), Ok(guest)) = (granted.into_inner(), Arc::try_unwrap(guest)) else { return };
    ws::open(guest, io.into_inner(), own(&read_buf), *opening);
}

/// The bytes in memory of their own: the parser's buffer is larger than a quiet connection may be.
fn own(read: &Bytes) -> Bytes {
    Bytes::copy_from_slice(read)
}
