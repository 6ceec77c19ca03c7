//! The story of the chapter: a call is made in five ways, fails, is watched, refused,
//! interrupted, and followed into the kernel.

use anyhow::{Context, Result, bail};
use crossings_syscalls::{clock, instruction, mistake, numbers, ways};
use lesson::{part, show};
use nix::{errno::Errno, libc};
use std::{env, fs::File, io, os::fd::AsFd, thread};
use syscalls::Sysno;

mod below;
mod habits;
mod refused;
mod watched;

fn main() -> Result<()> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [] => story(),
        [word, command @ ..] if word == "trace" => watched::trace(command),
        _ => bail!("run me without arguments, or as `trace COMMAND ARGUMENT…`"),
    }
}

fn story() -> Result<()> {
    five_ways()?;
    watched::the_registers()?;
    the_numbers();
    failing_five_ways()?;
    errno_stays()?;
    a_wrapper();
    no_such_call();
    a_bad_pointer();
    the_clock()?;
    watched::a_tracer()?;
    watched::interrupted()?;
    refused::a_filter()?;
    refused::the_listing()?;
    refused::what_it_misses()?;
    refused::who_may()?;
    habits::errno_read_late();
    habits::a_loop()?;
    below::the_cost()?;
    below::the_path()
}

// ANCHOR: five_ways
fn five_ways() -> Result<()> {
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
fn failing_five_ways() -> Result<()> {
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
fn errno_stays() -> Result<()> {
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

fn the_numbers() {
    part("numbers");
    let shown = |number: Option<i32>| number.map_or("-".to_owned(), |it| it.to_string());
    println!("            x86-64   x86  arm64");
    for name in ["write", "open", "openat", "getppid", "exit_group"] {
        let numbers = numbers::numbers(name);
        let [a, b, c] = [numbers.x86_64, numbers.x86, numbers.aarch64].map(shown);
        println!("{name:12} {a:>5} {b:>5} {c:>6}");
    }
    let names = numbers::names(1).map(|name| name.unwrap_or("-"));
    println!("number 1 is: {}", names.join(", "));
}

fn a_wrapper() {
    part("a wrapper at work");
    for nice in [0, -1] {
        // SAFETY: takes three numbers.
        let set = Errno::result(unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, nice) });
        show(&format!("set the nice value {nice}"), set.map(|_| "done"));
        let number = i64::from(Sysno::getpriority.id());
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

fn no_such_call() {
    part("no such call");
    show("call 100000", mistake::no_such_call());
    let since = numbers::release().is_some_and(|release| release >= (6, 10));
    println!("mseal is there: as of Linux 6.10: {}", numbers::has_mseal() == since);
}

fn a_bad_pointer() {
    part("a bad pointer");
    show("write 5 bytes from address 0 into a pipe", mistake::into_a_pipe(0));
    show("write 5 bytes from address 0 into /dev/null", mistake::into_null(0));
    let result = mistake::into_null(mistake::KERNEL);
    show("write 5 bytes of the kernel's into /dev/null", result);
}

// ANCHOR: the_clock
fn the_clock() -> Result<()> {
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
