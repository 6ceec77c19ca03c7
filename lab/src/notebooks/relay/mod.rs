//! `cargo lab dev relay`: what a notebook's kernel takes for the process that runs its cells. It clones a guest, puts each
//! compiled cell into it, and carries what the cell prints; evcxr speaks to it over standard input and output as to its
//! own runtime. A cell in which `?` returned an error, or that panicked, has failed and costs nothing else. One rule for all
//! else that can go wrong: the relay says what, and ends with the guest; then evcxr fails the cell, and starts another
//! relay for the next one.
//!
//! [`feed`] carries what comes from [`evcxr`] to the cells; [`transcript`] says what the cells' bytes mean; [`requests`] does
//! what they ask of the host; [`trouble`] reads the kernel's log meanwhile; [`modules`] knows what went with the guest before, and [`hang`]
//! says where a cell is that is interrupted.

mod evcxr;
mod feed;
mod hang;
mod modules;
mod requests;
mod runtime;
mod transcript;
mod trouble;

use crate::{
    build,
    course::Course,
    report::{spinner, verdict::Lost},
    vm::{
        channel::{Gone, Heard, Program, Spawn, TimedOut},
        guest::Guest,
        kernel::Kernel,
        kernels::DEFAULT,
    },
};
use agent::{Request, Stream};
use anyhow::{Context, Result, bail};
use evcxr::Evcxr;
use feed::Feed;
use lab_notebook::request::PIPE;
use modules::Modules;
use nix::sys::signal::Signal;
use signal_hook::{consts::SIGTERM, iterator::Signals};
use std::{
    env, fs,
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::Duration,
};
use transcript::{Failure, Piece, Transcript};
use trouble::Watch;

/// How often the kernel's log is looked at while a cell runs: one that hangs in the kernel says nothing itself.
const GLANCE: Duration = Duration::from_millis(200);

/// How long a cell that is given up may take to end.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How long the guest may take to say where an interrupted cell is, by the wall's clock.
const ANSWER: Duration = Duration::from_secs(10);

/// The cell was interrupted.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The guest is asked where it is.
static ASKS_WHERE: AtomicBool = AtomicBool::new(false);

/// The program in the guest that runs the cells.
const CELL: &str = "/bin/cell";

/// What follows when a relay ends with its guest.
const GONE: &str = "The next cell gets a fresh kernel: variables and modules are gone.";

/// Runs the command.
pub fn command() -> Result<ExitCode> {
    if env::var_os("EVCXR_IS_RUNTIME").is_none() {
        bail!("`cargo lab dev relay` is started by a notebook's kernel: `make notebook` opens one");
    }
    // Whatever is said here, a cell would have said.
    spinner::hush();
    let evcxr = Evcxr::find();
    let mut signals = Signals::new([SIGTERM]).context("watch for SIGTERM")?;
    thread::spawn(move || {
        // The process that started this one was killed, which is evcxr's way to interrupt a cell.
        if signals.forever().next().is_some() {
            INTERRUPTED.store(true, Relaxed);
            // The relay says where the cell is, unless it is busy with what the cell has asked for, or the guest does not answer.
            thread::sleep(LAST_WORDS);
            if ASKS_WHERE.load(Relaxed) {
                thread::sleep(ANSWER);
            }
            end(evcxr, &format!("Interrupted. {GONE}"));
        }
    });
    let mut relay = Relay::start(evcxr)?;
    let error = relay.carry();
    relay.give_up();
    end(evcxr, &format!("{error:#}\n{GONE}"))
}

/// Says why, waits until that is shown, and ends this process; evcxr then fails the cell.
fn end(evcxr: Evcxr, why: &str) -> ! {
    eprintln!("{why}");
    evcxr.wait_until_passed_on();
    std::process::exit(1)
}

struct Relay {
    evcxr: Evcxr,
    course: Course,
    kernel: Kernel,
    guest: Guest,
    /// The program in the guest that runs the cells.
    cells: Program,
    transcript: Transcript,
    watch: Watch,
    modules: Modules,
}

