//! The part of the story in which calls are refused.

use anyhow::{Context, Result, anyhow};
use crossings_syscalls::{clock, filter};
use lesson::{lacking, part, show};
use std::{
    fs::File,
    io::{self, Read},
    thread,
};
use syscalls::Sysno;

// ANCHOR: a_filter
pub fn a_filter() -> Result<()> {
    part("a filter");
    in_a_thread(|| {
        let mut status = File::open("/proc/thread-self/status").context("open status")?;
        show("before, open", open());
        filter::refuse(Sysno::openat).context("install the filter")?;
        show("after, open", open());
        let mut text = String::new();
        status.read_to_string(&mut text).context("read what was open before")?;
        let wanted = ["NoNewPrivs:", "Seccomp:"];
        let line = |name: &&str| text.lines().find(|line| line.starts_with(*name));
        wanted
            .iter()
            .filter_map(line)
            .for_each(|line| println!("  {}", line.replace('\t', " ")));
        show("in a thread that it starts, open", in_a_thread(|| Ok(open()))?);
        Ok(())
    })?;
    show("in the thread that was there before, open", open());
    Ok(())
}

fn open() -> Result<&'static str, io::ErrorKind> {
    File::open("/dev/null").map(|_| "done").map_err(|error| error.kind())
}
// ANCHOR_END: a_filter

pub fn the_listing() -> Result<()> {
    part("the listing");
    let lines = filter::listing(Sysno::openat).context("compile the filter")?;
    lines.iter().for_each(|line| println!("{line}"));
    Ok(())
}

// ANCHOR: what_it_misses
pub fn what_it_misses() -> Result<()> {
    part("what it misses");
    in_a_thread(|| {
        filter::refuse(Sysno::openat).context("refuse openat")?;
        show("openat", filter::open_null(Sysno::openat).map(|()| "done"));
        show("openat with its x32 number", filter::open_null_as_x32());
        show("open", filter::open_null(Sysno::open).map(|()| "done"));
        filter::refuse(Sysno::clock_gettime).context("refuse clock_gettime")?;
        show("the time by the instruction", clock::by_instruction().map(|_| "done"));
        show("the time by the vDSO", clock::by_vdso().map(|_| "done"));
        show("its own time by the vDSO", clock::of_this_thread().map(|_| "done"));
        Ok(())
    })?;
    println!("getpid by the 32-bit door: {}", filter::by_the_32_bit_door()?);
    Ok(())
}
// ANCHOR_END: what_it_misses

/// Of the same on a 32-bit kernel.
pub fn what_is_lacking() {
    lacking("x32, and a door for programs of another kind");
    lacking(
        "a vDSO that asks clock_gettime: it asks clock_gettime64, which is not refused",
    );
}

pub fn who_may() -> Result<()> {
    part("who may");
    show("a filter without no_new_privs", filter::without_no_new_privs().map(|()| "done"));
    Ok(())
}

/// A filter stays for as long as the thread does, so each gets one of its own.
pub fn in_a_thread<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let result = thread::scope(|scope| scope.spawn(work).join());
    result.map_err(|_| anyhow!("the thread panicked"))?
}
