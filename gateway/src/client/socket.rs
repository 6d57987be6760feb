//! A socket: requests and their answers, and between them what the rooms tell.

use super::{
    Address, Error, Result,
    frames::{self, Incoming},
    http::connect,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::BytesMut;
use engine::{Endpoint, op};
use schema::{
    clock::Clock,
    codec::Codec,
    frame::{Kind, Request, Response},
    problem::Problem,
    reply::Reply,
    room::RoomId,
};
use serde_json::{Value, json};
use std::collections::VecDeque;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// How a socket is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The path with its query, `/ws/` or a product path.
    pub path: String,
    /// The sub-protocol.
    pub codec: Codec,
    /// The `Origin` header, as a browser would send it.
    pub origin: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { path: "/ws/".to_owned(), codec: Codec::MsgPack, origin: None }
    }
}

/// An open connection.
pub struct Socket {
    stream: TcpStream,
    buffer: BytesMut,
    codec: Codec,
    clock: Clock,
    /// Frames that came while an answer was waited for.
    aside: VecDeque<Response>,
    asked: u64,
}

impl Socket {
    /// Opens one, with the defaults.
    ///
    /// # Errors
    /// When the server can't be reached or refuses.
    pub async fn connect(address: &Address) -> Result<Self> {
        Self::connect_with(address, &Options::default()).await
    }

