//! A byte pipe behind a device file, used with read(2), write(2), poll(2) and epoll(7).
//!
//! The companion module `kmods/chardev` makes `/dev/crossings_chardev`, the *tube*: what is written
//! to it can be read from it, in order and once. This file opens it and makes the calls that return
//! at once, [`transfer`] sends much and checks that it arrives, [`ready`] waits for one of many,
//! [`caller`] makes calls that sleep in threads that can be watched and interrupted, [`mistake`]
//! holds the calls that fail, [`copied`] uses the faulty driver, [`oops`] reads how the kernel breaks
//! of it, [`trace`] lets the kernel record what it ran, and [`cost`] compares.
//!
//! Every function returns the kernel's errno as it came. The tube is a [`File`] like any other: no
//! call of its own is needed, and so no `unsafe` either.

pub mod caller;
pub mod copied;
pub mod cost;
pub mod mistake;
pub mod oops;
pub mod ready;
pub mod trace;
pub mod transfer;

use nix::{
    Result,
    errno::Errno,
    fcntl::{self, FcntlArg, OFlag},
    sys::stat::Mode,
    unistd,
};
use std::fs::File;

/// The device.
pub const TUBE: &str = "/dev/crossings_chardev";

/// How many bytes the tube holds.
pub const CAPACITY: usize = 64 << 10;

// ANCHOR: open
/// open(2) with `flags`, e.g. `O_RDONLY | O_NONBLOCK`.
/// ENOENT: the module is not loaded. EACCES: you are not root.
pub fn open(flags: OFlag) -> Result<File> {
    fcntl::open(TUBE, flags | OFlag::O_CLOEXEC, Mode::empty()).map(File::from)
}

/// The two ends: one open for reading and one for writing, both with `flags` as well.
pub fn open_both(flags: OFlag) -> Result<(File, File)> {
    Ok((open(OFlag::O_RDONLY | flags)?, open(OFlag::O_WRONLY | flags)?))
}
// ANCHOR_END: open

// ANCHOR: read
/// read(2): returns the part of `buffer` that was filled. No bytes: the last writer has gone.
/// EAGAIN: nothing to read yet, and the file has `O_NONBLOCK`.
pub fn read<'a>(tube: &File, buffer: &'a mut [u8]) -> Result<&'a [u8]> {
    let length = unistd::read(tube, &mut *buffer)?;
    Ok(&buffer[..length])
}
// ANCHOR_END: read

// ANCHOR: nonblocking
/// fcntl(2): sets or clears `O_NONBLOCK`, and leaves the other flags as they are.
pub fn set_nonblocking(tube: &File, on: bool) -> Result<()> {
    let mut flags = flags(tube)?;
    flags.set(OFlag::O_NONBLOCK, on);
    fcntl::fcntl(tube, FcntlArg::F_SETFL(flags)).map(drop)
}

/// Whether `O_NONBLOCK` is set.
pub fn is_nonblocking(tube: &File) -> Result<bool> {
    flags(tube).map(|flags| flags.contains(OFlag::O_NONBLOCK))
}

fn flags(tube: &File) -> Result<OFlag> {
    fcntl::fcntl(tube, FcntlArg::F_GETFL).map(OFlag::from_bits_retain)
}
// ANCHOR_END: nonblocking

/// Writes to a non-blocking `tube` until it is full. Returns how many bytes went in.
pub fn fill(tube: &File) -> Result<usize> {
    let mut filled = 0;
    loop {
        match unistd::write(tube, &[b'.'; CAPACITY]) {
            Ok(length) => filled += length,
            Err(Errno::EAGAIN) => return Ok(filled),
            Err(errno) => return Err(errno),
        }
    }
}
