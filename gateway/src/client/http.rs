//! REST over one kept-alive connection, which is opened again when the server has closed it.

use super::{Address, Error, Result};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use schema::problem::Problem;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::{net::TcpStream, sync::Mutex};

/// A client of one server, signed in or not.
pub struct Client {
    address: Address,
    token: Option<String>,
    line: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Ask {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

/// A response.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The JSON body; null when there is none, text when it is no JSON.
    pub body: Value,
    /// The body as it came.
    pub bytes: Bytes,
}

impl Ask {
    /// Asks for a path by a method.
    #[must_use]
    pub fn new(method: Method, path: &str) -> Self {
        Self { method, path: path.to_owned(), headers: Vec::new(), body: None }
    }

    /// Sends a value as JSON.
    #[must_use]
    pub fn json(self, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).unwrap_or_default();
        self.header("content-type", "application/json").bytes(body)
    }

    /// Sends these bytes, whatever they are.
    #[must_use]
    pub fn bytes(mut self, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Names the command, so that asking twice does it once.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// Says on which version the request is based.
    #[must_use]
    pub fn if_match(self, etag: &str) -> Self {
        self.header("if-match", etag)
    }
}

impl Answer {
    /// A header's text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The answer, unless it is a refusal.
    ///
    /// # Errors
    /// The server's problem document.
    pub fn accepted(self) -> Result<Self> {
        if self.status.is_success() || self.status.is_redirection() {
            return Ok(self);
        }
        match serde_json::from_value::<Problem>(self.body.clone()) {
            Ok(problem) => Err(Error::Refused(Box::new(problem))),
            Err(_) => Err(Error::Strange(format!("{} {}", self.status, self.body))),
        }
    }
}

impl Client {
    /// A client that is not signed in.
    #[must_use]
    pub fn new(address: impl Into<Address>) -> Self {
        Self { address: address.into(), token: None, line: Mutex::new(None) }
    }

    /// The same, signed in by a token.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Signs in by a password; the answer's body is what the server says about the sign-in.
    ///
    /// # Errors
    /// When the server refuses or can't be reached.
    pub async fn login(address: impl Into<Address>, email: &str, password: &str) -> Result<(Self, Value)> {
        let client = Self::new(address);
        let sign_in = json!({"email": email, "password": password, "client": "native"});
        let answer = client.post("/api/v1/auth/login/", &sign_in).await?;
        let token = answer.body.get("access_token").and_then(Value::as_str).map(str::to_owned);
        let token = token.ok_or_else(|| Error::Strange("a sign-in without an access token".into()))?;
        Ok((client.with_token(&token), answer.body))
    }

    /// The server.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// The access token.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// GETs a path.
    ///
    /// # Errors
    /// When the server refuses or can't be reached; so for the methods below.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send(Ask::new(Method::GET, path)).await?.accepted()
    }

    /// POSTs a value.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn post(&self, path: &str, body: &impl Serialize) -> Result<Answer> {
        self.send(Ask::new(Method::POST, path).json(body)).await?.accepted()
    }

    /// PUTs a value.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn put(&self, path: &str, body: &impl Serialize) -> Result<Answer> {
        self.send(Ask::new(Method::PUT, path).json(body)).await?.accepted()
    }

    /// PATCHes with a value.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn patch(&self, path: &str, body: &impl Serialize) -> Result<Answer> {
        self.send(Ask::new(Method::PATCH, path).json(body)).await?.accepted()
    }

    /// DELETEs a path.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn delete(&self, path: &str) -> Result<Answer> {
        self.send(Ask::new(Method::DELETE, path)).await?.accepted()
    }

    /// Sends a request and takes any answer, refusals too.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn send(&self, ask: Ask) -> Result<Answer> {
        let mut line = self.line.lock().await;
        let mut sender = match line.take().filter(|sender| !sender.is_closed()) {
            Some(sender) => sender,
            None => self.connect().await?,
        };
        let strange = |error: &dyn std::fmt::Display| Error::Strange(error.to_string());
        sender.ready().await.map_err(Error::broken)?;
        let request = self.request(ask).map_err(|error| strange(&error))?;
        let response = sender.send_request(request).await.map_err(Error::broken)?;
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.map_err(Error::broken)?.to_bytes();
        *line = Some(sender);
        Ok(Answer { status: head.status, headers: head.headers, body: value(&bytes), bytes })
    }

    fn request(&self, ask: Ask) -> http::Result<Request<Full<Bytes>>> {
        let mut request = Request::builder()
            .method(ask.method)
            .uri(ask.path)
            .header(header::HOST, self.address.authority());
        let speaks_for_itself =
            ask.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        if let Some(token) = self.token.as_ref().filter(|_| !speaks_for_itself) {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in ask.headers {
            request = request.header(name, value);
        }
        request.body(Full::from(ask.body.unwrap_or_default()))
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>> {
        let stream = connect(&self.address).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(Error::broken)?;
        // It ends with its sender; its failure shows in the request that it fails.
        tokio::spawn(connection);
        Ok(sender)
    }
}

/// Opens a TCP connection.
pub(super) async fn connect(address: &Address) -> Result<TcpStream> {
    let unreachable = |error: std::io::Error| Error::Unreachable {
        address: address.to_string(),
        reason: error.to_string(),
    };
    let stream = TcpStream::connect(address.authority()).await.map_err(unreachable)?;
    stream.set_nodelay(true).map_err(unreachable)?;
    Ok(stream)
}

fn value(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned().into())
}
