//! The bare loop: the least that telling something to N people can cost. One thread holds N accepted
//! sockets and writes the same bytes to each, one after another, with nothing around it. What a server
//! needs beyond this is the server's own; what this needs is the kernel's.

use crate::{
    child::{self, Orders, Reports},
    client::frame,
    clock::{now_us, until},
    error::{Error, Result},
    schedule::Schedule,
    stamp::Stamp,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use socket2::{Domain, Socket, Type};
use std::{
    io::{self, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process::ExitCode,
    time::Duration,
};
use tokio::{process::Child, time::timeout};

/// The crowd number in the stamps of the loop: no crowd has it.
const NOBODY: u16 = u16::MAX;

/// Connections that may wait to be accepted; more than the crowds open at once.
const BACKLOG: i32 = 4_096;

/// How long the sockets may take to connect, or the loop to fall behind its schedule.
const LIMIT: Duration = Duration::from_secs(120);

/// What the loop does next.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    /// Accept so many connections.
    Accept { people: usize },
    /// Write a frame to all of them by this schedule.
    Write { sample: String, schedule: Schedule, starts_at_us: u64 },
}

/// What the loop answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Report {
    /// It listens here.
    Listening { address: SocketAddr },
    /// Everybody is connected.
    Full,
    /// Everything is written.
    Written { writes: u64 },
}

/// The harness's side of the loop.
pub(crate) struct Bare {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Its process.
    pub(crate) pid: u32,
    orders: Orders<Order>,
    reports: Reports<Report>,
    _child: Child,
}

impl Bare {
    /// Starts a loop that will accept so many connections.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) async fn start(people: usize) -> Result<Self> {
        let (child, mut orders, mut reports) = child::spawn::<Order, Report>(&["bare"])?;
        orders.give(&Order::Accept { people }).await?;
        let pid = child.id().unwrap_or_default();
        match next(&mut reports, LIMIT).await? {
            Report::Listening { address } => Ok(Self { address, pid, orders, reports, _child: child }),
            other => Err(unexpected(&other)),
        }
    }

    /// Waits until everybody is connected.
    ///
    /// # Errors
    /// When somebody does not come.
    pub(crate) async fn full(&mut self) -> Result<()> {
        match next(&mut self.reports, LIMIT).await? {
            Report::Full => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    /// Writes this frame, restamped each time, to everybody; answers the number of writes.
    ///
    /// # Errors
    /// When a write fails, or the frame carries no stamp.
    pub(crate) async fn write(
        &mut self,
        sample: String,
        schedule: Schedule,
        starts_at_us: u64,
    ) -> Result<u64> {
        self.orders.give(&Order::Write { sample, schedule, starts_at_us }).await?;
        match next(&mut self.reports, Duration::from_secs_f64(schedule.seconds) + LIMIT).await? {
            Report::Written { writes } => Ok(writes),
            other => Err(unexpected(&other)),
        }
    }
}

async fn next(reports: &mut Reports<Report>, limit: Duration) -> Result<Report> {
    let late = |_| Error::Late { step: "the bare loop".into(), limit };
    let report = timeout(limit, reports.next()).await.map_err(late)??;
    report.ok_or_else(|| Error::answer("the bare loop", "it is gone"))
}

fn unexpected(report: &Report) -> Error {
    Error::answer("the bare loop", format_args!("{report:?}"))
}

/// Plays the loop until the harness is gone.
pub(crate) fn run() -> ExitCode {
    match play() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn play() -> io::Result<()> {
    let listener = listener()?;
    let mut sockets: Vec<TcpStream> = Vec::new();
    for line in io::stdin().lines() {
        match serde_json::from_str(&line?)? {
            Order::Accept { people } => {
                tell(&Report::Listening { address: listener.local_addr()? })?;
                while sockets.len() < people {
                    let (socket, _) = listener.accept()?;
                    socket.set_nodelay(true)?;
                    sockets.push(socket);
                }
                tell(&Report::Full)?;
            }
            Order::Write { sample, schedule, starts_at_us } => {
                let writes = write_all(&mut sockets, &sample, schedule, starts_at_us)?;
                tell(&Report::Written { writes })?;
            }
        }
    }
    Ok(())
}

/// With room for everybody who comes at once. The standard library's listener has room for 128: of those
/// beyond it some believe they are connected, say nothing, and are never accepted.
fn listener() -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn tell(report: &Report) -> io::Result<()> {
    let mut line = serde_json::to_vec(report)?;
    line.push(b'\n');
    io::stdout().lock().write_all(&line)
}

fn write_all(
    sockets: &mut [TcpStream],
    sample: &str,
    schedule: Schedule,
    starts_at_us: u64,
) -> io::Result<u64> {
    let payload = STANDARD.decode(sample).map_err(io::Error::other)?;
    let mut bytes = Vec::new();
    frame::write_unmasked(&mut bytes, frame::Opcode::Binary, &payload);
    let place = Stamp::find(&bytes).ok_or_else(|| io::Error::other("the sample carries no stamp"))?;
    let mut writes = 0;
    for (number, instant) in (0..).zip(schedule.instants()) {
        let intended_us = starts_at_us + instant;
        std::thread::sleep(until(intended_us));
        // Behind by so much, the rest would only measure a queue.
        if now_us().saturating_sub(intended_us) > u64::try_from(LIMIT.as_micros()).unwrap_or(u64::MAX) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Stamp { intended_us, crowd: NOBODY, number }.overwrite(&mut bytes, place);
        for socket in &mut *sockets {
            socket.write_all(&bytes)?;
            writes += 1;
        }
    }
    Ok(writes)
}
