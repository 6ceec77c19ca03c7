//! Where the threads of a program are, for whoever reads why it does not end.

use agent::{ANSWERS, SystemCall, Thread, WHERE};
use nix::errno::Errno;
use std::{fs, path::Path, thread, time::Duration};

/// So many threads are told of; a program that has more has other troubles.
const THREADS: usize = 16;

/// So often are running threads looked at again, and those that were asked for their answers: whoever waits for all this
/// has waited long.
const NAPS: u32 = 60;
const NAP: Duration = Duration::from_millis(7);

/// So much of each stack.
const FRAMES: usize = 12;

/// Each thread of all processes that run `program`: its name, its system call, and its stack; see proc_pid_syscall(5) and
/// proc_pid_stack(5). It starts no process, which may be impossible by now.
pub fn of(program: &str) -> Vec<Thread> {
    let processes = numbered("/proc").into_iter().filter(|pid| *pid != 1);
    let threads = processes.flat_map(|pid| {
        let threads = numbered(&format!("/proc/{pid}/task")).into_iter();
        threads.map(move |thread| (pid, thread))
    });
    // Each thread is asked: a process that is about to end, and cannot, has a first thread that runs nothing any more.
    let running = threads.filter(|(pid, thread)| {
        fs::read_link(format!("/proc/{pid}/task/{thread}/exe")).is_ok_and(|exe| exe == Path::new(program))
    });
    let mut naps = NAPS;
    running.take(THREADS).map(|(process, thread)| describe(process, thread, &mut naps)).collect()
}

/// One thread; what of it is gone by now is left out. One that runs has no stack to show, and most that loop sleep now and
/// then, so it is looked at a few times.
fn describe(process: u32, thread: u32, naps: &mut u32) -> Thread {
    let folder = format!("/proc/{process}/task/{thread}");
    let read = |file: &str| fs::read_to_string(format!("{folder}/{file}")).unwrap_or_default();
    while read("syscall").trim() == "running" && nap(naps) {}
    let stack = read("stack");
    // A line is `[<0>] FUNCTION`.
    let functions = stack.lines().filter_map(|line| Some(line.split_once("] ")?.1.to_string()));
    Thread {
        name: read("comm").trim().to_string(),
        call: system_call(&folder, &read("syscall")),
        kernel: functions.take(FRAMES).collect(),
        // Last: whoever answers is woken out of its system call.
        program: ask(process, thread, naps).unwrap_or_default(),
    }
}

/// The call in a line `NUMBER 0xARGUMENT…`; none in `running`, and none in `-1 …` of a thread that waits elsewhere.
fn system_call(thread: &str, line: &str) -> Option<SystemCall> {
    let mut words = line.split_whitespace();
    let number = words.next()?.parse().ok()?;
    let descriptor = u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()?;
    let file = fs::read_link(format!("{thread}/fd/{descriptor}"));
    Some(SystemCall { number, file: file.ok().map(|path| path.display().to_string()) })
}

/// Asks a thread where in its program it is. None: the program does not answer this signal, which would end it, or the
/// thread does not take it.
fn ask(process: u32, thread: u32, naps: &mut u32) -> Option<Vec<u64>> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"))?;
    if u64::from_str_radix(caught.trim(), 16).ok()? & 1 << (WHERE - 1) == 0 {
        return None;
    }
    // SAFETY: tgkill(2) takes three numbers.
    Errno::result(unsafe { libc::syscall(libc::SYS_tgkill, process, thread, WHERE) }).ok()?;
    let answer = format!("{ANSWERS}{thread}");
    let mut said = String::new();
    while !said.ends_with('\n') && nap(naps) {
        said = fs::read_to_string(&answer).unwrap_or_default();
    }
    said.split_whitespace().skip(1).map(|place| u64::from_str_radix(place, 16).ok()).collect()
}

/// Takes one of the naps that are left.
fn nap(naps: &mut u32) -> bool {
    let left = *naps > 0;
    if left {
        *naps -= 1;
        thread::sleep(NAP);
    }
    left
}

/// The entries of a folder whose names are numbers, in order.
pub fn numbered(folder: &str) -> Vec<u32> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut numbers: Vec<u32> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    numbers.sort_unstable();
    numbers
}
