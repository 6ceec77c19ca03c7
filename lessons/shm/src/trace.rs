//! What the kernel does for each of the three, and what it calls their memory.

use crate::memory::Memory;
use lesson::{errno, ftrace};
use nix::{Result, errno::Errno};
use std::{fs, io};

/// The functions in which the ways differ, and the one in which they meet.
const FUNCTIONS: &str = "newseg do_shmat shm_mmap shmem_mmap shm_fault shmem_fault \
                         shm_close shm_destroy memfd_fcntl";

/// Makes the calls and returns the kernel's record of them. Needs root.
///
/// # Errors
/// Those of [`ftrace::graph`].
pub fn record(calls: impl FnOnce()) -> io::Result<Vec<String>> {
    ftrace::graph(FUNCTIONS, calls)
}

/// The name of the mapped file, from proc_pid_maps(5).
pub fn name(memory: &impl Memory) -> Result<String> {
    let start = format!("{:x}-", memory.start() as usize);
    let maps = errno(fs::read_to_string("/proc/self/maps"))?;
    let line = maps.lines().find(|line| line.starts_with(&start)).ok_or(Errno::ENOENT)?;
    // START-END PERMISSIONS OFFSET DEVICE INODE NAME, and the name may have spaces.
    let name = line.splitn(6, ' ').nth(5).ok_or(Errno::ENOENT)?;
    Ok(name.trim_start().to_owned())
}
