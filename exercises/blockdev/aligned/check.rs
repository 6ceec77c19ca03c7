//! Reads records from the end of two disks: a RAM disk, and a loop device that keeps its sectors on that.

use crate::exercise::read_at;
use judge::{Context, Result, accepted, ensure};
use std::{
    fs::{File, OpenOptions},
    io::{Seek, SeekFrom},
    os::{
        fd::AsRawFd,
        unix::fs::{FileExt, OpenOptionsExt},
    },
};

/// How many bytes at the end of the disks have a content.
const SIZE: usize = 64 << 10;

// From <linux/loop.h>; see loop(4).
nix::ioctl_write_int_bad!(loop_set_fd, 0x4c00);
nix::ioctl_write_int_bad!(loop_set_block_size, 0x4c09);

pub fn check() -> Result<()> {
    let mut ram = judge::open("/dev/ram0")?;
    let start = ram.seek(SeekFrom::End(0))? - SIZE as u64;
    let small = open_directly("/dev/ram0")?;
    let large = open_directly("/dev/loop0")?;
    // SAFETY: both take a number.
    unsafe { loop_set_fd(large.as_raw_fd(), ram.as_raw_fd()) }.context("LOOP_SET_FD")?;
    // SAFETY: as above.
    unsafe { loop_set_block_size(large.as_raw_fd(), 4096) }.context("LOOP_SET_BLOCK_SIZE")?;

    let first: Vec<u8> = (0..SIZE).map(|place| (place / 7) as u8 ^ (place / 4096) as u8).collect();
    let second: Vec<u8> = first.iter().map(|byte| !byte).collect();
    for (content, when) in [(first, ""), (second, ", written to since it was last read")] {
        ram.write_all_at(&content, start)?;
        ram.sync_all()?;
        for (disk, sector) in [(&small, 512), (&large, 4096)] {
            let context = || format!("a disk with sectors of {sector} bytes{when}");
            records(disk, sector, start, &content).with_context(context)?;
        }
    }
    Ok(())
}

/// The disk ends with `content`, which begins at `start`.
fn records(disk: &File, sector: usize, start: u64, content: &[u8]) -> Result<()> {
    for (what, offset, length) in [
        ("in the middle of a sector", 2 * sector + 100, 100),
        ("that is one sector", 3 * sector, sector),
        ("from a sector's second byte on", 5 * sector + 1, 2 * sector - 1),
        ("that begins in one sector and ends in the next", 4 * sector - 10, 20),
        ("of many sectors that begins and ends in the middle of one", 300, 9 * sector),
        ("of no bytes", 700, 0),
        ("that ends with the disk", SIZE - 10, 10),
        ("of which the disk has a part", SIZE - 2 * sector - 10, 5 * sector),
        ("of which the disk has a few bytes", SIZE - 10, 20),
        ("at the end of the disk", SIZE, 10),
        ("behind the end of the disk", SIZE + 10, 10),
    ] {
        let expected = content.get(offset..SIZE.min(offset + length)).unwrap_or_default();
        let mut memory = vec![0; length + 1];
        let read = read_at(disk, sector, &mut memory[1..], start + offset as u64);
        let read = accepted("a direct read", read).with_context(|| format!("a record {what}"))?;
        ensure!(read >= expected.len(), "read_at returns fewer bytes than there are of a record {what}");
        ensure!(read <= expected.len(), "read_at returns more bytes than there are of a record {what}");
        ensure!(memory[1..=read] == *expected, "read_at returns other bytes than those of a record {what}");
    }
    Ok(())
}

fn open_directly(path: &str) -> Result<File> {
    let file = OpenOptions::new().read(true).write(true).custom_flags(libc::O_DIRECT).open(path);
    file.with_context(|| format!("open {path}"))
}
