//! Throws nonsense at every door of the locker: pointers of every bad kind, lengths and
//! offsets of every size, wrong requests, mappings of anything, messages with wrong lengths;
//! then checks that what goes in still comes out.

use anyhow::{Context, Result, ensure};
use crossings_choosing::{
    WAYS,
    door::{DEVICE, PROC, SYSFS, Transfer},
    message::Netlink,
};
use lesson::hostile::{PAGE, Pointers, Rng, any_length, run};
use nix::{
    fcntl::{OFlag, open},
    libc::{
        MADV_POPULATE_WRITE, MAP_ANONYMOUS, MAP_PRIVATE, MAP_SHARED, MSG_DONTWAIT,
        PROT_READ, PROT_WRITE, SYS_getrandom, SYS_ioctl, SYS_lseek, SYS_madvise, SYS_mmap,
        SYS_munmap, SYS_pread64, SYS_pwrite64, SYS_recvfrom, SYS_sendto, syscall,
    },
    sys::{
        stat::Mode,
        uio::{pread, pwrite},
    },
};
use std::os::fd::{AsRawFd, OwnedFd};

fn main() -> Result<()> {
    let netlink = Netlink::open().context("find the family")?;
    let (socket, family) = (netlink.socket().as_raw_fd(), netlink.family());
    run(|random, pointers| {
        if random.u8(..4) == 0 {
            send(random, pointers, socket, family);
            return;
        }
        let path = [DEVICE, DEVICE, PROC, SYSFS][random.usize(..4)];
        let flags = [OFlag::O_RDONLY, OFlag::O_WRONLY, OFlag::O_RDWR][random.usize(..3)];
        let Ok(file) = open(path, flags, Mode::empty()) else { return };
        for _ in 0..20 {
            call(random, pointers, file.as_raw_fd());
        }
    })?;
    failed_writes().context("write from memory that cannot be read")?;
    for way in &WAYS {
        let mut crossing =
            (way.open)().with_context(|| format!("make {} ready", way.name))?;
        let sent = vec![7; crossing.most()];
        let mut back = vec![0; sent.len()];
        crossing
            .round_trip(&sent, &mut back)
            .with_context(|| format!("use {}", way.name))?;
        ensure!(sent == back, "{} changes what it carries", way.name);
    }
    Ok(())
}

/// Writes from memory that cannot be read at all, or only in its first 16 bytes. What was not
/// read must not change what the locker holds.
fn failed_writes() -> Result<()> {
    const LENGTH: usize = 16 * PAGE;
    // SAFETY: a new mapping that no Rust reference ever sees; its second page is given back.
    let readable = unsafe {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS;
        let start =
            syscall(SYS_mmap, 0, 2 * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0) as usize;
        syscall(SYS_munmap, start + PAGE, PAGE);
        start + PAGE - 16
    };
    for path in [DEVICE, PROC] {
        let file = open(path, OFlag::O_RDWR, Mode::empty()).context(path)?;
        for (address, taken) in [(2 * PAGE, 0), (readable, 16)] {
            let before = vec![0x55; LENGTH];
            ensure!(pwrite(&file, &before, 0)? == LENGTH, "{path}: a short write");
            // SAFETY: the kernel checks the address, and only reads.
            let wrote =
                unsafe { syscall(SYS_pwrite64, file.as_raw_fd(), address, LENGTH, 0) };
            let expected = if taken == 0 { -1 } else { taken as i64 };
            ensure!(wrote == expected, "{path}: the write returned {wrote}");
            check_rest(&file, path, taken)?;
            if path == DEVICE {
                let transfer =
                    Transfer { address: address as u64, offset: 0, length: LENGTH as u32 };
                // SAFETY: the kernel reads the transfer, and checks the address in it.
                let put = unsafe {
                    syscall(SYS_ioctl, file.as_raw_fd(), 0x4010_c530, &raw const transfer)
                };
                ensure!(put == -1, "LOCKER_PUT of what cannot be read returned {put}");
                check_rest(&file, "LOCKER_PUT", taken)?;
            }
        }
    }
    Ok(())
}

/// That all bytes but the first `taken` are as [`failed_writes`] had put them there.
fn check_rest(file: &OwnedFd, path: &str, taken: usize) -> Result<()> {
    let mut after = vec![0; 16 * PAGE];
    pread(file, &mut after, 0)?;
    let wiped = after.iter().skip(taken).position(|byte| *byte != 0x55);
    ensure!(wiped.is_none(), "{path}: a write that failed has changed what was there");
    Ok(())
}

