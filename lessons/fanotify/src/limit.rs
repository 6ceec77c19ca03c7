//! The limits in `/proc/sys/fs/fanotify`.

use crate::errno;
use nix::Result;
use std::{fs, path::PathBuf};

// ANCHOR: limit
/// A limit, set for a while. Dropping this sets it back.
#[derive(Debug)]
pub struct Limit {
    file: PathBuf,
    before: String,
}

impl Limit {
    /// Sets `max_queued_events`, `max_user_groups` or `max_user_marks`. EACCES: you are not
    /// root. ENOENT: no such limit.
    pub fn set(name: &str, value: u32) -> Result<Limit> {
        let file = PathBuf::from("/proc/sys/fs/fanotify").join(name);
        let before = errno(fs::read_to_string(&file))?;
        errno(fs::write(&file, value.to_string()))?;
        Ok(Limit { file, before })
    }
}
// ANCHOR_END: limit

impl Drop for Limit {
    fn drop(&mut self) {
        // It could be written before, and nobody could act on a failure here.
        let _ = fs::write(&self.file, &self.before);
    }
}
