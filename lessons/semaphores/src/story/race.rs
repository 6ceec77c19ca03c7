//! A counter that loses updates, and one that does not.

use anyhow::{Context, Result};
use crossings_semaphores::{
    counter::Counter,
    gap::together,
    unnamed::{Shared, Unnamed},
};
use lesson::part;
use nix::libc::{SYS_futex, SYS_openat};
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};

// ANCHOR: ten_processes
pub fn ten_processes() -> Result<()> {
    part("ten processes");
    let counter = Shared::new(AtomicI32::new(0)).context("share memory")?;
    let most = together(10, &[SYS_futex], |gap| {
        let loaded = counter.load(Relaxed);
        gap.cross()?;
        counter.store(loaded + 1, Relaxed);
        Ok(())
    })?;
    println!("without: {most} in the gap at once, counted {}", counter.load(Relaxed));

    counter.store(0, Relaxed);
    let semaphore = Unnamed::new(1).context("make a semaphore")?;
    let most = together(10, &[SYS_futex], |gap| {
        semaphore.wait()?;
        let loaded = counter.load(Relaxed);
        gap.cross()?;
        counter.store(loaded + 1, Relaxed);
        semaphore.post()
    })?;
    println!("with:    {most} in the gap at once, counted {}", counter.load(Relaxed));
    Ok(())
}
// ANCHOR_END: ten_processes

// ANCHOR: three_places
pub fn three_places() -> Result<()> {
    part("three places");
    let places = Unnamed::new(3).context("make a semaphore")?;
    let most = together(8, &[SYS_futex], |gap| {
        places.wait()?;
        gap.cross()?;
        places.post()
    })?;
    println!("of 8 processes, {most} were inside at once");
    println!("places left at the end: {}", places.value()?);
    Ok(())
}
// ANCHOR_END: three_places

// ANCHOR: kernels_counter
pub fn the_kernels_counter() -> Result<()> {
    part("the kernel's counter");
    Counter::open()?.set(0)?;
    let most = together(10, &[SYS_futex, SYS_openat], |gap| {
        let counter = Counter::open()?;
        let loaded = counter.get()?;
        gap.cross()?;
        counter.set(loaded + 1)
    })?;
    println!("{most} in the gap at once, counted {}", Counter::open()?.get()?);
    Ok(())
}
// ANCHOR_END: kernels_counter
