//! Throws nonsense at the disk: transfers of any length to any place, directly and through
//! the cache, the requests of block devices, discards of any range, with pointers of every
//! bad kind; then checks that the disk still keeps what is written to it and gives all
//! memory back.

use anyhow::{Context, Result, ensure};
use crossings_blockdev::{Disk, PAGE, SECTOR, sectors::Sectors, sys};
use lesson::hostile::{Pointers, Rng, any_length, run};
use nix::{
    fcntl::OFlag,
    libc::{SYS_fallocate, SYS_fsync, SYS_ioctl, SYS_pread64, SYS_pwrite64, syscall},
};
use std::os::fd::{AsFd, AsRawFd};

/// The requests that leave the disk as it is, and those that only lose data: BLKGETSIZE64,
/// BLKSSZGET, BLKPBSZGET, BLKBSZGET, BLKROGET, BLKIOMIN, BLKFLSBUF, BLKDISCARD,
/// BLKSECDISCARD, BLKZEROOUT.
const REQUESTS: [u32; 10] = [
    0x8008_1272,
    0x1268,
    0x127b,
    0x8008_1270,
    0x125e,
    0x1278,
    0x1261,
    0x1277,
    0x127d,
    0x127f,
];

/// Modes of fallocate(2): FALLOC_FL_KEEP_SIZE alone, and with PUNCH_HOLE, ZERO_RANGE, or
/// both NO_HIDE_STALE and PUNCH_HOLE.
const MODES: [usize; 4] = [1, 3, 0x11, 7];

fn main() -> Result<()> {
    let flags = [OFlag::O_RDWR, OFlag::O_RDWR | OFlag::O_DIRECT];
    let [cached, direct] = flags.map(|flags| Disk::open(flags).context("open the disk"));
    let (cached, direct) = (cached?, direct?);
    let size = direct.size().context("BLKGETSIZE64")?;
    run(|random, pointers| {
        let disk = if random.bool() { &cached } else { &direct };
        match random.u8(..8) {
            0..4 => transfer(random, disk, size),
            4..6 => range(random, disk, size),
            _ => nonsense(random, pointers, disk, size),
        }
    })?;
    check(&cached, &direct, size)
}

/// A transfer that may well succeed. It changes what is on the disk, so its result says
/// nothing.
fn transfer(random: &mut Rng, disk: &Disk, size: u64) {
    let mut memory = Sectors::filled(random.u8(..), 64 * PAGE);
    let start = random.usize(..8) * SECTOR;
    let length = random.usize(1..memory.len() / SECTOR - 8) * SECTOR;
    let (bytes, offset) = (&mut memory[start..][..length], place(random, size));
    let _ = if random.bool() {
        disk.write_at(bytes, offset)
    } else {
        disk.read_at(bytes, offset)
    };
}

/// A discard, or a request of block devices with a range that may well be right.
fn range(random: &mut Rng, disk: &Disk, size: u64) {
    let mut range = [place(random, size), random.u64(..64) * SECTOR as u64];
    let fd = disk.as_fd().as_raw_fd();
    let request = REQUESTS[random.usize(..REQUESTS.len())];
    // SAFETY: none of the requests uses more than two u64, and fallocate(2) has no pointer.
    unsafe {
        match random.u8(..4) {
            0 => syscall(
                SYS_fallocate,
                fd,
                MODES[random.usize(..MODES.len())],
                range[0],
                range[1],
            ),
            1 => syscall(SYS_fsync, fd),
            _ => syscall(SYS_ioctl, fd, request as usize, range.as_mut_ptr()),
        }
    };
}

/// A call with a pointer, a length or a place that is wrong.
fn nonsense(random: &mut Rng, pointers: &Pointers, disk: &Disk, size: u64) {
    let (pointer, length, offset) =
        (pointers.any(random), any_length(random), place(random, size));
    let fd = disk.as_fd().as_raw_fd();
    let request = REQUESTS[random.usize(..REQUESTS.len())];
    // SAFETY: the kernel checks every address; those it may write to lie in pages that no
    // Rust reference sees.
    unsafe {
        match random.u8(..3) {
            0 => syscall(SYS_pread64, fd, pointer, length, offset),
            1 => syscall(SYS_pwrite64, fd, pointer, length, offset),
            _ => syscall(SYS_ioctl, fd, request as usize, pointer),
        }
    };
}

/// A place: a sector of the disk, near its end, or anywhere.
fn place(random: &mut Rng, size: u64) -> u64 {
    match random.u8(..8) {
        0 => size - PAGE as u64 + random.u64(..2 * PAGE as u64),
        1 => random.u64(..),
        2 => random.u64(..size),
        _ => random.u64(..size / SECTOR as u64) * SECTOR as u64,
    }
}

/// Fills the disk directly, reads it through the cache, and discards it.
fn check(cached: &Disk, direct: &Disk, size: u64) -> Result<()> {
    let mut memory = Sectors::filled(0, 64 * PAGE);
    let places = || (0..size).step_by(64 * PAGE);
    let value = |offset| (offset / (64 * PAGE) as u64) as u8 + 1;
    for offset in places() {
        memory.fill(value(offset));
        ensure!(
            direct.write_at(&memory, offset).context("write")? == memory.len(),
            "a short write at {offset}"
        );
    }
    for offset in places() {
        ensure!(
            cached.read_at(&mut memory, offset).context("read")? == memory.len(),
            "a short read at {offset}"
        );
        ensure!(
            memory.iter().all(|byte| *byte == value(offset)),
            "at {offset} is not what was written there"
        );
    }
    ensure!(
        sys::pages()? == size / PAGE as u64,
        "a full disk holds {} pages",
        sys::pages()?
    );
    direct.discard(0, size).context("discard")?;
    ensure!(sys::pages()? == 0, "an empty disk holds {} pages", sys::pages()?);
    ensure!(
        direct.read_at(&mut memory, 0).context("read")? == memory.len(),
        "a short read at 0"
    );
    ensure!(memory.iter().all(|byte| *byte == 0), "a discarded disk is not empty");
    Ok(())
}
