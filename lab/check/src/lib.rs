//! What the checks of the exercises share. A check is a function that does with the learner's work what a user of it
//! would do, and says in words what is wrong:
//!
//! ```ignore
//! pub fn check() -> check::Result<()> {
//!     let device = check::open("/dev/exercise")?;
//!     check::refused("read", nix::unistd::read(&device, &mut [0; 8]), Errno::EAGAIN)
//! }
//! ```

pub use anyhow::{Context, Error, Result, anyhow, bail, ensure};
use lesson::child::fork;
use nix::{
    errno::Errno,
    sys::{
        ptrace::{self, Options},
        signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction},
        wait::waitpid,
    },
    unistd::Pid,
};
use std::{
    fmt::Debug,
    fs::{File, OpenOptions},
    process::ExitCode,
    sync::mpsc,
    thread,
    time::Duration,
};

/// The main function of a check's program: exit status 0 if `check` finds nothing, else 1 and the finding on standard error.
pub fn judge(check: impl FnOnce() -> Result<()>) -> ExitCode {
    match check() {
        Ok(()) => ExitCode::SUCCESS,
        Err(finding) => {
            eprintln!("{finding:#}");
            ExitCode::FAILURE
        }
    }
}

/// Opens a file or device for reading and writing; see open(2).
pub fn open(path: &str) -> Result<File> {
    OpenOptions::new().read(true).write(true).open(path).with_context(|| format!("open {path}"))
}

/// That a call succeeds.
pub fn accepted<T, E: Debug>(call: &str, result: Result<T, E>) -> Result<T> {
    match result {
        Ok(value) => Ok(value),
        Err(error) => bail!("{call} should succeed, and fails with {error:?}"),
    }
}

/// That a call fails, and with this errno.
pub fn refused<T: Debug>(call: &str, result: nix::Result<T>, errno: Errno) -> Result<()> {
    match result {
        Err(got) if got == errno => Ok(()),
        Err(got) => bail!("{call} should fail with {errno:?}, and fails with {got:?}"),
        Ok(value) => bail!("{call} should fail with {errno:?}, and returns {value:?}"),
    }
}

/// That two values are equal.
pub fn equal<T: PartialEq + Debug>(what: &str, got: T, expected: T) -> Result<()> {
    ensure!(got == expected, "{what} should be {expected:?}, and is {got:?}");
    Ok(())
}

/// What `act` returns, if it does within `patience`. It runs in a thread of its own, which is left behind if it does not.
pub fn within<T: Send + 'static>(
    patience: Duration,
    what: &str,
    act: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(act()));
    match receiver.recv_timeout(patience) {
        Ok(value) => Ok(value),
        Err(mpsc::RecvTimeoutError::Timeout) => bail!("{what} has not ended after {} ms", patience.as_millis()),
        Err(mpsc::RecvTimeoutError::Disconnected) => bail!("{what} panicked"),
    }
}

/// A child that has stopped before it does its `work`. It stops again at each of its system calls, and at the end of each, if
/// it is resumed by `ptrace::syscall`; see ptrace(2). If this process ends, it is killed.
pub fn traced(work: impl FnOnce() -> nix::Result<()>) -> Result<Pid> {
    let child = fork(|| {
        let result = ptrace::traceme().and_then(|()| raise(Signal::SIGSTOP)).and_then(|()| work());
        result.map_or_else(|errno| errno as i32, |()| 0)
    })?;
    waitpid(child, None)?;
    ptrace::setoptions(child, Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_EXITKILL)?;
    Ok(child)
}

/// From now on a SIGUSR1 makes a sleeping call fail with EINTR: its handler does nothing, and there is no SA_RESTART; see
/// signal(7).
pub fn let_signals_interrupt() -> Result<()> {
    extern "C" fn nothing(_: libc::c_int) {}
    let action = SigAction::new(SigHandler::Handler(nothing), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler does nothing, which is async-signal-safe.
    unsafe { sigaction(Signal::SIGUSR1, &action) }?;
    Ok(())
}
