//! The part of the story in which a child is traced.

use anyhow::{Context, Result, bail};
use crossings_syscalls::{
    call::Lines,
    clock,
    interrupted::{Pair, interrupt, waits_in_vfork},
    registers,
    tracer::{Event, Tracer},
};
use lesson::{part, task};
use nix::{
    errno::Errno,
    sys::signal::{SaFlags, Signal},
    unistd::pipe,
};
use std::{
    ffi::OsString,
    fs,
    fs::File,
    io::{self, Write},
    os::fd::AsRawFd,
    os::unix::process::CommandExt,
    process::Command,
};

#[cfg(target_arch = "x86_64")]
// ANCHOR: the_registers
pub fn the_registers() -> Result<()> {
    part("the registers");
    let null = File::options().write(true).open("/dev/null").context("open /dev/null")?;
    let text = b"hello";
    let watched = registers::of_a_write(&null, text).context("trace a write")?;
    let (before, after) = (&watched.before, &watched.after);
    println!("on the way in");
    println!("  orig_rax: {}, rax: {}", before.orig_rax, before.rax as i64);
    println!("  rdi is the descriptor: {}", before.rdi == null.as_raw_fd() as u64);
    println!("  rsi is the address: {}", before.rsi == text.as_ptr() as u64);
    println!("  rdx: {}", before.rdx);
    println!("  rcx is rip: {}", before.rcx == before.rip);
    println!("  r11 is the flags: {}", before.r11 == before.eflags);
    println!("  before rip: {:02x?}", watched.instruction);
    println!("on the way out");
    println!("  rax: {}", after.rax);
    println!("  all others are unchanged: {}", watched.others_are_unchanged());
    Ok(())
}
// ANCHOR_END: the_registers

/// The same of a 32-bit program.
#[cfg(target_arch = "x86")]
pub fn the_registers() -> Result<()> {
    part("the registers");
    let null = File::options().write(true).open("/dev/null").context("open /dev/null")?;
    let text = b"hello";
    let watched = registers::of_a_write(&null, text).context("trace a write")?;
    let (before, after) = (&watched.before, &watched.after);
    println!("on the way in");
    println!("  orig_eax: {}, eax: {}", before.orig_eax, before.eax);
    println!("  ebx is the descriptor: {}", before.ebx == null.as_raw_fd());
    println!("  ecx is the address: {}", before.ecx as usize == text.as_ptr().addr());
    println!("  edx: {}", before.edx);
    println!("  before eip: {:02x?}", watched.instruction);
    println!("on the way out");
    println!("  eax: {}", after.eax);
    println!("  all others are unchanged: {}", watched.others_are_unchanged());
    Ok(())
}

// ANCHOR: errands
fn errands() -> i32 {
    let _ = fs::read("/no/such/file");
    let _ = fs::write("/dev/null", "hello");
    let _ = clock::by_vdso();
    let _ = clock::by_instruction();
    7
}

pub fn a_tracer() -> Result<()> {
    part("a tracer");
    print(Tracer::start(errands).context("start a child")?, &mut io::stdout())
}

fn print(mut tracer: Tracer, out: &mut dyn Write) -> Result<()> {
    let mut lines = Lines::default();
    loop {
        let event = tracer.next_stop().context("wait for the child's next stop")?;
        if let Some(line) = lines.line(&event) {
            writeln!(out, "{line}")?;
        }
        if let Event::Ended(_) = event {
            return Ok(());
        }
    }
}
// ANCHOR_END: errands

/// Traces a command, and prints to standard error as strace(1) does: for `syscalls trace
/// COMMAND ARGUMENT…`.
pub fn trace(words: &[OsString]) -> Result<()> {
    let [program, arguments @ ..] = words else {
        bail!("nothing to trace: name a command, as in `trace ls /`");
    };
    let mut command = Command::new(program);
    command.args(arguments);
    let tracer = Tracer::start(|| {
        eprintln!("{}: {}", program.display(), command.exec());
        127
    });
    print(tracer.context("start a child")?, &mut io::stderr())
}

// ANCHOR: interrupted
pub fn interrupted() -> Result<()> {
    part("interrupted");
    let (fails, restarts) = (SaFlags::empty(), SaFlags::SA_RESTART);
    tell("recv", fails, |pair| pair.recv().map(drop))?;
    tell("recv, with SA_RESTART", restarts, |pair| pair.recv().map(drop))?;
    tell("poll, with SA_RESTART", restarts, |pair| pair.poll().map(drop))
}

fn tell(what: &str, flags: SaFlags, call: fn(&Pair) -> nix::Result<()>) -> Result<()> {
    println!("{what}:");
    let pair = Pair::new(flags).context("install a handler")?;
    let lines = interrupt(|| call(&pair).err().map_or(0, |errno: Errno| errno as i32));
    lines.context("trace a child")?.iter().for_each(|line| println!("  {line}"));
    Ok(())
}
// ANCHOR_END: interrupted

// ANCHOR: uninterruptible
pub fn not_interrupted() -> Result<()> {
    part("not interrupted");
    let (until, last) = pipe().context("make a pipe")?;
    let child = waits_in_vfork(until, &last).context("start a child")?;
    let state = || task::status(child.pid(), "State");
    task::wait_until(|| Ok(state()?.starts_with('D').then_some(())))
        .context("wait until the child sleeps in vfork")?;
    println!("in vfork: {}", state()?);
    child.signal(Signal::SIGUSR1)?;
    println!("with a signal for its handler: {}", state()?);
    child.signal(Signal::SIGKILL)?;
    println!("with SIGKILL: {}", child.fate()?);
    Ok(())
}
// ANCHOR_END: uninterruptible
