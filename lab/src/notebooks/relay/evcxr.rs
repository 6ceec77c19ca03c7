//! What there is to know of evcxr, which takes this process for the one that runs the cells: its marks, how it is written to,
//! and how it passes on what it reads. All of this is of evcxr 0.22.0, the version that `lab/jupyter/Cargo.toml` pins.

use agent::Stream;
use anyhow::{Context, Result};
use procfs::process::Process;
use std::{
    env, fs,
    io::{Write, stderr, stdout},
    os::{fd::AsRawFd, unix::process::parent_id},
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

/// It waits for this line after a cell.
pub const COMPLETE: &str = "EVCXR_EXECUTION_COMPLETE";

/// What its code prints when a cell panicked.
pub const PANICKED: &str = "EVCXR_PANIC_NOTIFICATION";

/// What its code prints when `?` returned an error.
pub const RETURNED: &str = "EVCXR_ERROR_OCCURRED";

/// With this and the content's type begins what a cell shows.
pub const BEGIN: &str = "EVCXR_BEGIN_CONTENT ";

/// The beginning of the value of a cell's last expression.
pub const BEGIN_TEXT: &str = "EVCXR_BEGIN_CONTENT text/plain";

/// So a content ends.
pub const END: &str = "EVCXR_END_CONTENT";

/// So begin all lines that are for it: that a variable has another type, or that the cell asks its reader for input.
pub const PRIVATE: &str = "EVCXR_";

/// How long it may take to pass on what a cell has printed. On a machine that has others to attend to it takes a while.
const PASSING_ON: Duration = Duration::from_secs(5);

/// Longer than its thread waits for one output (1 ms) before it looks at the other.
const NAP: Duration = Duration::from_millis(3);

/// evcxr's process.
#[derive(Clone, Copy)]
pub struct Evcxr {
    /// Its id; none if it has gone already.
    pid: Option<u32>,
}

impl Evcxr {
    /// It starts a program of ours, and that has started this one.
    pub fn find() -> Self {
        let parent = process(parent_id()).and_then(|process| process.stat().ok());
        Evcxr { pid: parent.and_then(|parent| parent.ppid.try_into().ok()) }
    }

    /// Writes a line to one of the outputs that it reads. Fails when it reads no more.
    pub fn line(self, stream: Stream, line: &str) -> Result<()> {
        let line = format!("{line}\n");
        match stream {
            Stream::Stderr => stderr().write_all(line.as_bytes()),
            _ => stdout().write_all(line.as_bytes()).and_then(|()| stdout().flush()),
        }
        .context("write to evcxr")
    }

    /// Says that a cell has failed by itself, by the mark for it, and has ended. To evcxr that is an end like any other, after
    /// which the variables are there that were there before; that the cell has failed, and why, the wire tells Jupyter
    /// (`lab/jupyter/src/teller.rs`). Fails when evcxr reads no more.
    pub fn fail(self, mark: &str, why: &str) -> Result<()> {
        let path = folder().context("EVCXR_TMPDIR is not set")?.join("failed");
        fs::write(&path, why).with_context(|| format!("write {}", path.display()))?;
        self.line(Stream::Stdout, mark)?;
        self.complete()
    }

    /// Says that a cell has ended. Fails when evcxr reads no more.
    pub fn complete(self) -> Result<()> {
        self.wait_until_passed_on();
        self.line(Stream::Stdout, COMPLETE)
    }

    /// Waits until it has passed on all that was written to it. An evcxr that is never idle is no reason to fail, nor is one
    /// that has gone.
    ///
    /// Nothing that it says tells when it has: it acknowledges no line. One thread reads standard output and one standard error
    /// (`child_process.rs`); each hands its lines to a third, which publishes them and stays with one output for 1 ms after its
    /// last line before it looks at the other (`start_output_pass_through_thread()` in evcxr_jupyter's `core.rs`). When
    /// [`COMPLETE`] comes, it waits until the third has taken the lines of standard output, and for nothing else: then it
    /// publishes that the cell has ended, and whatever comes after that nobody sees any more who has waited for it.
    ///
    /// So there is nothing left but to watch it. It has passed on everything when both pipes are empty and all of its threads
    /// sleep, and none of them has run from one look to the next, which is longer than that 1 ms. The nap between the looks is
    /// the only one in this relay, and no answer from the guest is waited for by it.
    pub fn wait_until_passed_on(self) {
        let patience = Instant::now() + PASSING_ON;
        let mut before = None;
        while let Some(runs) = self.runs().filter(|_| Instant::now() < patience) {
            let idle = runs.filter(|_| is_read(&stdout()) && is_read(&stderr()));
            if idle.is_some() && idle == before {
                return;
            }
            before = idle;
            thread::sleep(NAP);
        }
    }

    /// How many times its threads have got a processor so far, or `Some(None)` unless all of them sleep: one that was woken a
    /// moment ago does not. `None` when it has gone.
    fn runs(self) -> Option<Option<u64>> {
        let process = process(self.pid?)?;
        if process.stat().ok()?.state == 'Z' {
            return None;
        }
        let threads = process.tasks().ok()?.flatten().filter_map(|thread| Some((thread.stat().ok()?, thread)));
        let runs = threads
            .map(|(stat, thread)| (stat.state == 'S').then(|| thread.schedstat().map_or(0, |times| times.pcount)));
        Some(runs.sum())
    }
}

/// The folder in which it builds the cells; each notebook has its own.
pub fn folder() -> Option<PathBuf> {
    env::var_os("EVCXR_TMPDIR").map(PathBuf::from)
}

fn process(pid: u32) -> Option<Process> {
    Process::new(pid.try_into().ok()?).ok()
}

nix::ioctl_read_bad!(unread, nix::libc::FIONREAD, nix::libc::c_int);

/// Whether all that was written to a pipe was read: FIONREAD, pipe(7). What is no pipe any more has no reader either.
fn is_read(pipe: &impl AsRawFd) -> bool {
    let mut bytes = 0;
    // SAFETY: FIONREAD writes one int.
    unsafe { unread(pipe.as_raw_fd(), &mut bytes) }.is_err() || bytes == 0
}
