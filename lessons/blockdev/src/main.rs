//! The story of the chapter: a disk is measured, written in two ways, filled with a file
//! system, taken away, and watched from inside the kernel.

mod inside;
mod mounted;
mod print;

use anyhow::{Context, Result};
use crossings_blockdev::{
    Disk, PAGE, SECTOR,
    mistake::{self, Unaligned},
    sectors::{Alignment, Sectors},
    sys::{self, Stat},
};
use lesson::{part, show};
use nix::{
    fcntl::OFlag,
    sched::{CpuSet, sched_getcpu, sched_setaffinity},
    unistd::Pid,
};
use print::{statistics, statistics_header};

fn main() -> Result<()> {
    stay_on_this_processor().context("stay on one processor")?;
    the_disk()?;
    two_ways()?;
    one_sector()?;
    many_sectors()?;
    flushes()?;
    a_discard()?;
    unaligned()?;
    the_end()?;
    refused_discards()?;
    mounted::a_file_system()?;
    mounted::in_use()?;
    mounted::gone_and_back()?;
    inside::the_path()?;
    inside::the_cost()?;
    inside::the_copied_names()
}

/// All requests then go through one queue, and whoever finishes one has counted it before
/// this program runs again.
fn stay_on_this_processor() -> nix::Result<()> {
    let mut here = CpuSet::new();
    here.set(sched_getcpu()?)?;
    sched_setaffinity(Pid::from_raw(0), &here)
}

// ANCHOR: the_disk
fn the_disk() -> Result<()> {
    part("the disk");
    let disk = open(OFlag::O_RDONLY)?;
    println!("size: {} bytes", disk.size()?);
    println!("the same in /sys/block: {}", sys::size()? == disk.size()?);
    println!("logical block size: {} bytes", disk.logical_block_size()?);
    println!("physical block size: {} bytes", disk.physical_block_size()?);
    for name in ["max_hw_sectors_kb", "discard_granularity", "write_cache", "rotational"] {
        println!("queue/{name}: {}", sys::attribute(&format!("queue/{name}"))?);
    }
    for (queue, processors) in sys::queues()?.iter().enumerate() {
        println!("queue {queue} serves processor {processors}");
    }
    Ok(())
}
// ANCHOR_END: the_disk

// ANCHOR: two_ways
fn two_ways() -> Result<()> {
    part("two ways");
    let (cached, direct) = (open(OFlag::O_RDWR)?, open(OFlag::O_RDWR | OFlag::O_DIRECT)?);
    let mut sector = Sectors::filled(0, SECTOR);
    cached.discard(0, cached.size()?)?;

    cached.write_at(&[b'c'; SECTOR], 0)?;
    println!("written through the cache, pages on the disk: {}", sys::pages()?);
    direct.read_at(&mut sector, 0)?;
    let seen = char::from(sector[0]);
    println!("read directly: {seen}, pages on the disk: {}", sys::pages()?);

    direct.write_at(&Sectors::filled(b'd', SECTOR), 0)?;
    cached.read_at(&mut sector, 0)?;
    println!("written directly, read through the cache: {}", char::from(sector[0]));
    Ok(())
}
// ANCHOR_END: two_ways

// ANCHOR: one_sector
fn one_sector() -> Result<()> {
    part("one sector");
    let cached = open(OFlag::O_RDWR)?.without_read_ahead()?;
    let direct = open(OFlag::O_RDWR | OFlag::O_DIRECT)?;
    let mut sector = Sectors::filled(0, SECTOR);
    cached.empty_cache()?;

    statistics_header();
    statistics("direct write of sector 0", || {
        direct.write_at(&Sectors::filled(b's', SECTOR), 0).map(drop)
    })?;
    statistics("direct read of sector 0", || direct.read_at(&mut sector, 0).map(drop))?;
    statistics("cached read of sector 0", || cached.read_at(&mut sector, 0).map(drop))?;
    statistics("cached read of sector 1", || cached.read_at(&mut sector, 512).map(drop))?;
    statistics("cached write of sector 2", || cached.write_at(&sector, 1024).map(drop))?;
    statistics("cached write of sector 3", || cached.write_at(&sector, 1536).map(drop))?;
    statistics("fsync", || cached.sync())?;
    statistics("fsync again", || cached.sync())
}
// ANCHOR_END: one_sector

