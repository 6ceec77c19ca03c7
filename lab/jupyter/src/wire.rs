//! The wire between Jupyter and evcxr. Jupyter connects to this program, which connects to evcxr, a process of its own, and
//! passes on what either says. So a reader can be told what evcxr does not know or say: see [`crate::teller`] and
//! [`crate::progress`]. Of Jupyter's five channels only the two are tapped that cells go over; for the others, evcxr listens
//! where Jupyter looks for it.

use crate::{
    message::{Key, Message},
    progress::Progress,
    teller::{Teller, Way},
    zmtp::{self, Sent},
};
use anyhow::{Context, Result};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    env,
    fs::{self, File},
    io::{self, BufReader, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

/// The ports that a connection file names.
const CHANNELS: [&str; 5] = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"];

/// The channels to tap, and what goes which way over each: to the kernel, and from it.
const TAPPED: [(&str, Option<Way>, Way); 2] =
    [("shell_port", Some(Way::Asked), Way::Answered), ("iopub_port", None, Way::Published)];

/// How often to look whether evcxr listens yet.
const NAP: Duration = Duration::from_millis(5);

/// How often to look what is compiled for a cell.
const LOOK: Duration = Duration::from_secs(1);

/// What a connection file of Jupyter's says, and its ports, held until evcxr is about to listen there. Jupyter only knows that
/// they were free, and to find a folder may take long: others would get them meanwhile.
pub struct Line {
    control: Value,
    held: BTreeMap<&'static str, TcpListener>,
}

impl Line {
    /// Listens on all ports that the connection file names.
    pub fn of(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
        let control: Value = serde_json::from_str(&text).with_context(|| format!("read {}", file.display()))?;
        let ip = field(&control, "ip")?;
        let mut held = BTreeMap::new();
        for name in CHANNELS {
            let port: u16 = control[name]
                .as_u64()
                .and_then(|port| port.try_into().ok())
                .with_context(|| format!("{name} is missing"))?;
            held.insert(
                name,
                TcpListener::bind((ip.as_str(), port)).with_context(|| format!("listen on port {port}"))?,
            );
        }
        Ok(Line { control, held })
    }

    /// Passes everything on from now on, in threads of its own. Returns the connection file for evcxr, which is in `folder`.
    pub fn lay(mut self, folder: &Path) -> Result<PathBuf> {
        let (ip, key) = (field(&self.control, "ip")?, Key::new(&field(&self.control, "key")?));
        let teller = Arc::new(Teller::new(folder));
        // All at once, so that they differ.
        let free = TAPPED.map(|_| TcpListener::bind((ip.as_str(), 0)));
        for ((name, to_kernel, from_kernel), free) in TAPPED.into_iter().zip(free) {
            let inside = free.context("find a free port")?.local_addr()?.port();
            let listener = self.held.remove(name).with_context(|| format!("{name} is missing"))?;
            let (ip, folder, key, teller) = (ip.clone(), folder.to_path_buf(), key.clone(), teller.clone());
            let tap = Tap { ip, inside, folder, to_kernel, from_kernel, key, teller };
            thread::spawn(move || {
                for jupyter in listener.incoming().flatten() {
                    let tap = tap.clone();
                    // A connection that breaks is Jupyter's to make anew.
                    thread::spawn(move || tap.carry(&jupyter));
                }
            });
            self.control[name] = inside.into();
        }
        let path = folder.join("connection.json");
        let _ = fs::remove_file(&path);
        // The key is nobody else's business.
        let mut file: File = File::options().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(self.control.to_string().as_bytes()).with_context(|| format!("write {}", path.display()))?;
        Ok(path)
    }
}

fn field(control: &Value, name: &str) -> Result<String> {
    control[name].as_str().map(str::to_string).with_context(|| format!("{name} is missing"))
}

/// A tapped channel.
#[derive(Clone)]
struct Tap {
    ip: String,
    /// Where evcxr listens.
    inside: u16,
    /// Where evcxr builds the cells.
    folder: PathBuf,
    to_kernel: Option<Way>,
    from_kernel: Way,
    key: Key,
    teller: Arc<Teller>,
}

impl Tap {
    /// Carries what goes over a connection of Jupyter's, until either side closes it.
    fn carry(&self, jupyter: &TcpStream) -> io::Result<()> {
        // Not before it listens: a connection to a free port may find itself at the other end.
        while !listens(self.inside)? {
            thread::sleep(NAP);
        }
        let evcxr = TcpStream::connect((self.ip.as_str(), self.inside))?;
        for stream in [jupyter, &evcxr] {
            stream.set_nodelay(true)?;
        }
        let (to_kernel, to_jupyter) = (Mutex::new(End::of(&evcxr)), Mutex::new(End::of(jupyter)));
        let (ended, end) = mpsc::channel::<()>();
        // When one direction ends, so does the other.
        let close = || [jupyter, &evcxr].map(|stream| stream.shutdown(Shutdown::Both));
        thread::scope(|scope| {
            if self.from_kernel == Way::Published
                && env::var_os("CROSSINGS_PROGRESS").is_none_or(|when| when != "never")
            {
                scope.spawn(|| self.show_progress(&to_jupyter, end));
            }
            scope.spawn(|| {
                let _ = self.pass(jupyter, &to_kernel, self.to_kernel);
                close()
            });
            let passed = self.pass(&evcxr, &to_jupyter, Some(self.from_kernel));
            let _ = close();
            drop(ended);
            passed
        })
    }

    /// Carries one direction.
    fn pass(&self, mut from: &TcpStream, to: &Mutex<End>, way: Option<Way>) -> io::Result<()> {
        // Nothing else is said before the greeting is over: a cell has not begun.
        let mut stream = lock(to).stream;
        zmtp::greet(&mut from, &mut stream)?;
        let mut from = BufReader::new(from);
        loop {
            let sent = zmtp::receive(&mut from)?;
            let message = match (&sent, way) {
                (Sent::Message(parts), Some(_)) => Message::read(parts),
                _ => None,
            };
            let mut to = lock(to);
            let Some((message, way)) = message.zip(way) else {
                zmtp::send(&mut to.stream, &sent)?;
                continue;
            };
            if way == Way::Published
                && let Some(before) = to.progress.note(&message)
            {
                to.say(&before, &self.key)?;
            }
            match self.teller.edit(way, message) {
                None => zmtp::send(&mut to.stream, &sent)?,
                Some(messages) => messages.iter().try_for_each(|message| to.say(message, &self.key))?,
            }
        }
    }

    /// Shows what is compiled for cells, until the connection has ended.
    fn show_progress(&self, to: &Mutex<End>, end: mpsc::Receiver<()>) -> io::Result<()> {
        while end.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            let mut to = lock(to);
            if let Some(message) = to.progress.look(&self.folder) {
                to.say(&message, &self.key)?;
            }
        }
        Ok(())
    }
}

/// The end of a connection that is written to. Its lock guards that messages do not mix, and that nothing is shown of a cell's
/// progress after the cell's own output.
struct End<'a> {
    stream: &'a TcpStream,
    progress: Progress,
}

impl<'a> End<'a> {
    fn of(stream: &'a TcpStream) -> Self {
        End { stream, progress: Progress::default() }
    }

    fn say(&mut self, message: &Message, key: &Key) -> io::Result<()> {
        zmtp::send(&mut self.stream, &Sent::Message(message.parts(key)))
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether somebody listens on a port of this machine: proc_net_tcp, in `Documentation/networking/proc_net_tcp.rst`.
fn listens(port: u16) -> io::Result<bool> {
    const LISTEN: &str = "0A";
    let port = format!(":{port:04X}");
    let is_it = |line: &str| matches!(line.split_whitespace().collect::<Vec<_>>()[..], [_, local, _, LISTEN, ..] if local.ends_with(&port));
    Ok(fs::read_to_string("/proc/net/tcp")?.lines().any(is_it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_listened_on_or_not() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let port = listener.local_addr().expect("address").port();
        assert!(listens(port).expect("look"));
        drop(listener);
        assert!(!listens(port).expect("look"));
    }
}
