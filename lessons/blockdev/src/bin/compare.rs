//! A direct `pread` of 4 KiB, by the lesson's library, and how long it takes once. `compare.c` does the same in C.

use anyhow::{Context, Result, ensure};
use crossings_blockdev::{Disk, sectors::Sectors};
use lesson::compare::repeat;
use nix::fcntl::OFlag;

fn main() -> Result<()> {
    let disk = Disk::open(OFlag::O_RDWR | OFlag::O_DIRECT).context("open the disk")?;
    let mut sectors = Sectors::filled(0, 4096);
    repeat(|| {
        ensure!(disk.read_at(&mut sectors, 0).context("pread")? == 4096);
        Ok(())
    })
}
