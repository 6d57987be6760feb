//! The wire on NATS: three subjects a node and one for all, whatever the number of rooms and people. A node that is
//! gone has no subscription, and a question to it is refused at once. The connection is read and written by a thread
//! of its own: a server that has more to do than it can is late, but not off the wire.

use super::{Config, INBOX_MAX, Incoming, Lost, Reply, Slots, To};
use crate::{Error, cluster::Run};
use async_nats::{
    Client, ConnectOptions, Request, Subscriber,
    client::{PublishErrorKind, RequestErrorKind},
    connection::State,
};
use bytes::Bytes;
use futures_util::StreamExt as _;
use std::{io, path::Path, sync::Arc, thread, time::Duration};
use storage::access;
use tokio::{
    runtime::{Builder, Handle},
    sync::{mpsc, oneshot},
    time::timeout,
};
use tracing::{info, warn};

/// How long a start waits for the servers, and a message for room in the driver's queue.
const CONNECT_WAIT: Duration = Duration::from_secs(5);
const SEND_WAIT: Duration = Duration::from_millis(500);
/// How often the driver asks its server whether it is there.
const PING_EVERY: Duration = Duration::from_secs(5);
/// Between two attempts to reconnect: at first soon, then less often.
const RECONNECT_STEP: Duration = Duration::from_millis(50);
const RECONNECT_MAX: Duration = Duration::from_millis(500);

/// A connection; cheap to clone.
#[derive(Clone)]
pub struct Wire {
    client: Client,
    space: Arc<str>,
    thread: Handle,
    /// The thread ends when the last of these is dropped.
    _stays: Arc<oneshot::Sender<()>>,
}

impl Wire {
    pub(super) async fn connect(config: &Config, name: &str, space: &str) -> Result<Self, Error> {
        let refused = |reason: String| {
            let servers = config.servers.join(", ");
            Error::Bus(format!("no NATS server at {servers} lets this node in: {reason}"))
        };
        let mut options = ConnectOptions::new()
            .name(format!("ecosystia {name}"))
            .subscription_capacity(INBOX_MAX)
            .connection_timeout(CONNECT_WAIT)
            .ping_interval(PING_EVERY)
            .reconnect_delay_callback(|attempt| {
                let steps = u32::try_from(attempt).unwrap_or(u32::MAX);
                RECONNECT_STEP.saturating_mul(steps).min(RECONNECT_MAX)
            })
            .event_callback(|event| async move {
                match event {
                    async_nats::Event::Connected => info!("connected to NATS"),
                    event => warn!(%event, "NATS"),
                }
            });
        if let Some(user) = &config.user {
            let file = config.password_file.as_deref();
            let password = access::password(config.password.as_ref(), file);
            let unread = |error| refused(format!("{}: {error}", file.unwrap_or(Path::new("")).display()));
            let password = password.map_err(unread)?;
            options = options.user_and_password(user.clone(), password);
        }
        if let Some(tls) = &config.tls {
            options = options.require_tls(true).add_root_certificates(tls.ca.clone());
            if let (Some(certificate), Some(key)) = (&tls.certificate, &tls.key) {
                options = options.add_client_certificate(certificate.clone(), key.clone());
            }
        }
        let (thread, stays) = begin_thread().map_err(|error| refused(error.to_string()))?;
        let servers = config.servers.clone();
        // Whoever connects there is served there from then on.
        let connecting = thread.spawn(async move { options.connect(servers).await });
        let connecting = timeout(CONNECT_WAIT * 2, connecting).await;
        let client = connecting.map_err(|_| refused("nobody answered".to_owned()))?;
        let client = client.map_err(|error| refused(error.to_string()))?;
        let client = client.map_err(|error| refused(error.to_string()))?;
        Ok(Self { client, space: space.into(), thread, _stays: Arc::new(stays) })
    }

    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.thread.spawn(task);
    }

    pub(super) async fn listen(&self, run: Run, slots: Slots) -> Result<(), Lost> {
        for to in [To::Ear(run), To::Desk(run), To::Pulse(run), To::All] {
            let subscribed = timeout(CONNECT_WAIT, self.client.subscribe(self.subject(to))).await;
            let subscriber = subscribed.map_err(|_| Lost::Unanswered)?.map_err(|_| Lost::Unanswered)?;
            self.spawn(pass_on(subscriber, to, slots.of(to).clone()));
        }
        timeout(CONNECT_WAIT, self.client.flush()).await.ok().and_then(Result::ok).ok_or(Lost::Unanswered)
    }

    pub(super) async fn send(&self, to: To, body: Bytes) -> Result<(), Lost> {
        match timeout(SEND_WAIT, self.client.publish(self.subject(to), body)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if error.kind() == PublishErrorKind::MaxPayloadExceeded => Err(Lost::TooLarge),
            Ok(Err(_)) | Err(_) => Err(Lost::Unanswered),
        }
    }

    pub(super) async fn ask(&self, to: Run, body: Bytes, wait: Duration) -> Result<Bytes, Lost> {
        let request = Request::new().payload(body).timeout(Some(wait));
        // The driver's patience begins once the question is in its queue.
        let asked = timeout(wait, self.client.send_request(self.subject(To::Desk(to)), request)).await;
        match asked.map_err(|_| Lost::Unanswered)? {
            Ok(message) => Ok(message.payload),
            Err(error) => Err(match error.kind() {
                RequestErrorKind::NoResponders => Lost::Nobody,
                RequestErrorKind::MaxPayloadExceeded => Lost::TooLarge,
                _ => Lost::Unanswered,
            }),
        }
    }

    pub(super) async fn answer(&self, to: async_nats::Subject, body: Bytes) {
        if let Err(error) = self.client.publish(to, body).await {
            warn!(%error, "an answer could not be sent");
        }
    }

    pub(super) async fn reconnect(&self) {
        if self.client.connection_state() != State::Connected {
            // It is at it.
            return;
        }
        if let Err(error) = self.client.force_reconnect().await {
            warn!(%error, "the connection to NATS can't be made anew");
        }
    }

    fn subject(&self, to: To) -> String {
        let space = &self.space;
        match to {
            To::Ear(run) => format!("{space}.node.{run}.events"),
            To::Desk(run) => format!("{space}.node.{run}.ask"),
            To::Pulse(run) => format!("{space}.node.{run}.pulse"),
            To::All => format!("{space}.nodes"),
        }
    }
}

/// A thread for the wire, and what keeps it.
fn begin_thread() -> io::Result<(Handle, oneshot::Sender<()>)> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (handle, (stays, gone)) = (runtime.handle().clone(), oneshot::channel());
    let work = move || drop(runtime.block_on(gone));
    thread::Builder::new().name("wire".to_owned()).spawn(work)?;
    Ok((handle, stays))
}

/// Hands messages over in the order they came, until nobody takes them any more.
async fn pass_on(mut subscriber: Subscriber, to: To, inbox: mpsc::Sender<Incoming>) {
    loop {
        let message = tokio::select! {
            message = subscriber.next() => message,
            () = inbox.closed() => None,
        };
        let Some(message) = message else { return };
        let reply = message.reply.map(Reply::Nats);
        if inbox.send(Incoming { to, body: message.payload, reply }).await.is_err() {
            return;
        }
    }
}
