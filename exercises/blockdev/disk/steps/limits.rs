//! Step 5: a disk that is full, and one that is never written to.

use super::{
    device::{CHUNK, Disk, PATIENCE, SECTOR, sectors},
    model::Model,
    module::again,
};
use judge::{Context, Result, accepted, refused, within};
use nix::{errno::Errno, sys::uio::pwrite};
use std::fs;

/// The step.
pub fn limits() -> Result<()> {
    again(c"chunks_max=4")?;
    let disk = Disk::open()?;
    let mut model = Model::new()?;
    model.write(&disk, 0, 4 * 64, 0, "of 4 chunks with chunks_max=4")?;
    let too_much = sectors(b'x', SECTOR)?;
    let (fifth, place) = (Disk::open()?, (50 * CHUNK) as i64);
    let full = "a write that needs a fifth chunk, with chunks_max=4,";
    match within(PATIENCE, full, move || pwrite(&fifth.0, &too_much, place)) {
        Ok(result) => refused(full, result, Errno::ENOSPC)?,
        Err(finding) => {
            // Nobody could end this program while one of its threads waits for a chunk.
            fs::write("/sys/module/exercise/parameters/chunks_max", "5").context("write chunks_max")?;
            return Err(finding);
        }
    }
    model.is_on(&disk, "after a write that has failed with ENOSPC")?;
    model.write(&disk, 10, 100, 0, "of chunks that there are, on a disk that is full,")?;
    disk.discard(64, 64)?;
    model.zero(64, 64);
    model.write(&disk, 90 * 64, 3, 0, "to a disk that has room again")?;
    model.is_on(&disk, "after a chunk was discarded and another one written")?;
    drop(disk);

    again(c"")?;
    let disk = Disk::open()?;
    disk.set_read_only(true).context("BLKROSET to 1")?;
    let letters = sectors(b'x', SECTOR)?;
    refused("a write to a disk that BLKROSET protects", pwrite(&disk.0, &letters, 0), Errno::EPERM)?;
    disk.set_read_only(false).context("BLKROSET to 0")?;
    accepted("a write to a disk that BLKROSET protects no more", pwrite(&disk.0, &letters, 0))?;
    drop(disk);

    again(c"read_only=1")?;
    let disk = Disk::open()?;
    refused("a write to a disk with read_only", pwrite(&disk.0, &letters, 0), Errno::EPERM)?;
    accepted("BLKROSET to 1 of a disk with read_only", disk.set_read_only(true))?;
    refused("BLKROSET to 0 of a disk with read_only", disk.set_read_only(false), Errno::EPERM)?;
    refused("a write to a disk with read_only, after BLKROSET,", pwrite(&disk.0, &letters, 0), Errno::EPERM)?;
    Model::new()?.is_on(&disk, "with read_only")
}
