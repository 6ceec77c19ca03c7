//! Below the three ways, and what they cost.

use super::NAME;
use anyhow::{Context, Result};
use crossings_shm::{
    PAGE_SIZE,
    cost::{Costs, costs},
    memfd,
    memory::Memory,
    object::Object,
    posix,
    sysv::{self, Segment},
    trace,
};
use lesson::{ftrace::mark, part};
use nix::{fcntl::SealFlag, libc::IPC_PRIVATE};
use std::sync::atomic::Ordering::Relaxed;

// ANCHOR: the_files
pub fn the_files() -> Result<()> {
    part("the files");
    let segment = sysv::private()?;
    let (object, _unlinked) = posix::create(NAME, 0o600)?;
    let memfd = memfd::create("crossings")?;
    println!("System V: {}", trace::name(&segment)?);
    println!("POSIX: {}", trace::name(&object.map(PAGE_SIZE)?)?);
    println!("memfd: {}", trace::name(&memfd.map(PAGE_SIZE)?)?);
    Ok(())
}
// ANCHOR_END: the_files

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    part("the path");
    let (object, _unlinked) = posix::create(NAME, 0o600)?;
    let memfd = memfd::create("crossings")?;
    let mut done = Ok(());
    let lines = trace::record(|| {
        done = segment()
            .and_then(|()| file("object", &object))
            .and_then(|()| file("memfd", &memfd));
    });
    done?;
    for line in lines.context("record the three ways")? {
        println!("{line}");
    }
    Ok(())
}

fn segment() -> nix::Result<()> {
    mark("segment: shmget");
    let segment = Segment::create(IPC_PRIVATE, PAGE_SIZE, 0o600)?;
    mark("segment: shmat");
    let memory = segment.0.attach()?;
    mark("segment: store");
    memory.word(0).store(1, Relaxed);
    mark("segment: IPC_RMID");
    drop(segment);
    mark("segment: shmdt");
    drop(memory);
    Ok(())
}

fn file(what: &str, object: &Object) -> nix::Result<()> {
    object.set_size(PAGE_SIZE)?;
    mark(&format!("{what}: mmap"));
    let memory = object.map(PAGE_SIZE)?;
    mark(&format!("{what}: store"));
    memory.word(0).store(1, Relaxed);
    drop(memory);
    mark(&format!("{what}: F_ADD_SEALS"));
    // An object refuses it, and goes through the same function.
    let _ = memfd::add_seals(object, SealFlag::F_SEAL_SHRINK);
    Ok(())
}
// ANCHOR_END: the_path

// ANCHOR: the_cost
pub fn the_cost() -> Result<()> {
    part("the cost");
    let costs = costs(NAME).context("compare the costs")?;
    let Costs { getppid, semaphore, exchange, pipes, sysv, posix, memfd } = costs;
    lesson::cost::table(&[
        ("getppid(2)", getppid),
        ("sem_post and sem_wait, and nobody waits", semaphore),
        ("a record there, one back, both waiting", exchange),
        ("  the same through two pipes", pipes),
        ("to make, map, touch and remove a segment", sysv),
        ("  an object", posix),
        ("  a memfd", memfd),
    ]);
    Ok(())
}
// ANCHOR_END: the_cost
