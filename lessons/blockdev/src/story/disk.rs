//! What the disk says of itself, what is written to it in two ways, and what a discard
//! leaves of that.

use super::open;
use anyhow::Result;
use crossings_blockdev::{PAGE, SECTOR, sectors::Sectors, sys};
use lesson::part;
use nix::fcntl::OFlag;

// ANCHOR: the_disk
pub fn the_disk() -> Result<()> {
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
pub fn two_ways() -> Result<()> {
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

// ANCHOR: a_discard
pub fn a_discard() -> Result<()> {
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
