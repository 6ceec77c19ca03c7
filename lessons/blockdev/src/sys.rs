//! What /sys/block says about the disk.

use crate::{NAME, SECTOR};
use std::{fmt, fs, io, ops::Sub, path::PathBuf, thread, time::Duration};

/// Reads an attribute of the disk, e.g. `queue/write_cache`.
pub fn attribute(name: &str) -> io::Result<String> {
    Ok(fs::read_to_string(path(name))?.trim().to_owned())
}

/// Writes an attribute of the disk. EINVAL: the kernel does not take this value.
pub fn set_attribute(name: &str, value: &str) -> io::Result<()> {
    fs::write(path(name), value)
}

fn path(name: &str) -> PathBuf {
    PathBuf::from("/sys/block").join(NAME).join(name)
}

// ANCHOR: queues
/// The hardware queues of the disk, in order, each with the processors that it serves.
pub fn queues() -> io::Result<Vec<String>> {
    let count = fs::read_dir(path("mq"))?.count();
    (0..count).map(|queue| attribute(&format!("mq/{queue}/cpu_list"))).collect()
}
// ANCHOR_END: queues

// ANCHOR: stat
/// Requests of one kind since the disk appeared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Requests that the driver finished.
    pub requests: u64,
    /// Bios, the pieces of work that the page cache hands down, that were merged into a
    /// request.
    pub merges: u64,
    /// Sectors of 512 bytes in them.
    pub sectors: u64,
}

/// `stat` of Documentation/block/stat.rst, without the times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// Reads.
    pub read: Count,
    /// Writes.
    pub write: Count,
    /// Discards.
    pub discard: Count,
    /// Flushes; they have no sectors.
    pub flushes: u64,
}

impl Stat {
    /// The counts, once no request is under way: the kernel wakes up the program whose
    /// request is finished *before* it counts the request.
    pub fn read() -> io::Result<Stat> {
        loop {
            let text = attribute("stat")?;
            let fields: Vec<u64> = text.split_whitespace().flat_map(str::parse).collect();
            let [rr, rm, rs, _, wr, wm, ws, _, in_flight, _, _, dr, dm, ds, _, flushes, _] =
                fields[..]
            else {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("not 17 numbers: {text}"),
                ));
            };
            if in_flight == 0 {
                let count = |requests, merges, sectors| Count { requests, merges, sectors };
                let [read, write, discard] =
                    [count(rr, rm, rs), count(wr, wm, ws), count(dr, dm, ds)];
                return Ok(Stat { read, write, discard, flushes });
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}
// ANCHOR_END: stat

impl Sub for Count {
    type Output = Count;

    fn sub(self, before: Count) -> Count {
        Count {
            requests: self.requests - before.requests,
            merges: self.merges - before.merges,
            sectors: self.sectors - before.sectors,
        }
    }
}

impl Sub for Stat {
    type Output = Stat;

    fn sub(self, before: Stat) -> Stat {
        Stat {
            read: self.read - before.read,
            write: self.write - before.write,
            discard: self.discard - before.discard,
            flushes: self.flushes - before.flushes,
        }
    }
}

/// `-`, or requests and sectors: `1 of 8`, `8 of 2048`.
impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.requests {
            0 => f.pad("-"),
            requests => f.pad(&format!("{requests} of {}", self.sectors)),
        }
    }
}

/// `BLKGETSIZE64` has a twin in /sys: the size in sectors.
pub fn size() -> io::Result<u64> {
    let sectors: u64 = attribute("size")?
        .parse()
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(sectors * SECTOR as u64)
}

/// Pages of memory that the disk holds now; an attribute of our driver's own.
pub fn pages() -> io::Result<u64> {
    attribute("pages")?
        .parse()
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}
