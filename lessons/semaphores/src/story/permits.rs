//! What a semaphore is for: to count what is left, and to wait for each other.

use anyhow::{Context, Result};
use crossings_semaphores::unnamed::Unnamed;
use lesson::{child::Child, part, show};
use std::time::Duration;

// ANCHOR: permits
pub fn permits() -> Result<()> {
    part("permits");
    let permits = Unnamed::new(2).context("make a semaphore")?;
    show("wait", permits.wait().map(|()| "taken"));
    show("wait", permits.wait().map(|()| "taken"));
    show("the value", permits.value());
    show("trywait", permits.try_wait().map(|()| "taken"));
    show(
        "timedwait, 20 ms",
        permits.timed_wait(Duration::from_millis(20)).map(|()| "taken"),
    );
    show("post", permits.post().map(|()| "given back"));
    show("the value", permits.value());
    Ok(())
}
// ANCHOR_END: permits

// ANCHOR: lock_step
pub fn lock_step() -> Result<()> {
    part("lock-step");
    let (left, right) = (Unnamed::new(1)?, Unnamed::new(0)?);
    let step = |foot: &str, mine: &Unnamed, other: &Unnamed| {
        for step in 1..=3 {
            mine.wait()?;
            println!("{foot} {step}");
            other.post()?;
        }
        Ok(())
    };
    let second = Child::named(c"right", || step("right", &right, &left))?;
    let first = Child::named(c"left", || step("left", &left, &right))?;
    first.wait()?;
    second.wait()?;
    Ok(())
}
// ANCHOR_END: lock_step
