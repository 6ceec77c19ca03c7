//! The parts of the story.

pub mod disk;
pub mod inside;
pub mod mistakes;
pub mod mounted;
mod print;
pub mod requests;

use anyhow::{Context, Result};
use crossings_blockdev::Disk;
use nix::{
    fcntl::OFlag,
    sched::{CpuSet, sched_getcpu, sched_setaffinity},
    unistd::Pid,
};

/// All requests then go through one queue, and whoever finishes one has counted it before
/// this program runs again.
pub fn stay_on_this_processor() -> nix::Result<()> {
    let mut here = CpuSet::new();
    here.set(sched_getcpu()?)?;
    sched_setaffinity(Pid::from_raw(0), &here)
}

/// Opens the disk.
fn open(flags: OFlag) -> Result<Disk> {
    Disk::open(flags).context("open /dev/crossings_blockdev")
}
