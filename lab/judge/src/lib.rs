//! What the checks of the exercises share. A check is a function that does with the learner's work what a user of it
//! would do, and says in words what is wrong:
//!
//! ```ignore
//! pub fn check() -> judge::Result<()> {
//!     let device = judge::open("/dev/exercise")?;
//!     judge::refused("read", nix::unistd::read(&device, &mut [0; 8]), Errno::EAGAIN)
//! }
//! ```

//!
//! A check must find the same on a machine that is busy, slow, or stopped now and then. So whatever waits here spends its
//! patience in naps, see [`lesson::patience`], and whoever needs a task to be asleep waits until it is ([`rests`]).

pub mod caller;
pub mod compat;
pub mod netlink;
mod stack;
mod steps;
pub mod stopped;

pub use anyhow::{Context, Error, Result, anyhow, bail, ensure};
use caller::{Caller, Halt};
use lesson::{child::fork, patience};
use nix::{
    errno::Errno,
    fcntl::{FcntlArg, OFlag, fcntl},
    sys::{
        ptrace::{self, Options},
        signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction},
        wait::waitpid,
    },
    unistd::{Pid, pipe, read},
};
use std::{
    fmt::Debug,
    fs::{self, File, OpenOptions},
    os::fd::OwnedFd,
    path::Path,
    process::ExitCode,
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};
pub use steps::steps;

/// The main function of a check's program: exit status 0 if `check` finds nothing, else 1 and the finding on standard error.
pub fn main(check: impl FnOnce() -> Result<()>) -> ExitCode {
    stack::tell();
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

/// What `act` returns, if it does within `patience`, a whole number of milliseconds. It runs in a thread of its own, which
/// is left behind if it does not.
pub fn within<T: Send + 'static>(
    patience: Duration,
    what: &str,
    act: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(act()));
    match receive(&receiver, patience) {
        Ok(value) => Ok(value),
        Err(RecvTimeoutError::Timeout) => bail!("{what} has not ended after {} ms", patience.as_millis()),
        Err(RecvTimeoutError::Disconnected) => bail!("{what} panicked"),
    }
}

/// What comes through a channel within `patience`, a whole number of milliseconds.
pub fn receive<T>(receiver: &Receiver<T>, patience: Duration) -> Result<T, RecvTimeoutError> {
    let received = patience::naps(patience, |nap| match receiver.recv_timeout(nap) {
        Err(RecvTimeoutError::Timeout) => None,
        received => Some(received),
    });
    received.unwrap_or(Err(RecvTimeoutError::Timeout))
}

/// Looks again and again until there is an answer. None: `patience`, a whole number of milliseconds, is spent.
pub fn until<T>(patience: Duration, mut look: impl FnMut() -> Result<Option<T>>) -> Result<Option<T>> {
    patience::until(patience, || look().transpose()).transpose()
}

/// How long a task may take to come to rest.
const SETTLES: Duration = Duration::from_secs(1);

/// Waits until a task, a thread or a process, sleeps and is not even woken `for_so_long`, a whole number of milliseconds.
/// Whether it does; see proc_pid_status(5).
pub fn rests(task: Pid, for_so_long: Duration) -> Result<bool> {
    let (mut before, mut naps) = (None, 0);
    let rested = until(SETTLES + for_so_long, || {
        let now = sleep(task)?;
        naps = if now.is_some() && now == before { naps + 1 } else { 0 };
        before = now;
        Ok((naps >= for_so_long.as_millis()).then_some(()))
    })?;
    Ok(rested.is_some())
}

/// Which of its sleeps a task is in: how often it was taken off its processor so far. None: it does not sleep.
fn sleep(task: Pid) -> Result<Option<Vec<String>>> {
    let status = fs::read_to_string(format!("/proc/{task}/status")).with_context(|| format!("look at task {task}"))?;
    let line = |start| status.lines().find(|line: &&str| line.starts_with(start));
    let sleeps = line("State:").is_some_and(|state| state.contains("(sleeping)") || state.contains("(disk sleep)"));
    let switches = status.lines().filter(|line| line.contains("ctxt_switches")).map(str::to_string);
    Ok(sleeps.then(|| switches.collect()))
}

/// Whether a task sleeps in a system call. Who sleeps after kill(2) of a signal has seen to that signal.
pub fn is_asleep(task: Pid) -> Result<bool> {
    Ok(call_of_sleeper(task)?.is_some())
}

/// Whether a task sleeps in the system call with this number.
pub fn is_asleep_in(task: Pid, number: libc::c_long) -> Result<bool> {
    Ok(call_of_sleeper(task)? == Some(number))
}