// ANCHOR: many_sectors
fn many_sectors() -> Result<()> {
    part("many sectors");
    let (cached, direct) = (open(OFlag::O_RDWR)?, open(OFlag::O_RDWR | OFlag::O_DIRECT)?);
    let mut mebibyte = Sectors::filled(b'm', 1 << 20);

    statistics_header();
    statistics("direct write of 1 MiB", || direct.write_at(&mebibyte, 0).map(drop))?;
    statistics("direct read of 1 MiB", || direct.read_at(&mut mebibyte, 0).map(drop))?;
    statistics("discard of 1 MiB", || direct.discard(0, 1 << 20))?;
    statistics("discard of 4 KiB, at no page", || direct.discard(512, 4096))?;

    let before = Stat::read()?;
    statistics("8 pages to the cache, fsync", || {
        (0..8).try_for_each(|page| {
            cached.write_at(&[b'p'; PAGE], page * PAGE as u64).map(drop)
        })?;
        cached.sync()
    })?;
    println!("merges: {}", (Stat::read()? - before).write.merges);
    Ok(())
}
// ANCHOR_END: many_sectors

// ANCHOR: flushes
fn flushes() -> Result<()> {
    part("flushes");
    let disk = open(OFlag::O_RDWR)?;
    statistics_header();
    statistics("fsync", || disk.sync())?;
    sys::set_attribute("queue/write_cache", "write through")
        .context("turn the write cache off")?;
    statistics("fsync, cache written through", || disk.sync())?;
    sys::set_attribute("queue/write_cache", "write back")
        .context("turn the write cache on")?;
    statistics("fsync, cache written back", || disk.sync())
}
// ANCHOR_END: flushes

// ANCHOR: a_discard
fn a_discard() -> Result<()> {
    part("a discard");
    let disk = open(OFlag::O_RDWR | OFlag::O_DIRECT)?;
    let mut sector = Sectors::filled(0, SECTOR);
    disk.discard(0, disk.size()?)?;
    println!("nothing written, pages: {}", sys::pages()?);
    disk.write_at(&Sectors::filled(b'x', 16 * PAGE), 0)?;
    println!("64 KiB written, pages: {}", sys::pages()?);

    disk.discard(PAGE as u64, 4 * PAGE as u64)?;
    println!("16 KiB discarded, pages: {}", sys::pages()?);
    disk.read_at(&mut sector, PAGE as u64)?;
    println!("the first byte of page 1: {}", sector[0]);

    disk.discard(8 * PAGE as u64 - 512, PAGE as u64)?;
    println!("4 KiB discarded, at no page, pages: {}", sys::pages()?);
    disk.read_at(&mut sector, 8 * PAGE as u64)?;
    println!("the first byte of page 8: {}", char::from(sector[0]));
    Ok(())
}
// ANCHOR_END: a_discard

// ANCHOR: show_unaligned
fn unaligned() -> Result<()> {
    part("unaligned");
    let (cached, direct) = (open(OFlag::O_RDWR)?, open(OFlag::O_RDWR | OFlag::O_DIRECT)?);
    let alignment = Alignment::of(&direct)?;
    println!("memory must be aligned to: {}", alignment.memory);
    println!("offset and length to: {}", alignment.offset);
    for what in [Unaligned::Offset, Unaligned::Length, Unaligned::Memory] {
        show(&format!("{what:?}, direct"), mistake::unaligned(&direct, what));
        show(&format!("{what:?}, cached"), mistake::unaligned(&cached, what));
    }
    Ok(())
}
// ANCHOR_END: show_unaligned

// ANCHOR: the_end
fn the_end() -> Result<()> {
    part("the end");
    let disk = open(OFlag::O_RDWR | OFlag::O_DIRECT)?;
    let end = disk.size()?;
    let mut page = Sectors::filled(b'e', PAGE);
    show("write a page, one sector before the end", disk.write_at(&page, end - 512));
    show("write a page at the end", disk.write_at(&page, end));
    show("read a page, one sector before the end", disk.read_at(&mut page, end - 512));
    show("read a page at the end", disk.read_at(&mut page, end));
    Ok(())
}
// ANCHOR_END: the_end

// ANCHOR: refused_discards
fn refused_discards() -> Result<()> {
    part("refused discards");
    let disk = open(OFlag::O_RDWR)?;
    let end = disk.size()?;
    show("100 bytes", disk.discard(0, 100).map(|()| "done"));
    show("two sectors, one before the end", disk.discard(end - 512, 1024).map(|()| "done"));
    show("through a read-only file", mistake::read_only_discard().map(|()| "done"));
    show("a secure discard", mistake::secure_discard(&disk).map(|()| "done"));
    Ok(())
}
// ANCHOR_END: refused_discards

fn open(flags: OFlag) -> Result<Disk> {
    Disk::open(flags).context("open /dev/crossings_blockdev")
}
