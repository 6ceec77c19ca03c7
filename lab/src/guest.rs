//! The guest as the rest of the tool sees it: put a file, run a program, read the kernel's log.

use crate::{console, qmp::Qmp, vm::Vm};
use agent::{Event, Exit, Request, Size, Stream, receive, send};
use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use std::{
    fs, io,
    os::unix::net::UnixStream,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

/// How long the agent may take for anything it does itself, unless somebody is less patient.
const PATIENCE: Duration = Duration::from_secs(10);

/// A VM whose agent answers.
pub struct Guest {
    vm: Vm,
    sender: Sender,
    events: Receiver<Event>,
    next_id: u32,
    next_mark: u32,
    patience: Duration,
}

/// The way to the agent, for any thread; the lock keeps frames whole.
#[derive(Clone)]
pub struct Sender(Arc<Mutex<UnixStream>>);

impl Sender {
    /// Sends a request. Fails when the VM is gone or its agent has not read for 10 s.
    pub fn send(&self, request: &Request) -> io::Result<()> {
        send(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), request)
    }
}

/// Bounds on a program.
#[derive(Clone, Copy)]
pub struct Limits {
    /// It is given up after this long.
    pub time: Duration,
    /// It is killed once it has written more than this many bytes.
    pub bytes: usize,
}

/// A program that ended.
pub struct Ended {
    /// How.
    pub exit: Exit,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
    /// It wrote more than it may and was killed for it.
    pub flooded: bool,
}

impl Guest {
    /// Takes over a VM.
    pub fn new(vm: Vm) -> Result<Self> {
        let port = vm.port.try_clone()?;
        // A guest that no longer reads must not hold up its host.
        port.set_write_timeout(Some(PATIENCE))?;
        let mut reader = vm.port.try_clone()?;
        let (queue, events) = mpsc::channel();
        // Ends with the emulator, which closes the port, or with the guest, which drops the receiver.
        thread::spawn(move || while receive(&mut reader).is_ok_and(|event| queue.send(event).is_ok()) {});
        Ok(Guest {
            vm,
            sender: Sender(Arc::new(Mutex::new(port))),
            events,
            next_id: 0,
            next_mark: 0,
            patience: PATIENCE,
        })
    }

    /// The emulator's process.
    pub fn emulator(&self) -> u32 {
        self.vm.id()
    }

    /// The kernel log so far.
    pub fn log(&self) -> String {
        self.vm.console.text()
    }

    /// The emulator, to control it.
    pub fn vm(&mut self) -> &mut Vm {
        &mut self.vm
    }

    /// Gives the agent only so long for what it does itself, also when it is asked where a program stands.
    pub fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// Waits until the guest has booted.
    pub fn wait_until_ready(&mut self, patience: Duration) -> Result<()> {
        match self.next_event(Instant::now() + patience).context("boot the guest")? {
            Event::Ready => Ok(()),
            other => bail!("the guest said {other:?} before it was ready"),
        }
    }

