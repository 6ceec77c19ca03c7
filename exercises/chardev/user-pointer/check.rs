//! Sets names of all lengths, first in a child that may be lost, then from memory that is not there, or only half.

use judge::{Result, accepted, bail, equal, refused};
use lesson::child::Child;
use nix::{
    errno::Errno,
    sys::mman::{MapFlags, ProtFlags, mmap_anonymous, mprotect},
    unistd::{read, write},
};
use std::{ffi::c_void, fs::File, num::NonZero, os::fd::AsRawFd, ptr};

const PAGE: usize = 4096;

pub fn check() -> Result<()> {
    a_writer_survives()?;
    the_name_is_what_was_written()?;
    a_name_that_is_none_is_refused()?;
    a_bad_pointer_is_refused()
}

fn a_writer_survives() -> Result<()> {
    let device = open()?;
    match Child::counting(|| write(&device, &b"Ada\0"[..3]))?.number() {
        Ok(3) => Ok(()),
        Err(Errno::EINTR) => bail!("a program wrote \"Ada\", from memory that is its own, and was killed for it"),
        _ => set("Ada"),
    }
}

fn the_name_is_what_was_written() -> Result<()> {
    set("Rumpelstilzchen")?;
    greeting("after a write(2) of \"Rumpelstilzchen\"", "hello, Rumpelstilzchen\n")?;
    set("Bo")?;
    greeting("after a write(2) of \"Bo\", when the name before was a longer one", "hello, Bo\n")?;
    accepted("a write(2) of the first 3 bytes of \"Annabel\"", write(open()?, &b"Annabel\0"[..3]))?;
    greeting("after a write(2) of the first 3 bytes of \"Annabel\"", "hello, Ann\n")?;
    set("")?;
    greeting("after a write(2) of 0 bytes", "hello, \n")
}

fn a_name_that_is_none_is_refused() -> Result<()> {
    set("Bo")?;
    let long = [b'x'; PAGE];
    refused("a write(2) of 4096 bytes", write(open()?, &long), Errno::EINVAL)?;
    refused("a write(2) of 32 bytes", write(open()?, &long[..32]), Errno::EINVAL)?;
    greeting("after a name was refused for its length", "hello, Bo\n")?;
    refused("a write(2) of 5 bytes, of which the third is zero,", write(open()?, b"An\0ne"), Errno::EINVAL)?;
    greeting("after a name with a zero byte was refused", "hello, Bo\n")?;
    set(&"x".repeat(31))?;
    greeting("after a write(2) of 31 times \"x\"", &format!("hello, {}\n", "x".repeat(31)))
}

fn a_bad_pointer_is_refused() -> Result<()> {
    set("Ada")?;
    refused("a write(2) of 5 bytes from a null pointer", write_from(ptr::null(), 5), Errno::EFAULT)?;
    greeting("after that", "hello, Ada\n")?;
    let cliff = cliff()?;
    // The ten bytes at the end of the page, and ten that nobody may read.
    let half = cliff.wrapping_byte_add(PAGE - 10);
    refused("a write(2) of 20 bytes, of which 10 exist,", write_from(half, 20), Errno::EFAULT)?;
    greeting("after a write(2) whose bytes exist only in part", "hello, Ada\n")?;
    let written = accepted("a write(2) of the last 10 bytes of a page", write_from(half, 10))?;
    equal("what a write(2) of the last 10 bytes of a page returns", written, 10)?;
    greeting("after a write(2) of the last 10 bytes of a page", "hello, aaaaaaaaaa\n")
}

fn open() -> Result<File> {
    judge::open("/dev/exercise")
}

/// Sets a name that the device should take.
fn set(name: &str) -> Result<()> {
    let call = format!("a write(2) of {name:?}");
    // The zero byte is not part of what is written.
    let bytes = [name.as_bytes(), &[0]].concat();
    let written = accepted(&call, write(open()?, &bytes[..name.len()]))?;
    equal(&format!("what {call} returns"), written, name.len())
}

fn greeting(when: &str, expected: &str) -> Result<()> {
    let mut buffer = [0; 128];
    let length = accepted("read(2)", read(open()?, &mut buffer))?;
    equal(&format!("{when}, what read(2) gives"), &*String::from_utf8_lossy(&buffer[..length]), expected)
}

/// write(2) of `count` bytes from any address.
fn write_from(address: *const c_void, count: usize) -> nix::Result<usize> {
    let Ok(device) = File::options().write(true).open("/dev/exercise") else { return Err(Errno::ENODEV) };
    // SAFETY: the kernel only reads, and only what this program may read.
    Errno::result(unsafe { libc::write(device.as_raw_fd(), address, count) }).map(isize::cast_unsigned)
}

/// A page full of the letter a, and behind it one that nobody may touch.
fn cliff() -> Result<*const c_void> {
    let length = const { NonZero::new(2 * PAGE).expect("two pages") };
    let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // SAFETY: a new mapping, at a place where nothing is.
    let pages = unsafe { mmap_anonymous(None, length, access, MapFlags::MAP_PRIVATE) }?;
    // SAFETY: both pages are ours, and nobody else uses them yet.
    unsafe {
        pages.cast::<u8>().write_bytes(b'a', PAGE);
        mprotect(pages.byte_add(PAGE), PAGE, ProtFlags::PROT_NONE)?;
    }
    Ok(pages.as_ptr())
}
