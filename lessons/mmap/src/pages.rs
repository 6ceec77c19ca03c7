//! When pages of a mapping come, and what the kernel would let them become.

use nix::{
    Result,
    libc::c_long,
    sys::resource::{UsageWho, getrusage},
};
use std::{fs, hint::black_box, io};

use crate::{PAGE_SIZE, buffer::Mapping};
use std::sync::atomic::Ordering::Relaxed;

// ANCHOR: faults
/// How many page faults this thread has while `work` runs. All of them were answered from
/// memory.
pub fn faults(work: impl FnOnce()) -> Result<c_long> {
    let before = getrusage(UsageWho::RUSAGE_THREAD)?.minor_page_faults();
    work();
    let after = getrusage(UsageWho::RUSAGE_THREAD)?.minor_page_faults();
    Ok(after - before)
}

/// Reads the first byte of every page.
pub fn touch(mapping: &Mapping) {
    for byte in mapping.bytes().iter().step_by(PAGE_SIZE) {
        black_box(byte.load(Relaxed));
    }
}
// ANCHOR_END: faults

/// The flags of the mapping that begins at `start`, as /proc/self/smaps abbreviates them
/// (proc(5)): `wr`, it may be written; `mw`, mprotect(2) may allow that.
pub fn flags(start: *const u8) -> io::Result<Vec<String>> {
    let smaps = fs::read_to_string("/proc/self/smaps")?;
    let begin = format!("{:x}-", start as usize);
    let of_mapping = smaps.lines().skip_while(|line| !line.starts_with(&begin));
    let flags = of_mapping.filter_map(|line| line.strip_prefix("VmFlags:")).next();
    let flags = flags.ok_or_else(|| {
        io::Error::other(format!("/proc/self/smaps has no mapping at {begin}"))
    })?;
    Ok(flags.split_whitespace().map(str::to_owned).collect())
}
