//! Makes calls with none to six arguments, calls that fail, and a call whose good results are negative numbers.

use crate::exercise::syscall;
use judge::{Context, Result, accepted, bail, ensure, equal, refused, within};
use nix::{
    errno::Errno,
    sys::memfd::{MFdFlags, memfd_create},
    unistd::{ftruncate, pipe, read},
};
use std::{
    fs::{self, File},
    hint::black_box,
    os::{fd::AsRawFd, unix::fs::FileExt},
    process, ptr,
    time::Duration,
};

const PAGE: usize = 4096;

pub fn check() -> Result<()> {
    within(Duration::from_secs(2), "a system call that should return at once", || {
        no_arguments()?;
        three_arguments()?;
        four_arguments()?;
        six_arguments()?;
        errors()?;
        negative_numbers()
    })?
}

/// The call `number` with these arguments, and with zeros in the place of all others.
///
/// # Safety
/// As for `syscall`.
unsafe fn call(number: libc::c_long, arguments: &[usize]) -> nix::Result<usize> {
    let mut all = [0; 6];
    all[..arguments.len()].copy_from_slice(arguments);
    // Nothing of what this function knows of the arguments, and has in registers, may help the other.
    let syscall: unsafe fn(libc::c_long, [usize; 6]) -> nix::Result<usize> = syscall;
    // SAFETY: the caller's promise.
    unsafe { black_box(syscall)(black_box(number), black_box(all)) }
}

fn no_arguments() -> Result<()> {
    // SAFETY: it touches no memory.
    let pid = unsafe { call(libc::SYS_getpid, &[]) };
    let pid = accepted("getpid(2)", pid)?;
    ensure!(pid == process::id() as usize, "getpid(2) does not return the id of the process");
    Ok(())
}

fn three_arguments() -> Result<()> {
    let (reader, writer) = pipe()?;
    let text = b"hello";
    // SAFETY: it reads the bytes of `text`.
    let written = unsafe { call(libc::SYS_write, &[descriptor(&writer)?, text.as_ptr().addr(), text.len()]) };
    equal("write(2) of 5 bytes", written, Ok(5))?;
    let mut arrived = [0; 8];
    let length = read(&reader, &mut arrived)?;
    ensure!(arrived[..length] == *text, "write(2) has written other bytes than it was given");
    Ok(())
}

/// A file of three pages, which has an `x` at this place.
fn file(place: usize) -> Result<File> {
    let file = File::from(memfd_create("exercise", MFdFlags::MFD_CLOEXEC)?);
    ftruncate(&file, 3 * PAGE as i64)?;
    file.write_all_at(b"x", place as u64)?;
    Ok(file)
}

fn four_arguments() -> Result<()> {
    for place in [0x1235, 0x27, 0x2fff] {
        let (file, mut byte) = (file(place)?, [b'-']);
        // SAFETY: it writes one byte to `byte`.
        let result = unsafe { call(libc::SYS_pread64, &[descriptor(&file)?, byte.as_mut_ptr().addr(), 1, place]) };
        ensure!(result == Ok(1) && byte == *b"x", "pread64(2) does not read at the offset that is its fourth argument");
    }
    Ok(())
}

fn six_arguments() -> Result<()> {
    let file = file(2 * PAGE)?;
    let (protection, flags) = (libc::PROT_READ as usize, libc::MAP_SHARED as usize);
    // SAFETY: it makes a new mapping, and the kernel chooses where.
    let mapped = unsafe { call(libc::SYS_mmap, &[0, PAGE, protection, flags, descriptor(&file)?, 2 * PAGE]) };
    let address = accepted("mmap(2) of one page of a file", mapped)?;
    let maps = fs::read_to_string("/proc/self/maps")?;
    let start = format!("{address:08x}-");
    ensure!(maps.lines().any(|line| line.starts_with(&start)), "mmap(2) returns an address at which nothing is mapped");
    // SAFETY: a page is mapped there, as the kernel has just said.
    let byte = unsafe { ptr::with_exposed_provenance::<u8>(address).read_volatile() };
    ensure!(byte == b'x', "mmap(2) has not mapped the page whose offset is its sixth argument");
    // SAFETY: nobody has a reference into that page.
    equal("munmap(2) of that page", unsafe { call(libc::SYS_munmap, &[address, PAGE]) }, Ok(0))
}

fn errors() -> Result<()> {
    for (what, number, argument, errno) in [
        ("close(2) of a descriptor that is not open", libc::SYS_close, 1 << 20, Errno::EBADF),
        ("uname(2) to address 1", libc::SYS_uname, 1, Errno::EFAULT),
        ("a call with a number that no call has", 100_000, 0, Errno::ENOSYS),
    ] {
        // What another call may have left behind in this thread.
        Errno::EDOM.set();
        // SAFETY: they fail, and so do nothing.
        let result = unsafe { call(number, &[argument]) };
        if result == Err(Errno::EDOM) {
            bail!(
                "{what} should fail with {errno:?}, and fails with an errno that an earlier call left in this thread"
            );
        }
        refused(what, result, errno)?;
    }
    Errno::EDOM.set();
    // SAFETY: it touches no memory.
    accepted("a call that cannot fail, made after one that did fail,", unsafe { call(libc::SYS_getppid, &[]) })
        .map(drop)
}

/// In /proc/self/mem an offset is an address, and the upper half of all addresses are negative numbers as an `i64`.
fn negative_numbers() -> Result<()> {
    let memory = File::open("/proc/self/mem")?;
    let seek = |offset: i64| -> Result<nix::Result<usize>> {
        let arguments = [descriptor(&memory)?, offset as usize, libc::SEEK_SET as usize];
        // SAFETY: it moves a position.
        Ok(unsafe { call(libc::SYS_lseek, &arguments) })
    };
    for offset in [0xffff_ffff_ff60_0000_u64, 0xffff_8000_0000_0000, 1 << 63, 4096_u64.wrapping_neg()] {
        let result = accepted(&format!("lseek(2) in /proc/self/mem to the address {offset:#x}"), seek(offset as i64)?)?;
        ensure!(result as u64 == offset, "lseek(2) in /proc/self/mem returns another address than it went to");
    }
    // Nothing tells these from errors, and so nobody may return them.
    for raw in [-4095, -134, -1] {
        let result = seek(raw)?;
        ensure!(result.is_err(), "the kernel has left {raw} in rax, which means an error, and syscall returns Ok");
    }
    Ok(())
}

fn descriptor(file: &impl AsRawFd) -> Result<usize> {
    usize::try_from(file.as_raw_fd()).context("a descriptor")
}
