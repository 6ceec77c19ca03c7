//! Watching whether a program gets on, for whoever must not wait for ever. Time is counted in naps: on a machine that is busy,
//! or stopped now and then, whoever wants to run is let run as often, however long it takes.

use crate::stacks::numbered;
use agent::{LOOKS, Progress, STILL};
use nix::{
    sched::{CpuSet, sched_setaffinity},
    unistd::Pid,
};
use std::{
    fs,
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

/// The length of a nap on a machine that has nothing else to do, and how many of them there are between two looks.
const NAP: Duration = Duration::from_millis(10);
const NAPS: u32 = 100 / LOOKS;

/// A watch over a program. Dropping it ends the watch.
pub struct Watch(Arc<AtomicBool>);

impl Watch {
    /// Watches the session of the program `leader`, and calls `tell` after each look. Each processor has a thread that looks
    /// at all others: from whichever does not come out of the kernel any more, nobody hears.
    pub fn start(leader: Pid, tell: impl Fn(Progress) + Clone + Send + 'static) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let naps: Arc<[AtomicU32]> = (0..processors()).map(|_| AtomicU32::new(0)).collect();
        for own in 0..naps.len() {
            let (naps, ended, tell) = (naps.clone(), ended.clone(), tell.clone());
            thread::spawn(move || {
                stay_on(own);
                go_first();
                let mut watcher = Watcher { leader, before: None, asleep: 0, seen: vec![(0, 0); naps.len()] };
                while !ended.load(Ordering::Relaxed) {
                    thread::sleep(NAP);
                    let count = naps[own].fetch_add(1, Ordering::Relaxed) + 1;
                    if count % NAPS == 0 {
                        tell(watcher.look(&naps));
                    }
                }
            });
        }
        Watch(ended)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Who looks again and again.
struct Watcher {
    leader: Pid,
    /// In which of its sleeps each thread was at the last look, and for how many looks that has been so.
    before: Option<Vec<(u32, Vec<String>)>>,
    asleep: u32,
    /// How many naps had been taken on each processor at the last look, and for how many looks there have been no more.
    seen: Vec<(u32, u32)>,
}

impl Watcher {
    fn look(&mut self, naps: &[AtomicU32]) -> Progress {
        for (naps, (seen, looks)) in naps.iter().zip(&mut self.seen) {
            let naps = naps.load(Ordering::Relaxed);
            *looks = if naps == *seen { *looks + 1 } else { 0 };
            *seen = naps;
        }
        let now = sleeps(self.leader);
        self.asleep = if now.is_some() && now == self.before { self.asleep + 1 } else { 0 };
        self.before = now;
        let stuck = self.seen.iter().map(|(_, looks)| *looks).zip(0..).max();
        match stuck {
            Some((looks @ 1.., processor)) => {
                if looks == STILL {
                    log_processors();
                }
                Progress::Stuck { processor, looks }
            }
            _ if self.asleep > 0 => Progress::Sleeps(self.asleep),
            _ => Progress::Moves,
        }
    }
}

/// Has the kernel log where all busy processors are. The host, which may ask for it too, may not be heard any more: the
/// processor that is stuck may be the one that its port interrupts.
fn log_processors() {
    let _ = fs::write("/proc/sysrq-trigger", "l");
}

/// Binds this thread to a processor. If that fails, it looks from any.
fn stay_on(processor: usize) {
    let mut only = CpuSet::new();
    let _ = only.set(processor).and_then(|()| sched_setaffinity(Pid::from_raw(0), &only));
}

/// How many processors there are. This thread has not been bound to one.
fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Lets this thread run before all that are not in a hurry themselves: sched(7). Only the kernel can keep it waiting then.
fn go_first() {
    let first = libc::sched_param { sched_priority: 1 };
    // SAFETY: it reads one sched_param. If it fails, the thread waits for its turn like all others.
    let _ = unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &first) };
}

/// Which of its sleeps each thread of a session is in: how often it was taken off its processor so far. None: one runs.
fn sleeps(session: Pid) -> Option<Vec<(u32, Vec<String>)>> {
    let mut threads = Vec::new();
    // A process has a higher number than whoever has started it, until the numbers begin again.
    let processes = numbered("/proc").into_iter().filter(|process| i64::from(*process) >= i64::from(session.as_raw()));
    for process in processes.filter(|process| session_of(*process) == Some(session)) {
        let folder = format!("/proc/{process}/task");
        for thread in numbered(&folder) {
            // A thread that has ended meanwhile is none.
            let Ok(status) = fs::read_to_string(format!("{folder}/{thread}/status")) else { continue };
            if status.lines().any(|line| line.starts_with("State:\tR")) {
                return None;
            }
            let switches = status.lines().filter(|line| line.contains("ctxt_switches")).map(str::to_string);
            threads.push((thread, switches.collect()));
        }
    }
    Some(threads)
}

/// The session of a process: the fourth word after its name in proc_pid_stat(5).
fn session_of(process: u32) -> Option<Pid> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(3)?.parse().ok().map(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::unistd::getsid;
    use std::{
        io::Write,
        process::{Command, Stdio},
        sync::mpsc,
    };

    /// A program in a session of its own.
    fn program(script: &str) -> std::process::Child {
        let mut command = Command::new("setsid");
        command.args(["sh", "-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.spawn().expect("start setsid")
    }

    #[test]
    fn who_waits_for_ever_is_seen_to_sleep() {
        let mut program = program("read line");
        let leader = Pid::from_raw(program.id() as i32);
        let (tell, told) = mpsc::channel();
        let watch = Watch::start(leader, move |progress| tell.send(progress).unwrap_or(()));
        assert!(told.iter().any(|progress| matches!(progress, Progress::Sleeps(2..))));
        drop(watch);
        // Ends when the watch does.
        told.iter().for_each(drop);
        program.stdin.take().expect("its input").write_all(b"line\n").expect("write");
        program.wait().expect("wait");
    }

    #[test]
    fn a_thread_that_naps_gets_on_and_so_does_one_that_works() {
        for script in ["while sleep 0.01; do :; done", "while :; do :; done"] {
            let mut program = program(script);
            let leader = Pid::from_raw(program.id() as i32);
            while getsid(Some(leader)) != Ok(leader) {
                thread::sleep(NAP);
            }
            let (tell, told) = mpsc::channel();
            let _watch = Watch::start(leader, move |progress| tell.send(progress).unwrap_or(()));
            assert!(told.iter().take(4).all(|progress| !matches!(progress, Progress::Sleeps(_))), "{script}");
            program.kill().expect("kill");
            program.wait().expect("wait");
        }
    }
}
