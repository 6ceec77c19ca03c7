//! Sizes in bytes, memory in pages, and what lies behind the end.

use super::NAME;
use anyhow::Result;
use crossings_shm::{PAGE_SIZE, memory::Memory, posix, sysv::Segment};
use lesson::{child::Child, part, show};
use nix::libc;
use std::sync::atomic::Ordering::Relaxed;

/// More than the machine has. A 32-bit program has no number for a terabyte.
const MUCH: (&str, usize) = match usize::BITS {
    64 => ("a terabyte", (1_u64 << 40) as usize),
    _ => ("a gigabyte", 1 << 30),
};

// ANCHOR: the_size
pub fn the_size() -> Result<()> {
    part("the size");
    let (much, bytes) = MUCH;
    let create = |size| Segment::create(libc::IPC_PRIVATE, size, 0o600);
    println!("a segment of 100 bytes: {}", create(100)?.0.status()?.size);
    show(&format!("a segment of {much}"), create(bytes).map(|_| "done"));
    let (object, _unlinked) = posix::create(NAME, 0o600)?;
    println!("a new object: {}", object.size()?);
    show(&format!("an object of {much}"), object.set_size(bytes).map(|()| "done"));
    Ok(())
}
// ANCHOR_END: the_size

/// Loads a word in a child, and tells what became of it.
fn load(what: &str, memory: &impl Memory, offset: usize) {
    let child = Child::start(|| {
        memory.word(offset / size_of::<u64>()).load(Relaxed);
        Ok(())
    });
    show(what, child.and_then(Child::fate));
}

// ANCHOR: behind_the_end
pub fn behind_the_end() -> Result<()> {
    part("behind the end");
    let (object, _unlinked) = posix::create(NAME, 0o600)?;
    let memory = object.map(2 * PAGE_SIZE)?;
    load("a new object, byte 0", &memory, 0);
    object.set_size(100)?;
    load("of 100 bytes, byte 0", &memory, 0);
    load("of 100 bytes, byte 4088", &memory, 4088);
    load("of 100 bytes, byte 4096", &memory, 4096);
    object.set_size(2 * PAGE_SIZE)?;
    load("of 8192 bytes, byte 4096", &memory, 4096);
    memory.word(512).store(7, Relaxed);
    posix::open(NAME)?.set_size(PAGE_SIZE)?;
    load("somebody else makes it smaller, byte 4096", &memory, 4096);
    object.set_size(2 * PAGE_SIZE)?;
    println!("and larger again, byte 4096: {}", memory.word(512).load(Relaxed));
    Ok(())
}
// ANCHOR_END: behind_the_end
