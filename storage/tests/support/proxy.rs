//! A proxy between a driver and its server that can swallow what the server answers: whoever waits then
//! never learns what became of the request. When all is well again, connections that miss something are broken.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// A running proxy; its tasks end with the runtime.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    swallows: Arc<AtomicBool>,
}

impl Proxy {
    /// Listens on a free port and forwards to `server`.
    pub(crate) async fn before(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let swallows = Arc::new(AtomicBool::new(false));
        let answers = Arc::clone(&swallows);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&server).await else { continue };
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(forward(from_client, to_server, Arc::default()));
                tokio::spawn(forward(from_server, to_client, Arc::clone(&answers)));
            }
        });
        Self { address, swallows }
    }

    /// From now on requests arrive and answers don't, or all is well again.
    pub(crate) fn swallow_answers(&self, swallow: bool) {
        self.swallows.store(swallow, Ordering::SeqCst);
    }
}

async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, swallows: Arc<AtomicBool>) {
    let mut buffer = vec![0; 64 * 1024];
    let mut torn = false;
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        // Once something is missing, what follows would be read as something else.
        let swallowed = swallows.load(Ordering::SeqCst);
        if torn && !swallowed {
            return;
        }
        torn |= swallowed;
        if !torn && to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
