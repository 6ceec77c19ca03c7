//! What the module tells its own author, in debugfs.

use std::{fs, io};

/// Where debugfs is mounted.
pub const ROOT: &str = "/sys/kernel/debug";

const LINES_SHOWN: &str = "/sys/kernel/debug/crossings_procfs/lines_shown";

// ANCHOR: debug
/// How often the module has been asked to show a line since [`reset`]. PermissionDenied: not root.
/// NotFound: the module is not loaded, or the kernel has no debugfs.
pub fn lines_shown() -> io::Result<u32> {
    let text = fs::read_to_string(LINES_SHOWN)?;
    text.trim().parse().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Begins to count anew.
pub fn reset() -> io::Result<()> {
    fs::write(LINES_SHOWN, "0")
}
// ANCHOR_END: debug
