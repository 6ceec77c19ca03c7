//! What a process leaves behind that is killed while it holds.

use anyhow::{Context, Result};
use crossings_semaphores::{
    asleep,
    counter::Counter,
    holder::Holder,
    named::{self, Named, WAITERS},
    robust::Robust,
};
use lesson::{child::Child, part, show};
use nix::{
    libc::{SYS_openat, SYS_pause},
    unistd::pause,
};
use std::{ffi::CStr, fs, time::Duration};

// ANCHOR: a_crashed_holder
pub fn a_crashed_holder() -> Result<()> {
    part("a crashed holder");
    let name: &CStr = c"/crossings-crashed";
    let semaphore = Named::create(name, 0o600, 1).context("make a semaphore")?;
    let holder = Child::named(c"holder", || {
        semaphore.wait()?;
        pause();
        semaphore.post()
    })?;
    holder.asleep_in(SYS_pause)?;
    let waiter = Child::named(c"waiter", || semaphore.wait())?;
    asleep::at(&waiter, &semaphore)?;
    show("the holder", holder.kill().map(|()| "killed"));
    show("the waiter", waiter.kill().map(|()| "killed"));

    let next = semaphore.timed_wait(Duration::from_millis(20));
    show("the next one, within 20 ms", next.map(|()| "taken"));
    let file = fs::read(named::file(name)).context("read its file")?;
    println!("its file: value {:?}, waiters {:?}", &file[..4], &file[WAITERS]);
    named::unlink(name).context("unlink it")?;
    Ok(())
}
// ANCHOR_END: a_crashed_holder

// ANCHOR: a_robust_mutex
pub fn a_robust_mutex() -> Result<()> {
    part("a robust mutex");
    let mutex = Robust::new().context("make a mutex")?;
    let die_with_it = || -> Result<()> {
        let holder = Child::named(c"holder", || {
            mutex.lock()?;
            pause();
            mutex.unlock()
        })?;
        holder.asleep_in(SYS_pause)?;
        show("the holder", holder.kill().map(|()| "killed"));
        Ok(())
    };
    let lock = |who: &str| show(who, mutex.lock().map(|()| "locked"));
    die_with_it()?;
    lock("the next one");
    show("  says that all is repaired", mutex.repaired().map(|()| "done"));
    mutex.unlock()?;
    lock("the one after that");
    mutex.unlock()?;
    die_with_it()?;
    lock("the next one");
    show("  unlocks, and repairs nothing", mutex.unlock().map(|()| "done"));
    lock("the one after that");
    Ok(())
}
// ANCHOR_END: a_robust_mutex

// ANCHOR: a_killed_holder
pub fn a_killed_holder() -> Result<()> {
    part("a killed holder");
    let holder = Holder::start(c"holder", 7).context("hold the counter")?;
    let next = Child::named(c"next", || {
        let counter = Counter::open()?;
        counter.set(counter.get()? + 1)
    })?;
    println!("the next one: {}", asleep::state_in(&next, SYS_openat)?);
    show("the holder", holder.kill().map(|()| "killed"));
    show("the next one", next.wait().map(|()| "has had its turn"));
    show("the counter", Counter::open()?.get());
    Ok(())
}
// ANCHOR_END: a_killed_holder
