//! Removing what others still use.

use super::{NAME, key};
use anyhow::{Context, Result};
use crossings_shm::{
    PAGE_SIZE,
    memory::Memory,
    posix,
    sysv::Segment,
    sysv_sem::{SEMOP, Semaphore},
};
use lesson::{
    child::{self, Child},
    part, show,
};
use nix::libc;
use std::sync::atomic::Ordering::Relaxed;

// ANCHOR: nattch
pub fn nattch() -> Result<()> {
    part("nattch");
    let segment = Segment::create(libc::IPC_PRIVATE, PAGE_SIZE, 0o600)?;
    let nattch = |when| show(when, segment.0.status().map(|status| status.nattch));
    nattch("created");
    let first = segment.0.attach()?;
    let second = segment.0.attach()?;
    nattch("attached twice");
    let mut child = Child::start(|| {
        child::stop();
        Ok(())
    })?;
    child.stopped()?;
    nattch("and a child");
    child.go_on()?;
    child.wait()?;
    nattch("the child has ended");
    first.word(0).store(7, Relaxed);
    println!(
        "stored at one address, loaded at the other: {}",
        second.word(0).load(Relaxed)
    );
    drop((first, second));
    nattch("detached");
    Ok(())
}
// ANCHOR_END: nattch

// ANCHOR: removed_while_attached
pub fn removed_while_attached() -> Result<()> {
    part("removed while attached");
    let key = key()?;
    let segment = Segment::create(key, PAGE_SIZE, 0o600)?;
    let memory = segment.0.attach()?;
    memory.word(0).store(7, Relaxed);
    show("IPC_RMID", segment.0.remove().map(|()| "done"));
    println!("load: {}", memory.word(0).load(Relaxed));
    memory.word(0).store(8, Relaxed);
    println!("store and load: {}", memory.word(0).load(Relaxed));
    let status = segment.0.status().context("look at a removed segment")?;
    println!(
        "IPC_STAT: nattch {}, key {}, SHM_DEST {}",
        status.nattch, status.key, status.removed
    );
    show("shmget of the key", Segment::get(key, 0, 0).map(|_| "found"));
    let other = Segment::create(key, PAGE_SIZE, 0o600)?;
    println!(
        "a new segment with the key, of the same identifier: {}",
        other.0 == segment.0
    );
    let again = segment.0.attach().context("attach a removed segment")?;
    println!("attach the removed one by its identifier: {}", again.word(0).load(Relaxed));
    drop((memory, again));
    show("attach it when the last has detached", segment.0.attach().map(|_| "done"));
    show("IPC_STAT", segment.0.status().map(|status| status.nattch));
    show("IPC_RMID", segment.0.remove().map(|()| "done"));
    Ok(())
}
// ANCHOR_END: removed_while_attached

pub fn unlinked_while_mapped() -> Result<()> {
    part("unlinked while mapped");
    let (object, _unlinked) = posix::create(NAME, 0o600)?;
    object.set_size(PAGE_SIZE)?;
    let memory = object.map(PAGE_SIZE)?;
    memory.word(0).store(7, Relaxed);
    show("shm_unlink", posix::unlink(NAME).map(|()| "done"));
    drop(object);
    println!("load, and the descriptor is closed too: {}", memory.word(0).load(Relaxed));
    show("shm_open", posix::open(NAME).map(|_| "done"));
    let (other, _unlinked) = posix::create(NAME, 0o600)?;
    println!("a new object with the name: {} bytes", other.size()?);
    Ok(())
}

// ANCHOR: a_sleeper
pub fn a_sleeper() -> Result<()> {
    part("EIDRM");
    let semaphore = Semaphore::new().context("create a System V semaphore")?;
    let sleeper = Child::start(|| semaphore.wait())?;
    // The C library makes this call of semop(3).
    sleeper.asleep_in(SEMOP).context("wait for the child to sleep")?;
    semaphore.remove()?;
    show("removed while somebody sleeps in semop", sleeper.wait().map(|()| "done"));
    show("semop afterwards", semaphore.wait().map(|()| "done"));
    Ok(())
}
// ANCHOR_END: a_sleeper
