//! Which requests the calls of a program become.

use super::{
    open,
    print::{statistics, statistics_header},
};
use anyhow::{Context, Result};
use crossings_blockdev::{
    PAGE, SECTOR,
    sectors::Sectors,
    sys::{self, Stat},
};
use lesson::part;
use nix::fcntl::OFlag;

// ANCHOR: one_sector
pub fn one_sector() -> Result<()> {
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
pub fn many_sectors() -> Result<()> {
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
pub fn flushes() -> Result<()> {
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