    /// The first words to a fresh clone: what time it is, and randomness of its own.
    pub fn wake(&mut self) -> Result<()> {
        let mut entropy = [0; 32];
        std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, &mut entropy)?;
        let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        self.ask(&Request::Wake { clock, entropy }).context("wake the guest")
    }

    /// Writes a file in the guest.
    pub fn put(&mut self, path: &str, mode: u32, bytes: Vec<u8>) -> Result<()> {
        self.ask(&Request::Put { path: path.into(), mode, bytes }).with_context(|| format!("put {path} into the guest"))
    }

    /// Writes a copy of one of the host's files.
    pub fn put_file(&mut self, path: &str, mode: u32, file: &Path) -> Result<()> {
        self.put(path, mode, fs::read(file).with_context(|| format!("read {}", file.display()))?)
    }

    /// Runs a program to its end, without input.
    pub fn run(&mut self, argv: &[&str], limits: Limits) -> Result<Ended> {
        let id = self.spawn(argv, &[], None)?;
        self.send(&Request::Input { id, bytes: vec![] })?;
        let mut ended = Ended { exit: Exit::Code(0), stdout: vec![], stderr: vec![], flooded: false };
        let deadline = Instant::now() + limits.time;
        loop {
            match self.next_event(deadline) {
                Ok(Event::Output { id: from, stream, bytes }) if from == id && !ended.flooded => {
                    match stream {
                        Stream::Stdout => ended.stdout.extend(bytes),
                        Stream::Stderr => ended.stderr.extend(bytes),
                    }
                    if ended.stdout.len() + ended.stderr.len() > limits.bytes {
                        ended.flooded = true;
                        self.send(&Request::Kill { id, signal: Signal::SIGKILL as i32 })?;
                    }
                }
                Ok(Event::Exited { id: of, exit }) if of == id => {
                    ended.exit = exit;
                    return Ok(ended);
                }
                Ok(Event::Failed { why }) => bail!("{why}"),
                Ok(_) => {}
                Err(error) if error.is::<TimedOut>() => {
                    let (program, seconds) = (argv.join(" "), limits.time.as_secs());
                    let output = String::from_utf8_lossy(&ended.stdout);
                    let last = output.lines().next_back().map(|line| format!("; the last it printed was `{line}`"));
                    let place = self.where_it_stands(argv[0]);
                    bail!(
                        "`{program}` was still running after {seconds} s; it was given up{}{place}",
                        last.unwrap_or_default()
                    );
                }
                Err(error) => return Err(error.context(format!("run {}", argv.join(" ")))),
            }
        }
    }

    /// Starts a program with these variables, on pipes or on a terminal; its events follow. Returns its id.
    pub fn spawn(&mut self, argv: &[&str], env: &[(&str, &str)], terminal: Option<Size>) -> Result<u32> {
        self.next_id += 1;
        let argv = argv.iter().map(|word| word.to_string()).collect();
        let env = env.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        self.send(&Request::Spawn { id: self.next_id, argv, env, terminal })?;
        Ok(self.next_id)
    }

    /// The sending half, for other threads.
    pub fn sender(&self) -> Sender {
        self.sender.clone()
    }

    /// Waits until everything that the kernel has logged so far has come over the console, and returns the whole log.
    pub fn settled_log(&mut self) -> Result<String> {
        let mark = self.next_mark();
        self.ask(&Request::Log { line: mark.clone() })?;
        self.wait_for_mark(&mark)?;
        Ok(without_marks(&self.log()))
    }

    /// The same for callers that take the guest's events themselves: an [`Event::Done`] follows.
    pub fn wait_for_log(&mut self) -> Result<()> {
        let mark = self.next_mark();
        self.send(&Request::Log { line: mark.clone() })?;
        self.wait_for_mark(&mark)
    }

    fn next_mark(&mut self) -> String {
        self.next_mark += 1;
        format!("lab: mark {}", self.next_mark)
    }

    fn wait_for_mark(&self, mark: &str) -> Result<()> {
        if !self.vm.console.wait_for(mark, self.patience) {
            bail!("the kernel log did not reach its end within {} s", self.patience.as_secs());
        }
        Ok(())
    }

    /// Has the kernel log the stacks of blocked tasks and busy processors, for whoever reads why something hangs.
    fn log_where_everyone_is(&mut self) {
        let evidence = ['w', 'l'].into_iter().try_for_each(|key| self.ask(&Request::Sysrq { key }));
        if evidence.is_ok() {
            let _ = self.settled_log();
        }
    }

    /// What each thread of a program is doing. Of a guest that no longer answers, where its processors are.
    fn where_it_stands(&mut self, program: &str) -> String {
        match self.stacks(program) {
            Ok(text) => {
                self.log_where_everyone_is();
                format!("\n{}", text.trim_end())
            }
            Err(error) => {
                let processors = Qmp::processors(&self.vm.control).unwrap_or_else(|error| format!("{error:#}"));
                format!("\nand the guest does not say where it stands: {error:#}\n{processors}")
            }
        }
    }

    fn stacks(&mut self, program: &str) -> Result<String> {
        self.send(&Request::Stacks { program: program.into() })?;
        let deadline = Instant::now() + self.patience;
        loop {
            match self.next_event(deadline)? {
                Event::Stacks { text } => return Ok(text),
                Event::Failed { why } => bail!("{why}"),
                // Output of the program that is being given up.
                _ => {}
            }
        }
    }

    /// Sends a request and waits for its answer.
    fn ask(&mut self, request: &Request) -> Result<()> {
        self.send(request)?;
        let deadline = Instant::now() + self.patience;
        loop {
            match self.next_event(deadline)? {
                Event::Done => return Ok(()),
                Event::Failed { why } => bail!("{why}"),
                // Output of a program that is being given up.
                _ => {}
            }
        }
    }

    /// Sends a request.
    fn send(&mut self, request: &Request) -> Result<()> {
        self.sender.send(request).map_err(|_| self.lost())
    }

    /// The agent's next event.
    pub fn next_event(&mut self, deadline: Instant) -> Result<Event> {
        match self.events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(event) => Ok(event),
            Err(RecvTimeoutError::Timeout) => Err(TimedOut.into()),
            Err(RecvTimeoutError::Disconnected) => Err(self.lost()),
        }
    }

    /// The error for a VM that is no more.
    fn lost(&mut self) -> anyhow::Error {
        let why = self.vm.obituary();
        Lost { why, panicked: self.log().contains("Kernel panic") }.into()
    }
}

/// The kernel log without the lines that the tool wrote into it to find its end.
pub fn without_marks(log: &str) -> String {
    log.lines()
        .filter(|line| !console::message(line).starts_with("lab: mark "))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// The guest did not answer in time.
#[derive(Debug)]
pub struct TimedOut;

impl std::fmt::Display for TimedOut {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("the guest did not answer in time")
    }
}

impl std::error::Error for TimedOut {}

/// The VM is gone.
#[derive(Debug)]
pub struct Lost {
    why: String,
    /// Its kernel had panicked.
    pub panicked: bool,
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "the VM was lost: {}", self.why)
    }
}

impl std::error::Error for Lost {}
