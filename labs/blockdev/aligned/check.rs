//! Reads records from a disk that is a file. For this program the kernel refuses a pread(2) of it as it refuses one of
//! a disk with `O_DIRECT`: a seccomp filter looks at the arguments.

use crate::exercise::read_at;
use check::{Context, Result, accepted, ensure};
use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W, sock_filter, sock_fprog};
use nix::{
    errno::Errno,
    sys::memfd::{MFdFlags, memfd_create},
};
use std::{
    fs::File,
    os::{fd::AsRawFd, unix::fs::FileExt},
};

const SIZE: usize = 64 << 10;

pub fn check() -> Result<()> {
    let content: Vec<u8> = (0..SIZE).map(|place| (place / 7) as u8 ^ (place / 4096) as u8).collect();
    for sector in [512, 4096] {
        let disk = File::from(memfd_create("disk", MFdFlags::MFD_CLOEXEC)?);
        disk.write_all_at(&content, 0)?;
        want_whole_sectors(&disk, sector).context("install a seccomp filter")?;
        records(&disk, sector, &content).with_context(|| format!("a disk with sectors of {sector} bytes"))?;
    }
    Ok(())
}

fn records(disk: &File, sector: usize, content: &[u8]) -> Result<()> {
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
        let read = read_at(disk, sector, &mut memory[1..], offset as u64);
        let read = accepted("a direct read", read).with_context(|| format!("a record {what}"))?;
        ensure!(read >= expected.len(), "read_at returns fewer bytes than there are of a record {what}");
        ensure!(read <= expected.len(), "read_at returns more bytes than there are of a record {what}");
        ensure!(memory[1..=read] == *expected, "read_at returns other bytes than those of a record {what}");
    }
    Ok(())
}

/// From now on a pread(2) of `disk` by this thread fails with EINVAL unless all is aligned to sectors, and all other
/// calls that read from it fail with ENOSYS.
fn want_whole_sectors(disk: &File, sector: usize) -> nix::Result<()> {
    let statement = |code, k| sock_filter { code: code as u16, jt: 0, jf: 0, k };
    // Loads a word of the kernel's struct seccomp_data: the lower half of an argument, for those.
    let load = |place| statement(BPF_LD | BPF_W | BPF_ABS, place);
    let load_argument = |number: u32| load(16 + 8 * number);
    // Unless the word is so, or has one of these bits, goes on after the next statement.
    let if_equal = |k| sock_filter { jf: 1, ..statement(BPF_JMP | BPF_JEQ | BPF_K, k) };
    let unless_equal = |k| sock_filter { jt: 1, ..statement(BPF_JMP | BPF_JEQ | BPF_K, k) };
    let if_bits = |k| sock_filter { jf: 1, ..statement(BPF_JMP | BPF_JSET | BPF_K, k) };
    let allow = statement(BPF_RET | BPF_K, libc::SECCOMP_RET_ALLOW);
    let fail = |errno: Errno| statement(BPF_RET | BPF_K, libc::SECCOMP_RET_ERRNO | errno as u32);

    let mut program = vec![load_argument(0), unless_equal(disk.as_raw_fd() as u32), allow, load(0)];
    for call in [libc::SYS_read, libc::SYS_readv, libc::SYS_preadv, libc::SYS_preadv2] {
        program.extend([if_equal(call as u32), fail(Errno::ENOSYS)]);
    }
    program.extend([unless_equal(libc::SYS_pread64 as u32), allow]);
    for argument in 1..=3 {
        program.extend([load_argument(argument), if_bits(sector as u32 - 1), fail(Errno::EINVAL)]);
    }
    program.push(allow);
    let program = sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    // SAFETY: the kernel copies the program, which has so many statements.
    let result = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const program) };
    Errno::result(result).map(drop)
}
