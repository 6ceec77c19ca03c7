//! What is left, and how much there can be.

use super::{NAME, key};
use anyhow::{Context, Result};
use crossings_shm::{
    PAGE_SIZE,
    limits::{self, own_namespaces},
    memfd,
    memory::Memory,
    posix,
    sysv::{Removed, Segment},
};
use lesson::{child::Child, part, show};
use nix::{
    fcntl::posix_fallocate,
    libc::{self, IPC_PRIVATE},
};
use std::{mem, sync::atomic::Ordering::Relaxed};

/// So much that the kernel's count, which is a little behind, shows it.
const MANY: usize = 8 << 20;

// ANCHOR: what_is_left
pub fn what_is_left() -> Result<()> {
    part("what is left");
    let key = key()?;
    let before = limits::shmem().context("read how much memory is shared")?;
    let left = |what: &str| {
        let more = limits::shmem().map(|now| now.saturating_sub(before) > MANY / 2);
        show(what, more);
    };
    println!("8 MiB more are in use when a child has ended, that filled");
    Child::start(|| {
        let segment = Segment::create(key, MANY, 0o600)?;
        fill(&segment.0.attach()?);
        mem::forget(segment);
        Ok(())
    })?
    .wait()?;
    left("  a segment");
    drop(Segment::get(key, 0, 0).map(Removed));
    left("  and it was removed");
    Child::start(|| {
        let (object, unlinked) = posix::create(NAME, 0o600)?;
        object.set_size(MANY)?;
        fill(&object.map(MANY)?);
        mem::forget(unlinked);
        Ok(())
    })?
    .wait()?;
    left("  an object");
    posix::unlink(NAME)?;
    left("  and it was unlinked");
    Child::start(|| {
        let object = memfd::create("crossings")?;
        object.set_size(MANY)?;
        fill(&object.map(MANY)?);
        Ok(())
    })?
    .wait()?;
    left("  a memfd");
    Ok(())
}
// ANCHOR_END: what_is_left

/// Touches every page.
fn fill(memory: &impl Memory) {
    for offset in (0..memory.size()).step_by(PAGE_SIZE) {
        memory.word(offset / size_of::<u64>()).store(1, Relaxed);
    }
}

// ANCHOR: limits
pub fn limits() -> Result<()> {
    part("limits");
    Child::start(|| {
        own_namespaces(16)?;
        for name in ["shmmax", "shmall", "shmmni"] {
            show(name, limits::get(name));
        }
        let create = |what: &str, size| {
            let segment = Segment::create(IPC_PRIVATE, size, 0o600);
            show(what, segment.as_ref().map(|_| "done"));
            segment
        };
        println!("shmmax is set to 8192:");
        limits::set("shmmax", 8192)?;
        let _ = create("  8192 bytes", 8192);
        let _ = create("  8193 bytes", 8193);
        println!("shmall is set to 3:");
        limits::set("shmall", 3)?;
        let first = create("  two pages", 2 * PAGE_SIZE);
        let _ = create("  two more", 2 * PAGE_SIZE);
        println!("shmmni is set to 2:");
        limits::set("shmmni", 2)?;
        let second = create("  a second segment", 1);
        drop(second.as_ref().map(|_| create("  a third", 1)));
        drop((first, second));
        Ok(())
    })?
    .wait()
    .context("change the limits in a namespace of our own")
}
// ANCHOR_END: limits

// ANCHOR: a_full_dev_shm
pub fn a_full_dev_shm() -> Result<()> {
    part("a full /dev/shm");
    Child::start(|| {
        own_namespaces(16)?;
        println!("room for 4 pages");
        let (object, _unlinked) = posix::create(NAME, 0o600)?;
        show("ftruncate to 8 pages", object.set_size(8 * PAGE_SIZE).map(|()| "done"));
        let memory = object.map(8 * PAGE_SIZE)?;
        for pages in [4, 5] {
            let writer = Child::start(|| {
                let words = PAGE_SIZE / size_of::<u64>();
                (0..pages).for_each(|page| memory.word(page * words).store(1, Relaxed));
                Ok(())
            });
            show(&format!("store to {pages} of them"), writer.and_then(Child::fate));
        }
        let allocated = posix_fallocate(&object, 0, 8 * PAGE_SIZE as libc::off_t);
        show("posix_fallocate of 8 pages", allocated.map(|()| "done"));
        let segment = Segment::create(IPC_PRIVATE, 8 * PAGE_SIZE, 0o600)?;
        let memory = segment.0.attach()?;
        fill(&memory);
        println!("a segment of 8 pages is not in /dev/shm: done");
        Ok(())
    })?
    .wait()
    .context("fill a /dev/shm of our own")
}
// ANCHOR_END: a_full_dev_shm
