//! Step 4: what is discarded reads as zeros, and memory is given back.

use super::{
    device::{Disk, SECTOR, SIZE},
    model::Model,
    module::{again, chunks},
};
use judge::{Context, Result, equal, until};
use std::{fs, time::Duration};

/// How long the kernel may take to free what nobody uses any more.
const FREES: Duration = Duration::from_millis(300);

/// The step.
pub fn gives_back() -> Result<()> {
    again(c"")?;
    let disk = Disk::open()?;
    let mut model = Model::new()?;
    model.write(&disk, 0, 20 * 64, 0, "before all discards")?;
    for (what, place, length, left) in [
        ("one sector", 100, 1, 20),
        ("a chunk", 3 * 64, 64, 19),
        ("less than a chunk, across the end of one", 6 * 64 - 10, 20, 19),
        ("the end of a chunk, two chunks, and the beginning of a fourth", 10 * 64 + 60, 8 + 2 * 64, 17),
        ("what was discarded before", 3 * 64, 64, 17),
        ("what was never written", 60 * 64, 640, 17),
    ] {
        let discarded = format!("after a discard of {what}");
        disk.discard(place, length)?;
        model.zero(place, length);
        model.is_on(&disk, &discarded)?;
        equal(&format!("how many chunks there are {discarded}"), chunks()?, left)?;
    }
    model.write(&disk, 3 * 64 + 5, 1, 0, "after a write where a chunk was discarded")?;
    model.is_on(&disk, "after a write where a chunk was discarded")?;
    drop(disk);

    let (before, disks) = (memory()?, judge::in_use("request_queue")?);
    for _ in 0..3 {
        again(c"")?;
        Model::new()?.write(&Disk::open()?, 0, SIZE / SECTOR, 0, "of all sectors")?;
    }
    again(c"")?;
    let story = "the whole disk was written, the module unloaded, three times, and the kernel has kept";
    // What a disk had is not freed at once.
    let freed = until(FREES, || Ok((memory()? < before + SIZE / 1024).then_some(())))?;
    freed.with_context(|| format!("{story} memory"))?;
    // Each has a queue for its requests.
    let freed = until(FREES / 10, || Ok((judge::in_use("request_queue")? < disks + 2).then_some(())))?;
    freed.with_context(|| format!("{story} the disks"))
}

/// How much memory the kernel has for itself and cannot give back, in KiB; see proc_meminfo(5).
fn memory() -> Result<usize> {
    let memory = fs::read_to_string("/proc/meminfo").context("read /proc/meminfo")?;
    let line = memory.lines().find_map(|line| line.strip_prefix("SUnreclaim:"));
    let amount = line.and_then(|line| line.split_whitespace().next()).context("/proc/meminfo has no SUnreclaim")?;
    Ok(amount.parse()?)
}
