//! The kernel's limits, and a place to change them where nobody else is.

use lesson::errno;
use nix::{
    Result,
    errno::Errno,
    mount::{MsFlags, mount},
    sched::{CloneFlags, unshare},
};
use std::fs;

// ANCHOR: own_namespaces
/// unshare(2): from now on this process has System V segments, limits and mounts of its
/// own, and a /dev/shm with room for so many KiB. EPERM: not root.
pub fn own_namespaces(kib: u32) -> Result<()> {
    unshare(CloneFlags::CLONE_NEWIPC | CloneFlags::CLONE_NEWNS)?;
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)?;
    let size = format!("size={kib}k,mode=1777");
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount(Some("tmpfs"), "/dev/shm", Some("tmpfs"), flags, Some(size.as_str()))
}
// ANCHOR_END: own_namespaces

/// What `/proc/sys/kernel/NAME` says. ERANGE: not a number.
pub fn get(name: &str) -> Result<u64> {
    let text = errno(fs::read_to_string(format!("/proc/sys/kernel/{name}")))?;
    text.trim().parse().map_err(|_| Errno::ERANGE)
}

/// Writes a number to `/proc/sys/kernel/NAME`. EACCES: not root.
pub fn set(name: &str, value: u64) -> Result<()> {
    errno(fs::write(format!("/proc/sys/kernel/{name}"), value.to_string()))
}

/// How many bytes of memory all objects and segments and all of tmpfs occupy: the line
/// `Shmem` of proc_meminfo(5). The kernel is up to a megabyte behind.
pub fn shmem() -> Result<usize> {
    let text = errno(fs::read_to_string("/proc/meminfo"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Shmem:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    kib.map(|kib| kib * 1024).ok_or(Errno::ERANGE)
}
