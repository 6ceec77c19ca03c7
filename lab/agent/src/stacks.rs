//! Where the threads of a program are, for whoever reads why it does not end.

use std::{fs, path::Path, thread, time::Duration};

/// So many threads are told of; a program that has more has other troubles.
const THREADS: usize = 16;

/// So often is a running thread looked at again.
const LOOKS: usize = 20;

/// So much of each stack.
const FRAMES: usize = 8;

/// Each thread of all processes that run `program`: its name, its system call, and the top of its stack in the kernel; see
/// proc_pid_syscall(5) and proc_pid_stack(5). It starts no process, which may be impossible by now.
pub fn of(program: &str) -> String {
    let processes = numbered("/proc").into_iter().filter(|pid| *pid != 1);
    let running =
        processes.filter(|pid| fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == Path::new(program)));
    let threads = running.flat_map(|pid| {
        let folder = format!("/proc/{pid}/task");
        numbered(&folder).into_iter().map(move |thread| format!("{folder}/{thread}"))
    });
    threads.take(THREADS).map(|thread| describe(&thread)).collect()
}

/// One thread; what of it is gone by now is left out. One that runs has no stack to show, and most that loop sleep now and
/// then, so it is looked at a few times.
fn describe(thread: &str) -> String {
    let read = |file: &str| fs::read_to_string(format!("{thread}/{file}")).unwrap_or_default();
    for _ in 0..LOOKS {
        if read("syscall").trim() != "running" {
            break;
        }
        thread::sleep(Duration::from_millis(7));
    }
    let stack: String = read("stack").lines().take(FRAMES).map(|line| format!("{line}\n")).collect();
    format!("thread {}, syscall {}\n{stack}", read("comm").trim(), read("syscall").trim())
}

/// The entries of a folder whose names are numbers, in order.
fn numbered(folder: &str) -> Vec<u32> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut numbers: Vec<u32> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    numbers.sort_unstable();
    numbers
}
