//! The part of the story that looks from below: what calls cost, and the path through the
//! kernel.

use super::refused::in_a_thread;
use anyhow::{Context, Result};
use crossings_syscalls::{
    clock, filter, path,
    tracer::{Event, Tracer},
    ways,
};
use lesson::{
    cost::{self, costs},
    part,
};
use nix::unistd::geteuid;
use std::{
    fs::File,
    time::{Duration, Instant},
};
use syscalls::Sysno;

// ANCHOR: the_cost
pub fn the_cost() -> Result<()> {
    part("the cost");
    let [vdso, call] =
        costs(30, 100, [&mut || _ = clock::by_vdso(), &mut || _ = clock::by_instruction()]);
    let traced = traced()?;
    cost::table(&[
        ("the time from the vDSO", vdso),
        ("by a system call", call),
        ("by a system call that is traced", traced),
    ]);
    Ok(())
}
// ANCHOR_END: the_cost

/// What a call costs in a child that is traced.
fn traced() -> Result<Duration> {
    let times = 10;
    let mut tracer = Tracer::start(|| {
        (0..times).for_each(|_| _ = clock::by_instruction());
        0
    })?;
    let start = Instant::now();
    while !matches!(
        tracer.next_stop().context("wait for the child's next stop")?,
        Event::Ended(_)
    ) {}
    Ok(start.elapsed() / times)
}

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    if !geteuid().is_root() {
        eprintln!("only root may record the path; `cargo lab run syscalls` does");
        return Ok(());
    }
    part("the path");
    let null = File::options().write(true).open("/dev/null").context("open /dev/null")?;
    let callers = path::callers("write_null", || _ = ways::by_instruction(&null, b"hello"));
    for (depth, name) in callers.context("record the callers")?.iter().enumerate() {
        println!("{:1$}{name}", "", 2 * depth);
    }
    let write = || _ = ways::by_instruction(&null, b"hello");
    let (vdso, time) = (|| _ = clock::by_vdso(), || _ = clock::by_instruction());
    let [before @ .., _, first, second, third] = in_a_thread(|| {
        let mut installed = Ok(());
        let lines = path::functions([
            &mut || write(),
            &mut || vdso(),
            &mut || time(),
            &mut || installed = filter::refuse(Sysno::clock_gettime),
            &mut || write(),
            &mut || vdso(),
            &mut || time(),
        ]);
        installed.context("install the filter")?;
        lines.context("record the calls")
    })?;
    for (title, lines) in
        [("three calls", before), ("three calls, filtered", [first, second, third])]
    {
        part(title);
        for (call, lines) in
            ["a write", "the time, by the vDSO", "the time"].iter().zip(lines)
        {
            print!("/* {call} */\n{lines}");
        }
    }
    Ok(())
}
// ANCHOR_END: the_path