    /// Opens one.
    ///
    /// # Errors
    /// When the server can't be reached or refuses.
    pub async fn connect_with(address: &Address, options: &Options) -> Result<Self> {
        let (clock, codec) = (Clock::system(), options.codec);
        let mut stream = connect(address).await?;
        let key = STANDARD.encode(clock.random::<16>());
        let origin =
            options.origin.as_ref().map(|origin| format!("Origin: {origin}\r\n")).unwrap_or_default();
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {}\r\n{origin}\r\n",
            options.path,
            address.authority(),
            codec.protocol(),
        );
        stream.write_all(request.as_bytes()).await.map_err(Error::broken)?;
        let mut socket =
            Self { stream, buffer: BytesMut::new(), codec, clock, aside: VecDeque::new(), asked: 0 };
        socket.opened().await?;
        Ok(socket)
    }

    /// Reads the answer to the handshake; a refusal is a problem document.
    async fn opened(&mut self) -> Result<()> {
        let end = loop {
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let head = self.buffer.split_to(end);
        let head = String::from_utf8_lossy(&head).into_owned();
        let status = head.split(' ').nth(1).unwrap_or_default();
        if status == "101" {
            return Ok(());
        }
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length: usize = length.and_then(|(_, length)| length.trim().parse().ok()).unwrap_or_default();
        while self.buffer.len() < length {
            self.more().await?;
        }
        match serde_json::from_slice::<Problem>(&self.buffer) {
            Ok(problem) => Err(Error::Refused(Box::new(problem))),
            Err(_) => Err(Error::Strange(format!("the socket was answered with {status}"))),
        }
    }

    async fn more(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(0) => Err(Error::broken("the server closed it")),
            Ok(_) => Ok(()),
            Err(error) => Err(Error::broken(error)),
        }
    }

    /// Sends a request without waiting for its answer.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send(&mut self, request: &Request) -> Result<()> {
        let payload = self.codec.encode(request).map_err(|error| Error::Strange(error.to_string()))?;
        let opcode = if self.codec == Codec::Json { frames::TEXT } else { frames::BINARY };
        self.write(opcode, &payload).await
    }

    /// Sends bytes as they are, for those who want to see what the server makes of them.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send_raw(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).await.map_err(Error::broken)
    }

    async fn write(&mut self, opcode: u8, payload: &[u8]) -> Result<()> {
        let frame = frames::masked(opcode, payload, self.clock.random());
        self.send_raw(&frame).await
    }

    /// The next frame. Cancelling it loses nothing.
    ///
    /// # Errors
    /// [`Error::Closed`] when the server ended the connection.
    pub async fn next(&mut self) -> Result<Response> {
        match self.aside.pop_front() {
            Some(response) => Ok(response),
            None => self.read().await,
        }
    }

    async fn read(&mut self) -> Result<Response> {
        loop {
            match frames::take(&mut self.buffer)? {
                Some(Incoming::Message(payload)) => {
                    return self.codec.decode(&payload).map_err(|error| Error::Strange(error.to_string()));
                }
                Some(Incoming::Ping(payload)) => self.write(frames::PONG, &payload).await?,
                Some(Incoming::Close(code, reason)) => return Err(Error::Closed { code, reason }),
                Some(Incoming::Other) => {}
                None => self.more().await?,
            }
        }
    }

    /// Sends a request and waits for its answer; what else comes meanwhile is kept for [`Socket::next`].
    ///
    /// # Errors
    /// The server's refusal, or the end of the connection.
    pub async fn ask(&mut self, mut request: Request) -> Result<Response> {
        self.asked += 1;
        let reference = format!("c{}", self.asked);
        request.reference = Some(reference.clone());
        self.send(&request).await?;
        loop {
            let response = self.read().await?;
            if response.reference.as_ref() != Some(&reference) {
                self.aside.push_back(response);
                continue;
            }
            if response.t == Kind::Error {
                let problem = serde_json::from_value(response.d);
                return Err(problem.map_or_else(
                    |error| Error::Strange(error.to_string()),
                    |p| Error::Refused(Box::new(p)),
                ));
            }
            return Ok(response);
        }
    }

    /// Signs in; answers the hello.
    ///
    /// # Errors
    /// As [`Socket::ask`].
    pub async fn sign_in(&mut self, token: &str) -> Result<Value> {
        self.ask(request("auth", None, json!({"token": token}))).await?;
        loop {
            let response = self.read().await?;
            if response.t == Kind::Hello {
                return Ok(response.d);
            }
            self.aside.push_back(response);
        }
    }

    /// Joins a room, from where a former visit ended; answers epoch, number, presence and how much was missed.
    ///
    /// # Errors
    /// As [`Socket::ask`].
    pub async fn join(&mut self, room: &RoomId, from: Option<(&str, u64)>) -> Result<Value> {
        let d = from.map_or_else(|| json!({}), |(epoch, after)| json!({"epoch": epoch, "after_seq": after}));
        Ok(self.ask(request("join", Some(room), d)).await?.d)
    }

    /// Joins a room after an event whose epoch is not known.
    ///
    /// # Errors
    /// As [`Socket::ask`].
    pub async fn join_after(&mut self, room: &RoomId, after: u64) -> Result<Value> {
        Ok(self.ask(request("join", Some(room), json!({"after_seq": after}))).await?.d)
    }

    /// Carries an operation out by its name.
    ///
    /// # Errors
    /// As [`Socket::ask`].
    pub async fn call(&mut self, name: &str, input: Value, key: Option<&str>) -> Result<Reply> {
        let mut request = request("call", None, input);
        request.name = Some(name.to_owned());
        request.idem = key.map(str::to_owned);
        let response = self.ask(request).await?;
        serde_json::from_value(response.d).map_err(|error| Error::Strange(error.to_string()))
    }

    /// Carries an operation out: the same value that the server runs.
    ///
    /// # Errors
    /// As [`Socket::ask`].
    pub async fn run<T: Endpoint>(&mut self, operation: &T) -> Result<Reply> {
        let input = serde_json::to_value(operation).map_err(|error| Error::Strange(error.to_string()))?;
        self.call(op::<T>().name(), input, None).await
    }

    /// Says that it is still there.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn ping(&mut self) -> Result<()> {
        self.send(&request("ping", None, Value::Null)).await
    }

    /// Says goodbye.
    ///
    /// # Errors
    /// When the connection is gone already.
    pub async fn close(mut self) -> Result<()> {
        self.write(frames::CLOSE, &1000_u16.to_be_bytes()).await
    }
}

fn request(op: &str, room: Option<&RoomId>, d: Value) -> Request {
    Request { op: op.to_owned(), room: room.cloned(), d, ..Request::default() }
}
