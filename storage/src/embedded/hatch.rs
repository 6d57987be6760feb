//! The hatch in the directory: a socket through which whoever has the store open hands out copies of it. It is
//! asked for nothing but a copy, by whoever may open the socket's file, which is its owner alone; and it hands out
//! one at a time.

use super::{backup, files::Files};
use crate::{Error, backup::Out};
use parking_lot::Mutex;
use std::{
    fs::{self, Permissions},
    io::{self, BufWriter},
    net::Shutdown,
    os::unix::{
        fs::PermissionsExt as _,
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

const NAME: &str = "copies";
/// How long the thread waits for somebody who asked for a copy and takes nothing of it.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes sent at once.
const BUFFER: usize = 256 << 10;
/// Making a copy gives way to everything else, as the tree's own threads do.
const NICENESS: i32 = 10;

/// How long the thread waits after nobody could be let in, for want of a file.
const PAUSE: Duration = Duration::from_secs(1);

/// An open hatch. Dropping it breaks a copy off that is under way.
pub(super) struct Hatch {
    path: PathBuf,
    listener: Arc<UnixListener>,
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

struct Desk {
    files: Arc<Files>,
    incarnation: Arc<AtomicU64>,
    closed: AtomicBool,
    /// Who is being served.
    guest: Mutex<Option<UnixStream>>,
}

impl Hatch {
    /// Opens it, if the directory can hold a socket; without one the store works as well, but can be copied only
    /// while nobody has it open.
    pub(super) fn open(dir: &Path, files: Arc<Files>, incarnation: Arc<AtomicU64>) -> Option<Self> {
        let desk = Desk { files, incarnation, closed: AtomicBool::new(false), guest: Mutex::new(None) };
        let (path, desk) = (dir.join(NAME), Arc::new(desk));
        match begin(&path, Arc::clone(&desk)) {
            Ok((listener, thread)) => Some(Self { path, listener, desk, thread: Some(thread) }),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "no backup can be made while this runs");
                None
            }
        }
    }
}

fn begin(path: &Path, desk: Arc<Desk>) -> io::Result<(Arc<UnixListener>, JoinHandle<()>)> {
    // Whoever left it behind has ended: the directory is locked.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = Arc::new(UnixListener::bind(path)?);
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    let guests = Arc::clone(&listener);
    let thread = thread::Builder::new().name("storage-copies".to_owned()).spawn(move || {
        // Refused, it only costs speed.
        let _ = rustix::process::nice(NICENESS);
        for guest in guests.incoming() {
            if desk.closed.load(Ordering::Acquire) {
                return;
            }
            let Ok(guest) = guest else {
                thread::sleep(PAUSE);
                continue;
            };
            if let Err(error) = desk.serve(guest) {
                tracing::warn!(%error, "a backup was broken off");
            }
        }
    })?;
    Ok((listener, thread))
}

impl Desk {
    fn serve(&self, guest: UnixStream) -> Result<(), Error> {
        let unusable = |error: io::Error| Error::Unwritten(error.to_string());
        guest.set_write_timeout(Some(PATIENCE)).map_err(unusable)?;
        *self.guest.lock() = Some(guest.try_clone().map_err(unusable)?);
        tracing::info!("handing out a copy for a backup");
        let out = Box::new(BufWriter::with_capacity(BUFFER, guest));
        let copied = backup::export(&self.files, self.incarnation.load(Ordering::Acquire), out, &self.closed);
        *self.guest.lock() = None;
        copied.map(|counts| tracing::info!(?counts, "the copy is complete"))
    }
}

impl Drop for Hatch {
    fn drop(&mut self) {
        self.desk.closed.store(true, Ordering::Release);
        if let Some(guest) = &*self.desk.guest.lock() {
            // One that is gone needs no goodbye.
            let _ = guest.shutdown(Shutdown::Both);
        }
        // The thread waits for the next guest. Not every system wakes it for the first reason.
        let _ = rustix::net::shutdown(&*self.listener, rustix::net::Shutdown::Both);
        let _ = UnixStream::connect(&self.path);
        let _ = fs::remove_file(&self.path);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that hands out copies had panicked");
        }
    }
}

/// Has a copy handed out by whoever has the directory open. Whether it is whole is for its reader to find out.
pub(super) fn fetch(dir: &Path, mut out: Out) -> Result<(), Error> {
    let nobody = |error: io::Error| {
        let reason = format!("whoever has it open hands out no copies ({error}); end that first");
        Error::Open { path: dir.display().to_string(), reason }
    };
    let mut copies = UnixStream::connect(dir.join(NAME)).map_err(nobody)?;
    let copied = io::copy(&mut copies, &mut out).and_then(|_| out.flush());
    copied.map_err(|error| Error::Unwritten(error.to_string()))
}
