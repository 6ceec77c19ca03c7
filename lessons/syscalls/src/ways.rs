//! One call, write(2), in five ways.

use crate::instruction;
use nix::{
    libc::{self, c_long},
    unistd,
};
use std::{
    fs::File,
    io::{self, Write},
    os::fd::AsRawFd,
};

// ANCHOR: ways
/// Makes the call itself. Returns what was in `rax`.
pub fn by_instruction(file: &File, text: &[u8]) -> c_long {
    let (fd, address, length) = (file.as_raw_fd() as usize, text.as_ptr(), text.len());
    // SAFETY: the kernel reads `length` bytes from `address`, which are `text`.
    unsafe { instruction::syscall(libc::SYS_write, [fd, address.addr(), length, 0, 0, 0]) }
}

/// syscall(2): any call, by its number.
pub fn by_syscall(file: &File, text: &[u8]) -> c_long {
    let fd = file.as_raw_fd();
    // SAFETY: write(2) takes a descriptor, an address and a length; the last two are
    // `text`.
    unsafe { libc::syscall(libc::SYS_write, fd, text.as_ptr(), text.len()) }
}

/// The C library's function for this one call.
pub fn by_wrapper(file: &File, text: &[u8]) -> isize {
    // SAFETY: the address and the length are those of `text`.
    unsafe { libc::write(file.as_raw_fd(), text.as_ptr().cast(), text.len()) }
}

/// nix's.
pub fn by_nix(file: &File, text: &[u8]) -> nix::Result<usize> {
    unistd::write(file, text)
}

/// The standard library's.
pub fn by_std(mut file: &File, text: &[u8]) -> io::Result<usize> {
    file.write(text)
}
// ANCHOR_END: ways