/// The number of the system call in which a task sleeps.
fn call_of_sleeper(task: Pid) -> Result<Option<libc::c_long>> {
    // For a task that has been woken, on another processor that does not know of it yet, this is `R` already, and the next
    // file still has the call in which it slept.
    if sleep(task)?.is_none() {
        return Ok(None);
    }
    // "running", or the number and arguments of the call in which it sleeps; see proc_pid_syscall(5).
    let call = fs::read_to_string(format!("/proc/{task}/syscall")).with_context(|| format!("look at task {task}"))?;
    Ok(call.split_whitespace().next().and_then(|number| number.parse().ok()).filter(|number| *number >= 0))
}

/// Keeps this thread from ending, as a thread must not that others signal or look at. It sleeps.
pub fn stay() -> ! {
    loop {
        thread::park();
    }
}

/// How many signals come to who writes to a slow reader.
const SIGNALS: usize = 100;

/// How often a slow reader reads: much more often than is needed for what is sent.
const READS: usize = 500;

/// What `send` returns, which writes to a pipe, and what comes out of that. Whenever it sleeps because the pipe is full, a
/// signal comes, in the middle of a write, and then another, when the next write has written nothing yet. Then a part of
/// the pipe is read. After the hundredth signal no more come, so that even who begins again each time gets to the end.
pub fn to_a_slow_reader<T: Send + 'static>(
    what: &str,
    send: impl FnOnce(&OwnedFd) -> T + Send + 'static,
) -> Result<(T, Vec<u8>)> {
    let_signals_interrupt()?;
    let (reader, writer) = pipe()?;
    fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    let sender = Caller::start(move || send(&writer))?;
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; 16 << 10]);
    for step in 0..3 * READS {
        match sender.halt_anywhere().with_context(|| what.to_string())? {
            Some(Halt::Returned(result)) => {
                while let Ok(length @ 1..) = read(&reader, &mut buffer) {
                    bytes.extend(&buffer[..length]);
                }
                return Ok((result, bytes));
            }
            Some(Halt::Asleep) if step % 3 == 2 => {
                let length = read(&reader, &mut buffer).unwrap_or_default();
                bytes.extend(&buffer[..length]);
            }
            Some(Halt::Asleep) if step < SIGNALS / 2 * 3 => sender.signal(Signal::SIGUSR1)?,
            Some(Halt::Asleep) => {}
            None => break,
        }
    }
    bail!("{what} has not returned")
}

/// How many files below a folder this process has open, by the links in `/proc/self/fd`; looking at these opens no file.
pub fn open_below(folder: &str) -> Result<usize> {
    let open = fs::read_dir("/proc/self/fd")?.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    Ok(open.filter(|path| path.starts_with(folder)).count())
}

/// How many objects of one of the kernel's caches are in use, as `/sys/kernel/slab` counts them: `pid` is that of `struct pid`. An
/// object that RCU frees is not counted any more. What the kernel keeps at hand for a processor would count until the cache is
/// shrunk, so that is done first.
pub fn in_use(cache: &str) -> Result<i64> {
    wait_for_rcu();
    let folder = Path::new("/sys/kernel/slab").join(cache);
    fs::write(folder.join("shrink"), "1").with_context(|| format!("shrink the cache {cache}"))?;
    let objects = fs::read_to_string(folder.join("objects")).with_context(|| format!("count the cache {cache}"))?;
    Ok(objects.split_whitespace().next().context("a count")?.parse()?)
}

/// How many pages of memory nobody uses; see proc_vmstat(5). A few more or less are always in use.
pub fn free_pages() -> Result<usize> {
    let text = fs::read_to_string("/proc/vmstat").context("read /proc/vmstat")?;
    let line = text.lines().find_map(|line| line.strip_prefix("nr_free_pages "));
    Ok(line.context("/proc/vmstat has no nr_free_pages")?.parse()?)
}

/// Lets the kernel free what is freed only when RCU has said that nobody looks at it any more.
pub fn wait_for_rcu() {
    // SAFETY: takes numbers only.
    unsafe { libc::syscall(libc::SYS_membarrier, libc::MEMBARRIER_CMD_GLOBAL, 0, 0) };
    thread::sleep(Duration::from_millis(10));
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
    do_nothing_at(Signal::SIGUSR1, SaFlags::empty())
}

/// From now on a SIGUSR2 has a sleeping call made again, if that call allows it: its handler does nothing, with SA_RESTART.
pub fn let_signals_restart() -> Result<()> {
    do_nothing_at(Signal::SIGUSR2, SaFlags::SA_RESTART)
}

fn do_nothing_at(signal: Signal, flags: SaFlags) -> Result<()> {
    extern "C" fn nothing(_: libc::c_int) {}
    let action = SigAction::new(SigHandler::Handler(nothing), flags, SigSet::empty());
    // SAFETY: the handler does nothing, which is async-signal-safe.
    unsafe { sigaction(signal, &action) }?;
    Ok(())
}
