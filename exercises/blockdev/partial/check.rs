//! Writes to the disk in several ways and looks page by page at what it has. Then reads it in the same ways.

use judge::{Context, Result, accepted, ensure};
use memmap2::MmapMut;
use nix::{
    fcntl::OFlag,
    sys::uio::{preadv, pwritev},
};
use std::{
    fs::{File, OpenOptions},
    io::{IoSlice, IoSliceMut},
    os::{
        fd::AsRawFd,
        unix::fs::{FileExt, OpenOptionsExt},
    },
};

const PAGE: usize = 4096;
const PIECE: usize = 512;
const MEMORY: usize = 17 * PAGE;

/// Where on the disk all of this takes place.
const PLACE: u64 = 5 * PAGE as u64;

nix::ioctl_none!(blkflsbuf, 0x12, 97);

pub fn check() -> Result<()> {
    let direct = open(OFlag::O_DIRECT)?;
    whole(&direct, "a page", 0, PAGE)?;
    whole(&direct, "16 pages", 0, 16 * PAGE)?;
    whole(&direct, "a page's length from the middle of a page on", PAGE / 2, PAGE)?;
    pieces(&direct)?;
    cached(&direct, &open(OFlag::empty())?)
}

/// O_DIRECT, and memory in one piece: these bytes of it.
fn whole(direct: &File, what: &str, start: usize, length: usize) -> Result<()> {
    let mut memory = letters(b'w')?;
    accepted("a direct write", direct.write_all_at(&memory[start..][..length], PLACE))?;
    same(
        &format!("after a direct write of {what}, the disk"),
        &by_pages(direct)?[..length],
        &memory[start..][..length],
    )?;
    fill_by_pages(direct, &letters(b'r')?)?;
    accepted("a direct read", direct.read_exact_at(&mut memory[start..][..length], PLACE))?;
    same(&format!("after a direct read of {what}, the memory"), &memory[start..][..length], &letters(b'r')?[..length])
}

/// O_DIRECT, and 16 pieces of memory, one in each page.
fn pieces(direct: &File) -> Result<()> {
    let mut memory = letters(b'p')?;
    let place = |page: usize| page % 8 * PIECE;
    let parts: Vec<&[u8]> =
        memory.chunks(PAGE).take(16).enumerate().map(|(n, page)| &page[place(n)..][..PIECE]).collect();
    let slices: Vec<IoSlice> = parts.iter().map(|part| IoSlice::new(part)).collect();
    accepted("a direct write of 16 pieces of memory", pwritev(direct, &slices, PLACE.cast_signed()))?;
    same("after a direct write of 16 pieces of memory, the disk", &by_pages(direct)?[..16 * PIECE], &parts.concat())?;
    let disk = letters(b'q')?;
    fill_by_pages(direct, &disk)?;
    let parts = memory.chunks_mut(PAGE).take(16).enumerate().map(|(n, page)| &mut page[place(n)..][..PIECE]);
    let mut slices: Vec<IoSliceMut> = parts.map(IoSliceMut::new).collect();
    accepted("a direct read into 16 pieces of memory", preadv(direct, &mut slices, PLACE.cast_signed()))?;
    let read: Vec<u8> = slices.iter().flat_map(|slice| slice.to_vec()).collect();
    same("after a direct read into 16 pieces of memory, the memory", &read, &disk[..16 * PIECE])
}

/// The page cache: it writes neighbours back at once, and reads ahead.
fn cached(direct: &File, cached: &File) -> Result<()> {
    let mut memory = letters(b'c')?;
    accepted("a write to the page cache", cached.write_all_at(&memory, PLACE))?;
    accepted("fsync(2)", cached.sync_all())?;
    same("after a write to the page cache and fsync(2), the disk", &by_pages(direct)?, &memory)?;
    let disk = letters(b'd')?;
    fill_by_pages(direct, &disk)?;
    // SAFETY: BLKFLSBUF has no argument.
    unsafe { blkflsbuf(cached.as_raw_fd()) }.context("empty the page cache")?;
    accepted("a read from the page cache", cached.read_exact_at(&mut memory, PLACE))?;
    same("after a read by the page cache, the memory", &memory, &disk)
}

fn open(flags: OFlag) -> Result<File> {
    let file = OpenOptions::new().read(true).write(true).custom_flags(flags.bits()).open("/dev/exercise");
    file.context("open /dev/exercise")
}

/// Memory that begins with a page, as O_DIRECT wants it, and in which no two pieces are alike.
fn letters(first: u8) -> Result<MmapMut> {
    let mut memory = MmapMut::map_anon(MEMORY)?;
    for (n, piece) in memory.chunks_mut(PIECE).enumerate() {
        piece.fill(first.wrapping_add(n as u8));
    }
    Ok(memory)
}

/// What the disk has, read in single pages.
fn by_pages(direct: &File) -> Result<MmapMut> {
    let mut memory = MmapMut::map_anon(MEMORY)?;
    for (page, place) in memory.chunks_mut(PAGE).zip((PLACE..).step_by(PAGE)) {
        accepted("a direct read of a page", direct.read_exact_at(page, place))?;
    }
    Ok(memory)
}

/// Gives the disk `memory`, in single pages.
fn fill_by_pages(direct: &File, memory: &[u8]) -> Result<()> {
    for (page, place) in memory.chunks(PAGE).zip((PLACE..).step_by(PAGE)) {
        accepted("a direct write of a page", direct.write_all_at(page, place))?;
    }
    Ok(())
}

fn same(what: &str, got: &[u8], expected: &[u8]) -> Result<()> {
    let wrong = got.iter().zip(expected).position(|(got, expected)| got != expected);
    ensure!(wrong.is_none(), "{what} does not have the right bytes from byte {} on", wrong.unwrap_or_default());
    Ok(())
}
