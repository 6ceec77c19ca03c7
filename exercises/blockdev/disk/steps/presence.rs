//! Step 1: the disk appears and goes.

use super::{
    device::{Disk, SECTOR, SIZE},
    module::{again, insert, sector_size, value},
};
use judge::{Context, Result, accepted, ensure, equal, refused};
use lesson::kmod::{load, unload};
use nix::errno::Errno;
use std::{os::fd::AsRawFd, path::Path};

nix::ioctl_read_bad!(blkgetsize64, nix::request_code_read!(0x12, 114, size_of::<usize>()), u64);
nix::ioctl_none_bad!(blkrrpart, nix::request_code_none!(0x12, 95));

/// The step.
pub fn appears_and_goes() -> Result<()> {
    let disk = Disk::open()?;
    let mut bytes = 0;
    // SAFETY: BLKGETSIZE64 writes 64 bits, and that is what there is.
    unsafe { blkgetsize64(disk.0.as_raw_fd(), &raw mut bytes) }.context("BLKGETSIZE64")?;
    equal("how many bytes the disk has", bytes, SIZE as u64)?;
    equal("how many bytes a sector has", sector_size()?, SECTOR)?;
    // SAFETY: the request has no argument.
    let looked = unsafe { blkrrpart(disk.0.as_raw_fd()) };
    refused("BLKRRPART, which has the disk looked through for partitions,", looked, Errno::EINVAL)?;
    let kept = value("/sys/module/exercise/refcnt")?;
    ensure!(kept > 0, "a program has the disk open, and nothing keeps the module from being unloaded meanwhile");
    refused("delete_module(2), while a program has the disk open,", unload("exercise"), Errno::EAGAIN)?;
    drop(disk);
    for size in [c"sector_size=4096", c"sector_size=1024", c"sector_size=512"] {
        again(size)?;
        let name = size.to_string_lossy();
        equal(
            &format!("how many bytes a sector has with {name}"),
            format!("sector_size={}", sector_size()?),
            name.into(),
        )?;
        Disk::open()?;
    }
    accepted("delete_module(2), while nobody has the disk open,", unload("exercise"))?;
    ensure!(!Path::new("/dev/exercise").exists(), "the module is unloaded, and /dev/exercise is still there");
    for size in [c"sector_size=0", c"sector_size=256", c"sector_size=1000", c"sector_size=8192"] {
        refused(&format!("loading the module with {}", size.to_string_lossy()), insert(size), Errno::EINVAL)?;
    }
    accepted("loading the module", load("exercise"))
}
