//! Lets two processes count in one file, first one after the other. Then one of them is stopped after each instruction
//! of its `add`, and there the other counts.

use crate::exercise::Counter;
use judge::{Context, Result, accepted, bail, ensure, equal};
use lesson::child::fork;
use nix::{
    sys::{
        memfd::{MFdFlags, memfd_create},
        ptrace,
        signal::{Signal, raise},
        wait::{WaitStatus, waitpid},
    },
    unistd::{Pid, pipe},
};
use std::{
    arch::asm,
    fs::File,
    io::{Read, Write},
    os::unix::fs::FileExt,
};

/// For so many instructions: an add that tries again if somebody else has counted would never end if nobody ever
/// stopped.
const DISTURBED: u32 = 200;

/// What is added in between; the process that is disturbed adds 1.
const OTHERS: u64 = 1_000;

pub fn check() -> Result<()> {
    both_see_the_count()?;
    nothing_is_lost_in_between()
}

fn both_see_the_count() -> Result<()> {
    let file = file()?;
    let ours = accepted("Counter::map", Counter::map(&file))?;
    equal("what add(2) returns when nothing was counted", ours.add(2), 0)?;
    let child = in_a_process(|| match Counter::map(&file) {
        Ok(theirs) => theirs.add(3) == 2 && theirs.value() == 5,
        Err(_) => false,
    })?;
    let ended = waitpid(child, None)?;
    ensure!(
        ours.value() == 5,
        "a process has mapped the file and counted, and another one does not see it in its mapping"
    );
    ensure!(
        ended == WaitStatus::Exited(child, 0),
        "a process has mapped the file, and does not see what was counted in it"
    );
    Ok(())
}

fn nothing_is_lost_in_between() -> Result<()> {
    let file = file()?;
    let ours = accepted("Counter::map", Counter::map(&file))?;
    let (results, result) = pipe()?;
    let (mut results, mut result) = (File::from(results), File::from(result));
    let child = in_a_process(|| {
        let traced = ptrace::traceme();
        // SAFETY: a breakpoint changes nothing. It stops this process, and the one that traces it lets it go on.
        unsafe { asm!("int3") };
        let before = ours.add(1);
        traced.and_then(|()| raise(Signal::SIGSTOP)).is_ok() && result.write_all(&before.to_ne_bytes()).is_ok()
    })?;
    drop(result);
    ensure!(waitpid(child, None)? == WaitStatus::Stopped(child, Signal::SIGTRAP), "a process cannot be traced");
    ptrace::setoptions(child, ptrace::Options::PTRACE_O_EXITKILL)?;
    let before = disturb(child, &file)?;
    ptrace::cont(child, None)?;
    let mut returned = [0; 8];
    results.read_exact(&mut returned).context("what add returns in a process that is traced")?;
    ensure!(
        u64::from_ne_bytes(returned) == before,
        "add returns a count with something in it that another process has added afterwards"
    );
    Ok(())
}

/// Runs `child` until it stops after its `add`, instruction by instruction at first, and counts after each of them.
/// Returns what the count was when the child added to it.
fn disturb(child: Pid, file: &File) -> Result<u64> {
    let (mut count, mut before) = (0, None);
    for step in 0.. {
        match step < DISTURBED {
            true => ptrace::step(child, None),
            false => ptrace::cont(child, None),
        }?;
        let stopped = waitpid(child, None)?;
        let found = read_count(file)?;
        if found == count + 1 && before.is_none() {
            before = Some(count);
        } else {
            ensure!(found == count, "a process counts while another one is in the middle of its add, and that is lost");
        }
        match stopped {
            WaitStatus::Stopped(_, Signal::SIGTRAP) => {}
            WaitStatus::Stopped(_, Signal::SIGSTOP) => break,
            _ => bail!("add does not return in a process that is traced"),
        }
        count = found + OTHERS;
        file.write_all_at(&count.to_ne_bytes(), 0)?;
    }
    before.context("add has returned in a process that is traced, and has not added anything")
}

/// A file of 8 bytes, all of them 0.
fn file() -> Result<File> {
    let file = File::from(memfd_create("count", MFdFlags::MFD_CLOEXEC)?);
    file.set_len(8)?;
    Ok(file)
}

fn read_count(file: &File) -> Result<u64> {
    let mut bytes = [0; 8];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(u64::from_ne_bytes(bytes))
}

/// Starts a process that ends with status 0 if `act` returns true.
fn in_a_process(act: impl FnOnce() -> bool) -> nix::Result<Pid> {
    fork(|| i32::from(!act()))
}