impl Relay {
    fn start(evcxr: Evcxr) -> Result<Self> {
        let course = Course::find()?;
        let template = build::template(DEFAULT)?;
        let mut guest = template.clone_guest()?;
        for (path, file) in runtime::files(&course)? {
            guest.put_file(&path, 0o755, &file)?;
        }
        // `log()` in a cell begins behind this mark.
        guest.settled_log()?;
        let env = [("LD_LIBRARY_PATH", "/lib")];
        let cells = guest.spawn(Spawn { argv: &[CELL], env: &env, aside: Some(PIPE), ..Spawn::default() })?;
        let mark = mark()?;
        let feed = Feed { channel: guest.channel(), cells: cells.id(), mark: mark.clone() };
        // Ends with the process: a blocking read of standard input cannot be called off.
        thread::spawn(move || match feed.run() {
            // End of file: evcxr ends, or was killed.
            Ok(()) => std::process::exit(0),
            // The relay itself knows more, and says it.
            Err(error) if error.is::<Gone>() => {}
            Err(error) => end(evcxr, &format!("{error:#}\n{GONE}")),
        });
        let watch = Watch::begin(&guest);
        let (kernel, transcript, modules) = (template.kernel, Transcript::new(&mark), Modules::after(evcxr::folder()));
        Ok(Relay { evcxr, course, kernel, guest, cells, transcript, watch, modules })
    }

    /// Carries what the cells write until something goes wrong, and returns what.
    fn carry(&mut self) -> anyhow::Error {
        loop {
            if let Err(error) = self.carry_next() {
                return error;
            }
        }
    }

    fn carry_next(&mut self) -> Result<()> {
        if INTERRUPTED.load(Relaxed) {
            ASKS_WHERE.store(true, Relaxed);
            let place = hang::place(&mut self.guest, CELL, &self.modules);
            bail!("Interrupted.{}", place.map(|place| format!("\n{place}")).unwrap_or_default());
        }
        match self.guest.next_of(&self.cells, &self.guest.deadline(GLANCE)) {
            Ok(Heard::Output(stream, bytes)) => {
                self.transcript.read(stream, &bytes).into_iter().try_for_each(|piece| self.piece(piece))
            }
            Ok(Heard::Exited(exit)) => {
                self.look_at_log()?;
                bail!("The process that runs the cells ended: {exit}.")
            }
            Ok(Heard::Looked(_)) => Ok(()),
            Ok(Heard::Failed(why)) => bail!("{why}"),
            Err(error) if error.is::<TimedOut>() => self.look_at_log(),
            Err(error) => {
                if error.downcast_ref::<Lost>().is_some_and(|lost| lost.panicked) {
                    self.look_at_log()?;
                }
                Err(error)
            }
        }
    }

    fn piece(&mut self, piece: Piece) -> Result<()> {
        match piece {
            Piece::Printed(stream, line) => self.evcxr.line(stream, &line),
            Piece::Private(line) => self.evcxr.line(Stream::Stdout, &line),
            Piece::Request(request) => {
                let reply = requests::answer(&self.course, &self.kernel, &mut self.guest, &mut self.modules, &request)?;
                self.guest.ask(Request::Input { program: self.cells.id(), bytes: (reply + "\n").into() })
            }
            Piece::Ended(failure) => {
                // What the kernel has said of the cell, too.
                self.guest.settled_log()?;
                self.look_at_log()?;
                match failure {
                    Some(Failure::Panicked) => {
                        self.evcxr.fail(evcxr::PANICKED, &self.modules.add("The cell panicked."))
                    }
                    Some(Failure::Returned) => {
                        self.evcxr.fail(evcxr::RETURNED, &self.modules.add("The cell returned an error."))
                    }
                    None => self.evcxr.complete(),
                }
            }
        }
    }

    /// Fails when the kernel has reported trouble since the last look.
    fn look_at_log(&mut self) -> Result<()> {
        self.watch.look(&self.course, &self.kernel, &mut self.guest, &self.modules)
    }

    /// Kills the cell and carries what it has printed until then, but nothing that is for evcxr or for the lab: neither will
    /// answer any more.
    fn give_up(&mut self) {
        let deadline = self.guest.deadline(LAST_WORDS);
        if self.guest.kill(&self.cells, Signal::SIGKILL).is_err() {
            return;
        }
        let mut pieces = Vec::new();
        while let Ok(Heard::Output(stream, bytes)) = self.guest.next_of(&self.cells, &deadline) {
            pieces.extend(self.transcript.read(stream, &bytes));
        }
        pieces.extend(self.transcript.rest());
        for piece in pieces {
            if let Piece::Printed(stream, line) = piece {
                let _ = self.evcxr.line(stream, &line);
            }
        }
    }
}

/// A line that no cell prints, unless it reads it from its own memory.
fn mark() -> Result<String> {
    let random = fs::read_to_string("/proc/sys/kernel/random/uuid").context("read a random number")?;
    Ok(format!("LAB_END_OF_CELL_{}", random.trim()))
}
