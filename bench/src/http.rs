//! A REST client over one kept-alive connection: hyper's HTTP/1.1 without anything around it, so that
//! what is measured is the server. One request at a time; whoever wants more opens more connections.

use crate::error::{Error, Result};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request,
    client::conn::http1::{self, SendRequest},
    header::{AUTHORIZATION, CONTENT_TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// One connection.
pub(crate) struct Http {
    requests: SendRequest<Full<Bytes>>,
    server: SocketAddr,
    host: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The whole body.
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body of a 2xx as a value.
    ///
    /// # Errors
    /// When the status is another one, or the body is no such value.
    pub(crate) fn json<T: DeserializeOwned>(&self, doing: &str) -> Result<T> {
        if !matches!(self.status, 200..300) {
            return Err(Error::answer(doing, format_args!("{} {}", self.status, self.text())));
        }
        serde_json::from_slice(&self.body).map_err(|error| Error::answer(doing, error))
    }

    /// The beginning of the body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(self.body.get(..500).unwrap_or(&self.body)).into_owned()
    }
}

impl Http {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens there.
    pub(crate) async fn open(server: SocketAddr) -> Result<Self> {
        let doing = || format!("connecting to {server}");
        let stream = TcpStream::connect(server).await.map_err(Error::io(doing()))?;
        stream.set_nodelay(true).map_err(Error::io(doing()))?;
        let (requests, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| Error::answer(doing(), error))?;
        // It ends when the sender is dropped; its failure shows in the request that it fails.
        tokio::spawn(connection);
        Ok(Self { requests, server, host: server.to_string() })
    }

    /// Connects again if the server has closed the connection, as it may while nobody asks.
    ///
    /// # Errors
    /// When nobody listens there any more.
    pub(crate) async fn renew(&mut self) -> Result<()> {
        if self.requests.is_closed() {
            *self = Self::open(self.server).await?;
        }
        Ok(())
    }

    /// GETs a path, as somebody or as nobody.
    ///
    /// # Errors
    /// When no answer came. A problem document is an answer.
    pub(crate) async fn get(&mut self, path: &str, token: Option<&str>) -> Result<Answer> {
        let mut request = Request::get(path).header(HOST, &self.host);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        self.send(path, request.body(Full::default())).await
    }

    /// POSTs JSON to a path under an idempotency key.
    ///
    /// # Errors
    /// When no answer came. A problem document is an answer.
    pub(crate) async fn post(&mut self, path: &str, token: &str, key: &str, body: String) -> Result<Answer> {
        let request = Request::post(path)
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .header("idempotency-key", key)
            .header(CONTENT_TYPE, "application/json");
        self.send(path, request.header(HOST, &self.host).body(Full::from(body))).await
    }

    async fn send(&mut self, path: &str, request: http::Result<Request<Full<Bytes>>>) -> Result<Answer> {
        let failed = |error: &dyn std::fmt::Display| Error::answer(format!("asking for {path}"), error);
        let request = request.map_err(|error| failed(&error))?;
        self.requests.ready().await.map_err(|error| failed(&error))?;
        let response = self.requests.send_request(request).await.map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(|error| failed(&error))?.to_bytes();
        Ok(Answer { status, body })
    }
}
