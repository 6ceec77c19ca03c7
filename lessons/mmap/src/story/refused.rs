//! What the driver and the kernel around it refuse.

use super::open;
use anyhow::{Context, Result};
use crossings_mmap::{
    PAGE_SIZE,
    buffer::{BUFFER_SIZE, Buffer},
    mistake, pages,
    ring::Ring,
};
use lesson::{kmod, part, show};
use nix::kmod::{DeleteModuleFlags, delete_module};
use std::sync::atomic::Ordering::Relaxed;

pub fn too_much() -> Result<()> {
    part("too much");
    let buffer = open()?;
    let page = PAGE_SIZE as i64;
    for (what, offset, length) in [
        ("all 16 pages", 0, 16 * PAGE_SIZE),
        ("17 pages", 0, 17 * PAGE_SIZE),
        ("16 pages and a byte", 0, 16 * PAGE_SIZE + 1),
        ("1 page from the last page on", 15 * page, PAGE_SIZE),
        ("2 pages from the last page on", 15 * page, 2 * PAGE_SIZE),
        ("1 page from the end on", 16 * page, PAGE_SIZE),
        ("1 page from 2^62 on", 1 << 62, PAGE_SIZE),
        ("1 page from byte 1 on", 1, PAGE_SIZE),
    ] {
        show(what, mistake::map(&buffer, offset, length).map(|()| "mapped"));
    }
    show("write behind the end", buffer.write_at(b"x", BUFFER_SIZE));
    show("map /dev/null", mistake::map_null().map(|_| "mapped"));
    Ok(())
}

pub fn not_allowed() -> Result<()> {
    part("not allowed");
    let read_only =
        Buffer::open_read_only().context("open /dev/crossings_mmap read-only")?;
    show(
        "the buffer, for writing, opened read-only",
        read_only.map(0, BUFFER_SIZE).map(|_| "mapped"),
    );
    show("the same, privately", read_only.map_private().map(|_| "mapped"));
    let ring = Ring::open().context("open /dev/crossings_mmap_ring")?;
    show("records for writing", mistake::map_records_for_writing(&ring).map(|_| "mapped"));
    let may_become_writable = pages::flags(ring.records())
        .context("read /proc/self/smaps")?
        .contains(&"mw".to_owned());
    println!("the kernel lists the records as mappable for writing: {may_become_writable}");
    show(
        "records made writable later",
        mistake::make_records_writable(&ring).map(|()| "writable"),
    );
    show("a ring, privately", mistake::map_ring_privately(&ring).map(|_| "mapped"));
    show("a part of the records", mistake::map_part_of_ring(&ring).map(|_| "mapped"));
    show("start no records", ring.start(0).map(|()| "started"));
    show("start a null pointer", mistake::start_from_nowhere(&ring).map(|()| "started"));
    Ok(())
}

// ANCHOR: still_in_use
pub fn still_in_use() -> Result<()> {
    part("still in use");
    let buffer = open()?;
    show(
        "unload the module while its file is open",
        kmod::unload("crossings_mmap").map(|()| "unloaded"),
    );
    show(
        "the same without O_NONBLOCK",
        delete_module(c"crossings_mmap", DeleteModuleFlags::empty()).map(|()| "unloaded"),
    );
    let mapping = buffer.map(0, BUFFER_SIZE).context("map the buffer")?;
    drop(buffer);
    show(
        "while only a mapping is left",
        kmod::unload("crossings_mmap").map(|()| "unloaded"),
    );
    mapping.bytes()[0].store(b'.', Relaxed);
    println!("the mapping works");
    Ok(())
}
// ANCHOR_END: still_in_use
