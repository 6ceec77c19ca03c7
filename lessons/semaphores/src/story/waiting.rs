//! Processes that sleep at a semaphore: until somebody posts, or a signal comes.

use super::{handle, runs};
use anyhow::{Context, Result};
use crossings_semaphores::{
    asleep,
    named::{self, Named},
    unnamed::Unnamed,
};
use lesson::{child::Child, part, show};
use nix::{libc::SYS_futex, sys::signal::Signal};
use std::ffi::CStr;

// ANCHOR: waiter_first
pub fn waiter_first() -> Result<()> {
    part("waiter first");
    let name: &CStr = c"/crossings-waiter-first";
    let both = || Named::open_or_create(name, 0o600, 0);
    let waiter = Child::named(c"waiter", || both()?.wait())?;
    println!("the waiter sleeps in futex: {}", asleep::state_in(&waiter, SYS_futex)?);
    let poster = Child::named(c"poster", || both()?.post())?;
    show("the poster", poster.wait().map(|()| "has posted"));
    show("the waiter", waiter.wait().map(|()| "has waited"));
    show("the value", both()?.value());
    named::unlink(name).context("unlink the semaphore")?;
    Ok(())
}
// ANCHOR_END: waiter_first

// ANCHOR: interrupted
pub fn interrupted() -> Result<()> {
    part("interrupted");
    let (semaphore, runs) = (Unnamed::new(0)?, runs()?);
    let wait = |restart| {
        let wait = || handle(restart, runs).and_then(|()| semaphore.wait());
        let waiter = Child::named(c"waiter", wait)?;
        asleep::at(&waiter, &semaphore)?;
        waiter.signal(Signal::SIGUSR1)?;
        runs.wait()?;
        anyhow::Ok(waiter)
    };

    show("wait, without SA_RESTART", wait(false)?.wait().map(|()| "taken"));

    let waiter = wait(true)?;
    asleep::at(&waiter, &semaphore)?;
    println!("wait, with SA_RESTART: the handler ran, and it sleeps");
    semaphore.post()?;
    show("wait, with SA_RESTART", waiter.wait().map(|()| "taken"));
    Ok(())
}
// ANCHOR_END: interrupted