/// One random call. Whether it fails is not our business.
fn call(random: &mut Rng, pointers: &Pointers, fd: i32) {
    let (pointer, length) = (pointers.any(random), any_length(random));
    let offset = any_offset(random);
    let transfer = Transfer {
        address: pointers.any(random) as u64,
        offset: any_offset(random) as u32,
        length: any_length(random) as u32,
    };
    let argument =
        if random.bool() { (&raw const transfer).addr() } else { pointers.any(random) };
    let number = [0x4010_c530, 0x4010_c531, 0xc532, 0x4008_c530, random.u32(..)];
    // SAFETY: the kernel checks every address; those it may write to lie in pages that no
    // Rust reference sees.
    unsafe {
        match random.u8(..6) {
            0 => _ = syscall(SYS_pread64, fd, pointer, length.min(PAGE), offset),
            1 => _ = syscall(SYS_pwrite64, fd, pointer, length, offset),
            2 | 3 => {
                let number = number[random.usize(..5)] as usize;
                _ = syscall(SYS_ioctl, fd, number, argument);
            }
            4 => _ = syscall(SYS_lseek, fd, offset, random.usize(..6)),
            _ => map(random, fd, offset),
        }
    }
}

/// Maps something, lets the kernel store into it, and sends the mapping through the door
/// that it came from.
fn map(random: &mut Rng, fd: i32, offset: i64) {
    let length =
        [PAGE, 1 << 20, random.usize(..(1 << 21)), any_length(random)][random.usize(..4)];
    let flags = [MAP_SHARED, MAP_PRIVATE][random.usize(..2)];
    let prot = random.i32(..8);
    // SAFETY: a new mapping that no Rust reference ever sees; the kernel alone touches its
    // pages, so that a page that cannot be had is an errno and not a signal.
    unsafe {
        let start = syscall(SYS_mmap, 0, length, prot, flags, fd, offset);
        if start == -1 {
            return;
        }
        syscall(SYS_madvise, start, length.min(16 * PAGE), MADV_POPULATE_WRITE);
        syscall(SYS_getrandom, start, random.usize(..64), 0);
        let some = length.min(64 * PAGE);
        syscall(SYS_pwrite64, fd, start, some, any_offset(random));
        syscall(SYS_pread64, fd, start, some, any_offset(random));
        syscall(SYS_munmap, start, length);
    }
}

/// An offset: inside, around the end, far away or negative.
fn any_offset(random: &mut Rng) -> i64 {
    match random.u8(..5) {
        0 => 0,
        1 => (1 << 20) - 2 + random.i64(..4),
        2 => random.i64(..1 << 20),
        3 => random.i64(..300) * PAGE as i64,
        _ => random.i64(..),
    }
}

/// A message whose headers are mostly right and whose lengths are mostly wrong.
fn send(random: &mut Rng, pointers: &Pointers, socket: i32, family: u16) {
    let payload =
        vec![1; [0, 3, 64, PAGE, 65531, random.usize(..70000)][random.usize(..6)]];
    let total = 24 + payload.len() as u32;
    let total = if random.u8(..8) == 0 { random.u32(..) } else { total };
    let inner = [payload.len() as u16 + 4, random.u16(..)][random.usize(..2)];
    let kind = if random.u8(..16) == 0 { random.u16(..) } else { family };
    let mut message = total.to_ne_bytes().to_vec();
    message.extend([kind.to_ne_bytes(), [1, random.u8(..4)]].concat());
    message.extend([0; 8]);
    message.extend([random.u8(..3), 1, 0, 0]);
    message.extend([inner.to_ne_bytes(), random.u16(..3).to_ne_bytes()].concat());
    message.extend(payload);
    // SAFETY: the kernel checks every address; those it may write to lie in pages that no
    // Rust reference sees.
    unsafe {
        syscall(SYS_sendto, socket, message.as_ptr(), message.len(), MSG_DONTWAIT, 0, 0);
        let (pointer, length) = (pointers.any(random), any_length(random).min(PAGE));
        syscall(SYS_recvfrom, socket, pointer, length, MSG_DONTWAIT, 0, 0);
        syscall(SYS_recvfrom, socket, pointers.writable(), PAGE, MSG_DONTWAIT, 0, 0);
    }
}
