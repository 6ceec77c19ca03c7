//! Throws nonsense at the buffer and at rings: mappings of any length, offset and
//! protection that are grown, written and thrown away, reads and writes with pointers of
//! every bad kind, wrong requests; then checks that both still work.

use anyhow::{Context, Result, ensure};
use crossings_mmap::{
    buffer::{BUFFER_SIZE, Buffer},
    mistake,
    ring::Ring,
};
use lesson::hostile::{PAGE, Pointers, Rng, any_length, run};
use nix::{
    fcntl::{OFlag, open},
    libc::{
        MADV_DONTNEED, MADV_POPULATE_WRITE, MAP_NORESERVE, MAP_POPULATE, MAP_PRIVATE,
        MAP_SHARED, MREMAP_MAYMOVE, PROT_READ, PROT_WRITE, SYS_ioctl, SYS_lseek,
        SYS_madvise, SYS_mmap, SYS_mprotect, SYS_mremap, SYS_munmap, SYS_pread64,
        SYS_pwrite64, syscall,
    },
    sys::stat::Mode,
};
use std::{os::fd::AsRawFd, sync::atomic::Ordering::Relaxed};

const DEVICES: [&str; 2] = ["/dev/crossings_mmap", "/dev/crossings_mmap_ring"];

fn main() -> Result<()> {
    run(|random, pointers| {
        let flags = if random.u8(..4) == 0 { OFlag::O_RDONLY } else { OFlag::O_RDWR };
        let Ok(file) = open(DEVICES[random.usize(..2)], flags, Mode::empty()) else {
            return;
        };
        for _ in 0..20 {
            call(random, pointers, file.as_raw_fd());
        }
    })?;
    buffer_works()?;
    ring_works()
}

/// One random call. Whether it fails is not our business.
fn call(random: &mut Rng, pointers: &Pointers, fd: i32) {
    let (pointer, length, offset) =
        (pointers.any(random), any_length(random), any_offset(random));
    let number = [0x4004_c510, 0x4004_c511, 0x8004_c510, 0x5401, random.u32(..)];
    // SAFETY: the kernel checks every address; those it may write to lie in pages that no
    // Rust reference sees.
    unsafe {
        match random.u8(..6) {
            0 => _ = syscall(SYS_pread64, fd, pointer, length.min(PAGE), offset),
            1 => _ = syscall(SYS_pwrite64, fd, pointer, length, offset),
            2 => _ = syscall(SYS_ioctl, fd, number[random.usize(..5)] as usize, pointer),
            3 => _ = syscall(SYS_lseek, fd, offset, random.usize(..6)),
            _ => map(random, fd, offset),
        }
    }
}

/// Maps something, lets the kernel do random things to it, and unmaps it.
fn map(random: &mut Rng, fd: i32, offset: i64) {
    let any = any_length(random);
    let length =
        [PAGE, 9 * PAGE, BUFFER_SIZE, random.usize(..18 * PAGE), any][random.usize(..5)];
    let flags = [MAP_SHARED, MAP_SHARED | MAP_POPULATE, MAP_PRIVATE | MAP_NORESERVE];
    let (prot, flags) = (random.i32(..8), flags[random.usize(..3)]);
    // SAFETY: a new mapping that no Rust reference ever sees; the kernel alone touches its
    // pages, so that a page that cannot be had is an errno and not a signal.
    unsafe {
        let mut start = syscall(SYS_mmap, 0, length, prot, flags, fd, offset);
        if start == -1 {
            return;
        }
        let longer = length.saturating_add([0, 1, PAGE, 1 << 20][random.usize(..4)]);
        let moved = syscall(SYS_mremap, start, length, longer, MREMAP_MAYMOVE);
        let length = if moved == -1 { length } else { longer };
        start = if moved == -1 { start } else { moved };
        syscall(
            SYS_mprotect,
            start,
            length,
            [PROT_READ, PROT_READ | PROT_WRITE, 7][random.usize(..3)],
        );
        syscall(SYS_madvise, start, length, MADV_POPULATE_WRITE);
        // The kernel stores random bytes in some page: a random tail in a ring, among
        // others.
        let place = start as usize + random.usize(..length.clamp(1, 32 * PAGE));
        syscall(nix::libc::SYS_getrandom, place, random.usize(..64), 0);
        syscall(SYS_madvise, start, length, MADV_DONTNEED);
        syscall(SYS_munmap, start, length);
    }
}

/// An offset: inside, at the end, far away, negative, or not at a page.
fn any_offset(random: &mut Rng) -> i64 {
    match random.u8(..5) {
        0 => 0,
        1 => PAGE as i64,
        2 => random.i64(..20) * PAGE as i64,
        3 => random.i64(..BUFFER_SIZE as i64 + 2),
        _ => random.i64(..),
    }
}

fn buffer_works() -> Result<()> {
    let buffer = Buffer::open().context("open /dev/crossings_mmap")?;
    let mapping = buffer.map(0, BUFFER_SIZE).context("map the buffer")?;
    buffer.write_at(b"still here", 100).context("write to the buffer")?;
    ensure!(
        mapping.bytes()[100].load(Relaxed) == b's',
        "the mapping does not have what was written"
    );
    ensure!(
        mistake::map(&buffer, 0, BUFFER_SIZE + 1).is_err(),
        "more than the buffer can be mapped"
    );
    Ok(())
}

fn ring_works() -> Result<()> {
    let mut ring = Ring::open().context("open /dev/crossings_mmap_ring")?;
    ring.start(1000).context("start 1000 records")?;
    for number in 0..1000 {
        ring.wait().context("wait for a record")?;
        let record = ring.take().context("take a record")?;
        ensure!(record.seq == number, "record {number} has number {}", record.seq);
    }
    Ok(())
}
