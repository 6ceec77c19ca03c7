//! Reads, writes and discards that do not fit, and are refused.

use super::open;
use anyhow::Result;
use crossings_blockdev::{
    PAGE,
    mistake::{self, Unaligned},
    sectors::{Alignment, Sectors},
};
use lesson::{part, show};
use nix::fcntl::OFlag;

// ANCHOR: show_unaligned
pub fn unaligned() -> Result<()> {
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
pub fn the_end() -> Result<()> {
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
pub fn refused_discards() -> Result<()> {
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
