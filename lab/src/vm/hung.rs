//! A program that does not end: how that was seen, and where it stands.

use crate::vm::guest::{Ended, Guest};
use agent::{LOOKS, Progress, STILL, SystemCall, Thread};
use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};
use syscalls::Sysno;

/// System calls whose first argument is a file's descriptor.
const OF_FILES: [Sysno; 18] = [
    Sysno::read,
    Sysno::write,
    Sysno::readv,
    Sysno::writev,
    Sysno::pread64,
    Sysno::pwrite64,
    Sysno::preadv,
    Sysno::pwritev,
    Sysno::ioctl,
    Sysno::lseek,
    Sysno::fsync,
    Sysno::fallocate,
    Sysno::ftruncate,
    Sysno::getdents64,
    Sysno::recvfrom,
    Sysno::sendto,
    Sysno::recvmsg,
    Sysno::sendmsg,
];

/// How it was seen that a program does not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It was still running after this long.
    Late(Duration),
    /// Nothing of it has run for so long.
    Sleeps(Duration),
    /// This processor has been in the kernel for so long, and let nobody else run.
    Stuck(u32, Duration),
    /// The guest has said nothing for so long.
    Silent(Duration),
}

impl Why {
    /// What is seen of a watched program that gets on like this, once it has stood still for long.
    pub fn seen(progress: Progress) -> Option<Self> {
        let time = |looks: u32| Duration::from_secs((looks / LOOKS).into());
        match progress {
            Progress::Sleeps(looks @ STILL..) => Some(Why::Sleeps(time(looks))),
            Progress::Stuck { processor, looks: looks @ STILL.. } => Some(Why::Stuck(processor, time(looks))),
            _ => None,
        }
    }
}

/// A program that does not end.
#[derive(Debug, thiserror::Error)]
pub struct Hung {
    /// The words that started it.
    pub program: String,
    /// How that was seen.
    pub why: Why,
    /// What it had printed, on standard output and on standard error.
    pub stdout: String,
    /// The same.
    pub stderr: String,
    /// Where its threads are. Err: why the guest does not say, and where its processors are.
    pub threads: Result<Vec<Thread>, String>,
}

impl Guest {
    /// The program `argv` does not end: asks where it stands.
    pub fn hung(&mut self, argv: &[&str], why: Why, so_far: Ended) -> Hung {
        // Who has been silent for so long is not waited for again.
        if let Why::Silent(_) = why {
            self.set_patience(Duration::ZERO);
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&so_far.stdout), text(&so_far.stderr));
        Hung { program: argv.join(" "), why, stdout, stderr, threads: self.where_it_stands(argv[0]) }
    }
}

impl Display for Hung {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let Hung { program, why, stdout, threads, .. } = self;
        match why {
            Why::Late(time) => {
                write!(f, "`{program}` was still running after {} s; it was given up", time.as_secs())?;
            }
            Why::Sleeps(time) => write!(f, "`{program}` hangs: nothing of it has run for {} s", time.as_secs())?,
            Why::Stuck(processor, time) => write!(
                f,
                "`{program}` hangs: processor {processor} has been in the kernel for {} s, and lets nobody else run",
                time.as_secs()
            )?,
            Why::Silent(time) => {
                write!(
                    f,
                    "`{program}` hangs, and with it the whole guest: it has been silent for {} s",
                    time.as_secs()
                )?;
            }
        }
        if let Some(line) = stdout.lines().next_back() {
            write!(f, "; the last it printed was `{line}`")?;
        }
        match threads {
            Ok(threads) => threads.iter().try_for_each(|thread| write!(f, "\n{}", Shown(thread))),
            Err(why) => write!(f, "\n{why}"),
        }
    }
}

/// A thread as it is shown: its name, its system call, and its stack in the kernel.
struct Shown<'a>(&'a Thread);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "thread {}, {}", self.0.name, doing(self.0))?;
        self.0.kernel.iter().try_for_each(|function| write!(f, "\n  {function}"))
    }
}

/// What a thread is doing, in words: `in read(2) of /dev/exercise`.
pub fn doing(thread: &Thread) -> String {
    match &thread.call {
        None if thread.kernel.is_empty() => "running".into(),
        None => "in the kernel".into(),
        Some(SystemCall { number, file }) => match Sysno::new(*number as usize) {
            None => format!("in system call {number}"),
            Some(call) => {
                let file = file.as_ref().filter(|_| OF_FILES.contains(&call));
                format!("in {call}(2){}", file.map(|file| format!(" of {file}")).unwrap_or_default())
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thread(number: u64, file: &str) -> Thread {
        let call = Some(SystemCall { number, file: Some(file.to_string()) });
        Thread { name: "check".into(), call, kernel: vec!["pipe_read+0x1/0x2".into()], program: vec![] }
    }

    #[test]
    fn a_system_call_has_its_name_and_its_file_if_it_is_of_one() {
        assert_eq!(doing(&thread(0, "/dev/exercise")), "in read(2) of /dev/exercise");
        // The first argument of futex(2) is an address, which may look like a descriptor.
        assert_eq!(doing(&thread(202, "/dev/null")), "in futex(2)");
        assert_eq!(doing(&thread(100_000, "/dev/null")), "in system call 100000");
        assert_eq!(doing(&Thread { call: None, kernel: vec![], ..thread(0, "") }), "running");
    }

    #[test]
    fn only_who_has_stood_still_for_long_hangs() {
        assert_eq!(Why::seen(Progress::Moves), None);
        assert_eq!(Why::seen(Progress::Sleeps(STILL - 1)), None);
        assert_eq!(Why::seen(Progress::Sleeps(STILL)), Some(Why::Sleeps(Duration::from_secs(3))));
        let stuck = Progress::Stuck { processor: 1, looks: STILL };
        assert_eq!(Why::seen(stuck), Some(Why::Stuck(1, Duration::from_secs(3))));
    }
}
