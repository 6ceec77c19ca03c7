//! A hang, for somebody who has never read a stack: which call has not returned, what it waits for, and in which line.

use super::Built;
use crate::{
    build::place::{self, Place},
    vm::hung::{self, Hung, Why},
};
use agent::Thread;

/// How the kernel begins to report what all busy processors do.
const REPORT: &str = "sysrq: Show backtrace of all active CPUs";

/// What the functions of the kernel wait for that a module calls; the beginnings of their names.
const WAITS: [(&str, &str); 19] = [
    ("mutex_lock", "waits for a mutex that is locked, and that nobody unlocks"),
    ("down_read", "waits for a semaphore that a writer has taken, and does not give back"),
    ("down_write", "waits for a semaphore that others have taken, and do not give back"),
    ("down", "waits for a semaphore that others have taken, and do not give back"),
    ("_raw_spin", "waits for a spinlock that is locked, and that nobody unlocks"),
    ("_raw_read", "waits for a lock that a writer holds, and does not unlock"),
    ("_raw_write", "waits for a lock that others hold, and do not unlock"),
    ("wait_for_completion", "waits for a completion that nobody completes"),
    ("schedule_timeout", "sleeps until somebody wakes it, or its time is up"),
    ("schedule", "sleeps until somebody wakes it"),
    ("msleep", "sleeps until its time is up"),
    ("synchronize_", "waits until all who read under RCU are done"),
    ("rcu_barrier", "waits until all that was left to RCU is done"),
    ("flush_", "waits until work that was queued has ended"),
    ("__flush_", "waits until work that was queued has ended"),
    ("cancel_", "waits until work that was queued has ended"),
    ("destroy_workqueue", "waits until work that was queued has ended"),
    ("kthread_stop", "waits until a kernel thread has ended"),
    ("timer_delete_sync", "waits until a timer's function has returned"),
];

/// What is said of a program that does not end. What it had said itself comes first: it may have found why, and not be able
/// to end.
pub fn explain(hung: &Hung, log: &str, built: &Built) -> String {
    let mut said = vec![hung.stderr.trim().to_string(), headline(hung)];
    said.extend(hung.threads.iter().flat_map(|threads| threads_in(threads, built)));
    if !matches!(hung.why, Why::Sleeps(_)) {
        said.extend(processor(log, built));
    }
    said.retain(|part| !part.is_empty());
    // Many threads may wait in one place.
    said.dedup();
    said.join("\n")
}

/// What does not end, and how that was seen.
fn headline(hung: &Hung) -> String {
    let words: Vec<&str> = hung.program.split(' ').collect();
    let program = match words[..] {
        [agent::PROGRAM, command, file] => format!("{command} {}", file.rsplit('/').next().unwrap_or(file)),
        _ => "the check".to_string(),
    };
    match hung.why {
        Why::Late(time) => format!("{program} was still running after {} s; it was given up", time.as_secs()),
        Why::Sleeps(time) => format!("{program} hangs: for {} s nothing of it has run", time.as_secs()),
        Why::Stuck(processor, time) => format!(
            "{program} hangs: for {} s processor {processor} has been busy in the kernel, and lets nobody else run",
            time.as_secs()
        ),
        Why::Silent(time) => {
            format!("{program} hangs, and the whole kernel with it: the guest has been silent for {} s", time.as_secs())
        }
    }
}

/// Those of the threads that are in the learner's file, or else the first one.
fn threads_in(threads: &[Thread], built: &Built) -> Vec<String> {
    let place = |thread: &Thread| match &built.module {
        Some(module) => place::in_module(&thread.kernel.join("\n"), module, &built.source),
        None => place::in_program(&thread.program, &built.program.whole, &built.source),
    };
    let found: Vec<_> = threads.iter().filter_map(|thread| Some((thread, place(thread)?))).collect();
    match threads {
        [first, ..] if found.is_empty() && first.call.is_some() => vec![sentence(first, None, true)],
        _ => found.into_iter().map(|(thread, place)| sentence(thread, Some(place), threads.len() == 1)).collect(),
    }
}

/// A thread: its call, what that waits for, and the line.
fn sentence(thread: &Thread, place: Option<Place>, is_only: bool) -> String {
    let does = place.as_ref().and_then(|place| waits(place.calls.as_ref()?));
    let who = if is_only { "it".to_string() } else { format!("its thread `{}`", thread.name) };
    let said = format!("{who} is {}", hung::doing(thread));
    let said = does.into_iter().fold(said, |said, does| format!("{said}, and {does}"));
    place.into_iter().fold(said, |said, place| format!("{said}\n{place}"))
}

/// What a function of the kernel waits for.
fn waits(function: &str) -> Option<&'static str> {
    WAITS.iter().find(|(start, _)| function.starts_with(start)).map(|(_, words)| *words)
}

/// Where the processor is that does not come out of the learner's module: the kernel was asked for the stacks of all that are
/// busy.
fn processor(log: &str, built: &Built) -> Option<String> {
    let report = &log[log.rfind(REPORT)?..];
    let place = place::in_module(report, built.module.as_ref()?, &built.source)?;
    let does = match place.calls.as_ref().and_then(|function| waits(function)) {
        Some(waits) => format!("it {waits}"),
        None => "a loop there does not end, or it never sleeps and never lets others run".to_string(),
    };
    Some(format!("{does}\n{place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_name_is_not_taken_for_a_shorter_one() {
        assert_eq!(waits("down_write_killable"), Some(WAITS[2].1));
        assert_eq!(waits("schedule_timeout_interruptible"), Some(WAITS[8].1));
        assert_eq!(waits("mutex_lock_interruptible"), Some(WAITS[0].1));
        assert_eq!(waits("kmalloc"), None);
    }
}
