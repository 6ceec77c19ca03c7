//! The widely copied pair of programs.

use anyhow::{Context, Result};
use crossings_shm::{
    copied::{KEY, SIZE, message, reader, writer},
    memory::Memory,
    sysv::Segment,
};
use lesson::{
    child::{self, Child},
    part, show,
    user::as_ordinary_user,
};
use std::sync::atomic::Ordering::Relaxed;

// ANCHOR: the_copied_programs
pub fn the_copied_programs() -> Result<()> {
    part("the copied programs");
    show("the reader comes first", reader());

    writer(b"first 1, last 1.", || {})?;
    let segment = Segment::get(KEY, 0, 0).context("look for the writer's segment")?;
    show("the writer has ended, nattch", segment.status().map(|status| status.nattch));
    let mut second = Child::start(|| writer(b"first 2, last 2.", child::stop))?;
    second.stopped()?;
    show("the reader meets a second writer", reader());
    second.go_on()?;
    second.wait()?;
    show("the reader comes again", reader());

    writer(b"the door is shut", || {})?;
    as_ordinary_user(|| writer(b"the door is open", || {}))?.context("write as nobody")?;
    show("after an ordinary user has been there", reader());

    let stranger = Segment::create(KEY, SIZE, 0o600)?;
    let memory = stranger.0.attach()?;
    memory.word(0).store(u64::from_le_bytes(*b"precious"), Relaxed);
    memory.word(1).store(u64::from_le_bytes(*b" numbers"), Relaxed);
    writer(b"first 3, last 3.", || {})?;
    println!("in a stranger's segment: {}", message(&memory));
    show("the reader", reader());
    show("the stranger's key", Segment::get(KEY, 0, 0).map(|_| "found"));
    drop((memory, stranger));

    let _small = Segment::create(KEY, 512, 0o600)?;
    show(
        "a smaller segment has the key",
        writer(b"first 4, last 4.", || {}).map(|()| "done"),
    );
    Ok(())
}
// ANCHOR_END: the_copied_programs
