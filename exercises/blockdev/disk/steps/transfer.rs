//! Step 2: it is read and written.

use super::{
    device::{Disk, PAGE, SECTOR, open, sectors},
    model::Model,
    module::{again, chunks},
};
use judge::{Result, accepted, ensure, equal};
use nix::{
    fcntl::OFlag,
    sys::uio::{pread, pwrite},
    unistd::fsync,
};

/// The step.
pub fn is_read_and_written() -> Result<()> {
    again(c"")?;
    let disk = Disk::open()?;
    let mut model = Model::new()?;
    model.is_on(&disk, "nothing was written")?;
    model.is_on_by(&disk, "nothing was written", PAGE)?;
    a_read_stays_in_its_place(&disk, "that was never written")?;
    equal("how many chunks there are when all was read and nothing written", chunks()?, 0)?;
    // Place and length in sectors, and where in a page of memory it begins.
    for (what, place, length, start) in [
        ("one sector", 9, 1, 0),
        ("16 pages", 64, 128, 0),
        ("a page's length from the middle of a page on", 300, 8, 4),
        ("a page's length across the end of a chunk", 6 * 64 - 7, 8, 0),
        ("a megabyte", 1000, 2048, 1),
    ] {
        let written = format!("after a direct write of {what}");
        model.write(&disk, place, length, start, &written)?;
        model.is_on(&disk, &written)?;
    }
    let written = "after a write to the page cache and fsync(2)";
    let cached = open(OFlag::empty())?;
    model.change(4000, 500, b'c');
    accepted("a write to the page cache", pwrite(&cached, model.bytes(4000, 500), (4000 * SECTOR) as i64))?;
    accepted("fsync(2)", fsync(&cached))?;
    drop(cached);
    model.is_on(&disk, written)?;
    model.is_on_by(&disk, written, PAGE / 2)?;
    a_read_stays_in_its_place(&disk, "that was written")?;
    equal("how many chunks there are", chunks()?, model.chunks())
}

fn a_read_stays_in_its_place(disk: &Disk, what: &str) -> Result<()> {
    let mut memory = sectors(b'r', PAGE)?;
    let read = pread(&disk.0, &mut memory[..SECTOR], (9 * SECTOR) as i64);
    equal(&format!("what a direct read of a sector {what} returns"), read, Ok(SECTOR))?;
    ensure!(
        memory[SECTOR..].iter().all(|&byte| byte == b'r'),
        "a direct read of a sector {what} has changed what is behind the sector in the program's memory"
    );
    Ok(())
}
