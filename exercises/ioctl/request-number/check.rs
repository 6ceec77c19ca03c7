//! Sends requests with these numbers to files that know them. Then compares numbers with those that the crate nix makes.

use crate::exercise::{io, ior, iow, iowr};
use judge::{Result, bail, ensure};
use lesson::page::userfaultfd;
use nix::errno::Errno;
use std::{
    fs::File,
    os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd},
};

/// What a request may read and change: more than any number can say.
type Argument = Box<[u64; 2048]>;

pub fn check() -> Result<()> {
    the_kernel_knows_them()?;
    sizes::<0>()?;
    sizes::<1>()?;
    sizes::<24>()?;
    sizes::<255>()?;
    sizes::<256>()?;
    sizes::<5000>()?;
    sizes::<16383>()
}

fn the_kernel_knows_them() -> Result<()> {
    let namespace = File::open("/proc/self/ns/uts")?;
    let owner = send(&namespace, "NS_GET_USERNS, which is _IO(0xb7, 0x1),", io(0xb7, 0x1), &mut argument(0))?;
    // SAFETY: NS_GET_USERNS returns a new descriptor, which nobody else knows.
    drop(unsafe { OwnedFd::from_raw_fd(owner) });

    let terminal = judge::open("/dev/ptmx")?;
    let mut index = argument(u64::MAX);
    let call = "TIOCGPTN, which is _IOR('T', 0x30, unsigned int),";
    send(&terminal, call, ior::<libc::c_uint>(b'T', 0x30), &mut index)?;
    ensure!(index[0] != u64::MAX, "the kernel has obeyed {call} and written nothing: that was another request");
    let call = "TIOCSPTLCK, which is _IOW('T', 0x31, int),";
    send(&terminal, call, iow::<libc::c_int>(b'T', 0x31), &mut argument(0))?;

    // struct uffdio_api: the version, features, and which requests there are.
    let mut api = argument(0xaa);
    let call = "UFFDIO_API, which is _IOWR(0xaa, 0x3f, struct uffdio_api),";
    send(&userfaultfd()?, call, iowr::<[u64; 3]>(0xaa, 0x3f), &mut api)?;
    ensure!(api[2] != 0, "the kernel has obeyed {call} and written nothing: that was another request");
    Ok(())
}

/// An argument that begins with this.
fn argument(first: u64) -> Argument {
    let mut argument = Box::new([0; 2048]);
    argument[0] = first;
    argument
}

/// ioctl(2) that a file should know.
fn send(file: impl AsFd, call: &str, number: u32, argument: &mut Argument) -> Result<libc::c_int> {
    let file = file.as_fd().as_raw_fd();
    // SAFETY: the argument is larger than any of a request, also of one that has this number by mistake.
    match Errno::result(unsafe { libc::ioctl(file, number.into(), argument.as_mut_ptr()) }) {
        Ok(returned) => Ok(returned),
        Err(errno) => bail!("{call} was sent as {number:#010x}, and the kernel says {errno:?}"),
    }
}

/// Numbers for arguments of `N` bytes.
fn sizes<const N: usize>() -> Result<()> {
    for kind in [0, 0x12, b'T', 0xc5, 0xff] {
        for nr in [0, 1, 0x40, 0x80, 0xff] {
            let name = |name: &str| format!("{name}({kind:#x}, {nr:#x}, an argument of {N} bytes)");
            same(&format!("_IO({kind:#x}, {nr:#x})"), io(kind, nr), nix::request_code_none!(kind, nr))?;
            same(&name("_IOR"), ior::<[u8; N]>(kind, nr), nix::request_code_read!(kind, nr, N))?;
            same(&name("_IOW"), iow::<[u8; N]>(kind, nr), nix::request_code_write!(kind, nr, N))?;
            same(&name("_IOWR"), iowr::<[u8; N]>(kind, nr), nix::request_code_readwrite!(kind, nr, N))?;
        }
    }
    Ok(())
}

fn same(name: &str, ours: u32, theirs: libc::Ioctl) -> Result<()> {
    let theirs = theirs as u32;
    ensure!(ours == theirs, "{name} should be {theirs:#010x}, and is {ours:#010x}");
    Ok(())
}
