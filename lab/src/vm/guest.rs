//! The guest as the rest of the tool sees it: put a file, run a program, read the kernel's log.

use crate::{
    report::verdict::Lost,
    vm::{
        channel::{self, Channel, Gone, Heard, Program, Spawn, TimedOut},
        console::{self, Console},
        emulator::{Killer, Vm, pace::Deadline},
        hung::Why,
    },
};
use agent::{Answer, Exit, Request, Stream};
use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use std::{
    fs,
    path::Path,
    sync::mpsc::Receiver,
    thread,
    time::{Duration, SystemTime},
};

/// How long the agent may take for anything it does itself, unless somebody is less patient. This and all bounds below are
/// of the guest's own time ([`crate::vm::emulator::pace`]).
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How long the guest of a watched program may be silent.
const SILENCE: Duration = Duration::from_secs(3);

/// So often the log is looked at again for the end of a report, and this long after each time.
const REPORT: usize = 20;
const REPORT_NAP: Duration = Duration::from_millis(50);

/// A VM whose agent answers.
pub struct Guest {
    vm: Vm,
    channel: Channel,
    booted: Receiver<()>,
    next_mark: u32,
    patience: Duration,
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
        let (channel, booted) = Channel::open(&vm.port, vm.pace.clone())?;
        Ok(Guest { vm, channel, booted, next_mark: 0, patience: PATIENCE })
    }

    /// The emulator's process.
    pub fn emulator(&self) -> u32 {
        self.vm.id()
    }

    /// The kernel log so far.
    pub fn log(&self) -> String {
        self.vm.console.text()
    }

    /// The kernel log, to follow it.
    pub fn console(&self) -> Console {
        self.vm.console.clone()
    }

    /// What ends the emulator from another thread.
    pub fn killer(&self) -> Killer {
        self.vm.killer()
    }

    /// The emulator, to control it.
    pub fn vm(&mut self) -> &mut Vm {
        &mut self.vm
    }

    /// Gives the agent only so long for what it does itself, also when it is asked where a program stands.
    pub fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// When the guest will have had `time` from now on.
    pub fn deadline(&self, time: Duration) -> Deadline {
        self.vm.pace.deadline(time)
    }

    /// Waits until the guest has booted.
    pub fn wait_until_ready(&mut self, patience: Duration) -> Result<()> {
        let ready = channel::wait(&self.booted, &self.deadline(patience));
        ready.or_else(|error| self.failed(error)).context("boot the guest")
    }

    /// The first words to a fresh clone: what time it is, and randomness of its own.
    pub fn wake(&mut self) -> Result<()> {
        let mut entropy = [0; 32];
        std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, &mut entropy)?;
        let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        self.ask(Request::Wake { clock, entropy }).context("wake the guest")
    }

    /// Writes a file in the guest.
    pub fn put(&mut self, path: &str, mode: u32, bytes: Vec<u8>) -> Result<()> {
        self.ask(Request::Put { path: path.into(), mode, bytes }).with_context(|| format!("put {path} into the guest"))
    }

    /// Writes a copy of one of the host's files.
    pub fn put_file(&mut self, path: &str, mode: u32, file: &Path) -> Result<()> {
        self.put(path, mode, fs::read(file).with_context(|| format!("read {}", file.display()))?)
    }

    /// Runs a program to its end, without input. Fails with [`crate::vm::hung::Hung`] if it has none.
    pub fn run(&mut self, argv: &[&str], limits: Limits) -> Result<Ended> {
        self.complete(argv, limits, false, &mut |_| {})
    }

    /// The same, and fails as soon as the guest sees that the program has no end.
    pub fn run_watched(&mut self, argv: &[&str], limits: Limits) -> Result<Ended> {
        self.complete(argv, limits, true, &mut |_| {})
    }

    /// The same as [`Guest::run`], and has `hear` take what the program writes to standard output as it comes.
    pub fn follow(&mut self, argv: &[&str], limits: Limits, hear: &mut dyn FnMut(&[u8])) -> Result<Ended> {
        self.complete(argv, limits, false, hear)
    }

    fn complete(&mut self, argv: &[&str], limits: Limits, watched: bool, hear: &mut dyn FnMut(&[u8])) -> Result<Ended> {
        let program = self.spawn(Spawn { argv, watched, ..Spawn::default() })?;
        self.send(Request::Input { program: program.id(), bytes: vec![] })?;
        let mut ended = Ended { exit: Exit::Code(0), stdout: vec![], stderr: vec![], flooded: false };
        let end = self.deadline(limits.time);
        loop {
            let deadline = if watched { end.clone().or(self.deadline(SILENCE)) } else { end.clone() };
            match self.next_of(&program, &deadline) {
                Ok(Heard::Output(stream, bytes)) if !ended.flooded => {
                    match stream {
                        Stream::Stdout => {
                            hear(&bytes);
                            ended.stdout.extend(bytes);
                        }
                        Stream::Stderr => ended.stderr.extend(bytes),
                        Stream::Aside => {}
                    }
                    if ended.stdout.len() + ended.stderr.len() > limits.bytes {
                        ended.flooded = true;
                        self.kill(&program, Signal::SIGKILL)?;
                    }
                }
                Ok(Heard::Output(..)) => {}
                Ok(Heard::Looked(progress)) => {
                    if let Some(why) = Why::seen(progress) {
                        return Err(self.hung(argv, why, ended).into());
                    }
                }
                Ok(Heard::Exited(exit)) => {
                    ended.exit = exit;
                    return Ok(ended);
                }
                Ok(Heard::Failed(why)) => bail!("{why}"),
                Err(error) if error.is::<TimedOut>() => {
                    let why = if end.left().is_some() { Why::Silent(SILENCE) } else { Why::Late(limits.time) };
                    return Err(self.hung(argv, why, ended).into());
                }
                Err(error) => return Err(error.context(format!("run {}", argv.join(" ")))),
            }
        }
    }

    /// Starts a program. Fails when the VM is lost; whether the program did start is heard by [`Guest::next_of`].
    pub fn spawn(&mut self, how: Spawn) -> Result<Program> {
        self.channel.spawn(how).or_else(|gone| self.failed(gone.into()))
    }

    /// What is heard next of a program. Fails with [`TimedOut`] and when the VM is lost.
    pub fn next_of(&mut self, program: &Program, deadline: &Deadline) -> Result<Heard> {
        program.next(deadline).or_else(|error| self.failed(error))
    }

    /// Sends a signal to a program's process group.
    pub fn kill(&mut self, program: &Program, signal: Signal) -> Result<()> {
        self.send(Request::Kill { program: program.id(), signal: signal as i32 })
    }

    /// The channel to the agent, for other threads.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Waits until everything that the kernel has logged so far has come over the console, and returns the whole log.
    pub fn settled_log(&mut self) -> Result<String> {
        for _ in 0..REPORT {
            let mark = self.next_mark();
            self.ask(Request::Log { line: mark.clone() })?;
            if !self.vm.console.wait_for(&mark, &self.deadline(self.patience)) {
                bail!("the kernel log did not reach its end within {} s", self.patience.as_secs());
            }
            // The mark may have come into the middle of a report that another processor writes.
            if !console::is_in_report(&self.log()) {
                break;
            }
            thread::sleep(REPORT_NAP);
        }
        Ok(without_marks(&self.log()))
    }

    fn next_mark(&mut self) -> String {
        self.next_mark += 1;
        format!("lab: mark {}", self.next_mark)
    }

    /// Has the agent do something, and waits until it is done.
    pub fn ask(&mut self, request: Request) -> Result<()> {
        self.answer(request).map(drop)
    }

    /// Has the agent do something, and returns its answer.
    pub fn answer(&mut self, request: Request) -> Result<Answer> {
        self.channel.ask(request, self.patience).or_else(|error| self.failed(error))
    }

    /// Sends a request whose answer is of no interest.
    fn send(&mut self, request: Request) -> Result<()> {
        self.channel.send(request).or_else(|gone| self.failed(gone.into()))
    }

    /// Fails with `error` or, when the guest has gone, with why.
    fn failed<T>(&mut self, error: anyhow::Error) -> Result<T> {
        Err(if error.is::<Gone>() { self.lost() } else { error })
    }

    /// The error for a VM that is no more.
    fn lost(&mut self) -> anyhow::Error {
        let why = self.vm.obituary();
        Lost { why, panicked: self.log().contains("Kernel panic") }.into()
    }
}

/// Whether a line of the kernel log is one that the tool wrote into it.
pub fn is_mark(line: &str) -> bool {
    console::message(line).starts_with("lab: mark ")
}

/// The kernel log without the lines that the tool wrote into it to find its end.
pub fn without_marks(log: &str) -> String {
    log.lines().filter(|line| !is_mark(line)).map(|line| format!("{line}\n")).collect()
}
