//! The part of the story in which things go wrong, as they should.

use crate::{drain, open, start_and_finish};
use anyhow::{Context, Result};
use crossings_mmap::{
    PAGE_SIZE,
    buffer::{BUFFER_SIZE, Buffer},
    copied::{self, Copied},
    mistake, pages,
    ring::Ring,
    sigbus,
};
use lesson::{kmod, part, show};
use nix::libc::BUS_ADRERR;
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

// ANCHOR: past_the_end
pub fn past_the_end() -> Result<()> {
    part("past the end");
    let mapping = open()?.map(0, BUFFER_SIZE).context("map the buffer")?;
    let longer = mistake::grow(mapping).context("grow the mapping")?;
    println!("grown to 17 pages");
    let (_, none) = sigbus::catch(|| longer.read(BUFFER_SIZE - 1))?;
    println!(
        "the last byte of page 16: {}",
        if none.is_none() { "no signal" } else { "SIGBUS" }
    );
    show("a pipe gets the first byte of page 17", longer.write_to_pipe(BUFFER_SIZE));
    let (value, bus) = sigbus::catch(|| longer.read(BUFFER_SIZE + 42))?;
    let bus = bus.context("a page that does not exist raised no signal")?;
    println!("we read byte 42 of page 17: SIGBUS");
    println!("  the code is BUS_ADRERR: {}", bus.code == BUS_ADRERR);
    println!(
        "  the address is that of byte 42: {}",
        bus.address == longer.start() as usize + BUFFER_SIZE + 42
    );
    println!("  after the handler we read: {value}");
    let ring = Ring::open().context("open /dev/crossings_mmap_ring")?;
    show("grow the ring's records", mistake::grow_ring(ring).map(|()| "grown"));
    Ok(())
}
// ANCHOR_END: past_the_end

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

pub fn a_wrong_tail() -> Result<()> {
    part("a wrong tail");
    let ring = Ring::open().context("open /dev/crossings_mmap_ring")?;
    mistake::forge_tail(&ring, 1);
    start_and_finish(&ring, 100)?;
    println!("100 made: {} lost", ring.lost());
    let mut other = Ring::open().context("open another ring")?;
    start_and_finish(&other, 100)?;
    println!("another ring: {} taken, {} lost", drain(&mut other).len(), other.lost());
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

// ANCHOR: the_copied_driver
pub fn the_copied_driver() -> Result<()> {
    part("the copied driver");
    let module = Copied::load().context("load crossings_mmap_copied.ko")?;
    let mapping = module.map(2 * PAGE_SIZE).context("map two pages of its one")?;
    println!("page 0: {}", copied::text(&mapping, 0));
    println!("page 1: {}", copied::text(&mapping, PAGE_SIZE));
    copied::set_text(&mapping, PAGE_SIZE, "mine now");
    drop(mapping);
    let mapping = module.map(2 * PAGE_SIZE).context("map two pages again")?;
    println!("page 1, mapped anew: {}", copied::text(&mapping, PAGE_SIZE));
    let megabyte = module.map(1 << 20).context("map a megabyte")?;
    println!("pages in a mapping of a megabyte: {}", megabyte.len() / PAGE_SIZE);
    show("the same of our buffer", open()?.map(0, 1 << 20).map(|_| "mapped"));
    Ok(())
}
// ANCHOR_END: the_copied_driver
