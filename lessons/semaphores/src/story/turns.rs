//! Turns at the counter of our module, and waiting for them.

use super::{handle, runs};
use anyhow::{Context, Result};
use crossings_semaphores::{
    asleep,
    counter::{COUNTER, Counter, set_patience},
    holder::Holder,
    unnamed::Unnamed,
};
use lesson::{child::Child, part, show};
use nix::{libc::SYS_openat, sys::signal::Signal};

// ANCHOR: turns
pub fn turns() -> Result<()> {
    part("turns");
    let holder = hold()?;
    show("try while it is in use", Counter::try_open().map(|_| "opened"));
    let next = Child::named(c"next", || {
        let counter = Counter::open()?;
        counter.set(counter.get()? + 42)
    })?;
    println!("the next one: {}", asleep::state_in(&next, SYS_openat)?);
    show("the holder", holder.end().map(|()| "has ended"));
    show("the next one", next.wait().map(|()| "has had its turn"));
    show("the counter", Counter::open()?.get());
    Ok(())
}
// ANCHOR_END: turns

// ANCHOR: in_order
pub fn in_order() -> Result<()> {
    part("in order");
    let holder = hold()?;
    let append = |digit| {
        let counter = Counter::open()?;
        counter.set(10 * counter.get()? + digit)
    };
    let mut waiting = Vec::new();
    for digit in 1..=5 {
        let child = Child::named(c"one of five", || append(digit))?;
        child.asleep_in(SYS_openat)?;
        waiting.push(child);
    }
    holder.end()?;
    waiting.into_iter().try_for_each(Child::wait)?;
    show("they had it in the order", Counter::open()?.get());
    Ok(())
}
// ANCHOR_END: in_order

pub fn a_signal() -> Result<()> {
    part("a signal");
    let (holder, runs) = (hold()?, runs()?);
    let start = |restart| {
        let open = || handle(restart, runs).and_then(|()| Counter::open().map(drop));
        let waiter = Child::named(c"waiter", open)?;
        println!("open: {}", asleep::state_in(&waiter, SYS_openat)?);
        waiter.signal(Signal::SIGUSR1)?;
        runs.wait()?;
        anyhow::Ok(waiter)
    };

    show("open, without SA_RESTART", start(false)?.wait().map(|()| "opened"));

    let waiter = start(true)?;
    println!("the handler ran, and then: {}", asleep::state_in(&waiter, SYS_openat)?);
    holder.end()?;
    show("open, with SA_RESTART", waiter.wait().map(|()| "opened"));
    Ok(())
}

// ANCHOR: patience
pub fn patience() -> Result<()> {
    part("patience");
    let holder = hold()?;
    set_patience(20).context("set the patience to 20 ms")?;
    show("open, within 20 ms", Counter::open().map(|_| "opened"));

    set_patience(10_000).context("set the patience to 10 s")?;
    let waiter = Child::named(c"waiter", || Counter::open().map(drop))?;
    println!("open, within 10 s: {}", asleep::state_in(&waiter, SYS_openat)?);
    waiter.signal(Signal::SIGKILL)?;
    println!("after SIGKILL: {}", asleep::state_in(&waiter, SYS_openat)?);
    show("the holder", holder.end().map(|()| "has ended"));
    show("the waiter", waiter.kill().map(|()| "killed"));
    show("try", Counter::try_open().map(|_| "opened"));
    set_patience(0).context("set the patience to 0")?;
    Ok(())
}
// ANCHOR_END: patience

// ANCHOR: somebody_elses_up
pub fn somebody_elses_up() -> Result<()> {
    part("somebody else's up");
    let counter = Counter::open().with_context(|| format!("open {COUNTER}"))?;
    let go_on = Unnamed::new(0)?;
    let heir = Child::named(c"heir", || go_on.wait())?;
    drop(counter);
    println!("the parent has closed the counter");
    show("try", Counter::try_open().map(|_| "opened"));
    go_on.post()?;
    show("the child that inherited it", heir.wait().map(|()| "ended"));
    show("try", Counter::try_open().map(|_| "opened"));
    Ok(())
}
// ANCHOR_END: somebody_elses_up

fn hold() -> Result<Holder> {
    Holder::start(c"holder", 0).with_context(|| format!("hold {COUNTER}"))
}
