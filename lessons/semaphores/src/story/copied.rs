//! The widely copied example, and how it fails.

use anyhow::{Context, Result};
use crossings_semaphores::{
    copied::{self, Copied},
    gap::together,
    named,
};
use lesson::{child::Child, part, show};
use nix::libc::SYS_futex;
use std::ffi::CStr;

// ANCHOR: the_copied_programs
pub fn the_copied_programs() -> Result<()> {
    part("the copied programs");
    let name: &CStr = c"/crossings-copied";
    let run = |program: fn(&CStr) -> nix::Result<()>| {
        Child::named(c"copied", || program(name)).and_then(Child::wait).map(|()| "done")
    };
    show("the waiter comes first", run(copied::waiter));
    show("the poster", run(copied::poster));
    show("the poster, by mistake", run(copied::poster));
    show("the waiter", run(copied::waiter));
    println!("the next day:");
    show("the waiter, without any poster", run(copied::waiter));
    named::unlink(name).context("unlink it")?;
    Ok(())
}
// ANCHOR_END: the_copied_programs

// ANCHOR: the_copied_module
pub fn the_copied_module() -> Result<()> {
    part("the copied module");
    let copied = Copied::load().context("load crossings_semaphores_copied.ko")?;
    let most = together(10, &[SYS_futex], |gap| {
        let counter = copied.open()?;
        let loaded = counter.get()?;
        gap.cross()?;
        counter.set(loaded + 1)
    })?;
    let counter = copied.open().context("open the copied counter")?;
    println!("{most} in the gap at once, counted {}", counter.get()?);
    show("read at most 100", counter.read(100));
    show("write seven", counter.write(b"seven"));
    show("the counter", counter.get());
    for length in [127, 128] {
        show(&format!("write {length} bytes"), counter.write(&vec![b' '; length]));
        println!("  the byte behind the buffer, which was 33: {}", copied.next()?);
    }
    Ok(())
}
// ANCHOR_END: the_copied_module
