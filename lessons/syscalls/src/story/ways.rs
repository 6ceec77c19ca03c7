//! Ways to make a call: what each returns, what becomes of errno, and how the clock is read
//! without one.

use anyhow::{Context, Result};
use crossings_syscalls::{clock, instruction, mistake, ways};
use lesson::{part, show};
use nix::{errno::Errno, libc};
use std::{fs::File, io, os::fd::AsFd, thread};
use syscalls::Sysno;

// ANCHOR: five_ways
pub fn five_ways() -> Result<()> {
    part("five ways");
    let stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    show("  returned", Ok::<_, Errno>(ways::by_instruction(&stdout, b"the instruction\n")));
    show("  returned", Ok::<_, Errno>(ways::by_syscall(&stdout, b"syscall\n")));
    show("  returned", Ok::<_, Errno>(ways::by_wrapper(&stdout, b"write\n")));
    show("  returned", ways::by_nix(&stdout, b"nix\n"));
    show("  returned", ways::by_std(&stdout, b"std\n"));
    Ok(())
}
// ANCHOR_END: five_ways

// ANCHOR: failing
pub fn failing_five_ways() -> Result<()> {
    part("failing five ways");
    let full = File::options().write(true).open("/dev/full").context("open /dev/full")?;
    println!("the instruction: {}", ways::by_instruction(&full, b"hello"));
    println!("syscall: {}, errno {}", ways::by_syscall(&full, b"hello"), Errno::last_raw());
    println!("write: {}, errno {}", ways::by_wrapper(&full, b"hello"), Errno::last_raw());
    println!("nix: {:?}", ways::by_nix(&full, b"hello"));
    println!("std: {:?}", ways::by_std(&full, b"hello").map_err(|error| error.kind()));
    Ok(())
}
// ANCHOR_END: failing

// ANCHOR: stays
pub fn errno_stays() -> Result<()> {
    part("errno stays");
    let full = File::options().write(true).open("/dev/full").context("open /dev/full")?;
    let null = File::options().write(true).open("/dev/null").context("open /dev/null")?;
    let _ = ways::by_wrapper(&full, b"hello");
    println!("after a call that failed: {:?}", Errno::last());
    let _ = ways::by_wrapper(&null, b"hello");
    println!("after a call that succeeded: {:?}", Errno::last());
    let other = thread::spawn(|| {
        // SAFETY: closes nothing.
        unsafe { libc::close(-1) };
        Errno::last()
    });
    let other = other.join().map_err(|_| Errno::ECANCELED)?;
    println!("in another thread, where another call failed: {other:?}");
    println!("in this thread: {:?}", Errno::last());
    Ok(())
}
// ANCHOR_END: stays

pub fn a_wrapper() {
    part("a wrapper at work");
    for nice in [0, -1] {
        // SAFETY: takes three numbers.
        let set = Errno::result(unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, nice) });
        show(&format!("set the nice value {nice}"), set.map(|_| "done"));
        let number = libc::c_long::from(Sysno::getpriority.id());
        // SAFETY: takes two numbers.
        println!("  the instruction: {}", unsafe { instruction::syscall(number, [0; 6]) });
        Errno::clear();
        // SAFETY: as above.
        let nice = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
        println!("  getpriority: {nice}, errno {}", Errno::last_raw());
    }
    // SAFETY: as above. Anybody may go back to 0.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 0) };
}

// ANCHOR: the_clock
pub fn the_clock() -> Result<()> {
    part("the clock");
    let (before, between, after) =
        (clock::by_instruction()?, clock::by_vdso()?, clock::by_instruction()?);
    let times = [before, between, after].map(|time| (time.tv_sec, time.tv_nsec));
    println!("the vDSO's time lies between the kernel's: {}", times.is_sorted());
    show("the kernel's, to a bad address", mistake::time_by_instruction());
    println!("the vDSO's, to a bad address: {}", mistake::time_by_vdso()?);
    Ok(())
}
// ANCHOR_END: the_clock
