//! A knob of /proc/sys.

use std::{fs, io};

// ANCHOR: knob
/// A file of /proc/sys. Dropping it puts back the value that it had.
pub struct Knob {
    path: &'static str,
    original: String,
}

impl Knob {
    /// Remembers what `path` says now. ENOENT: this kernel has no such knob.
    pub fn open(path: &'static str) -> io::Result<Knob> {
        Ok(Knob { path, original: fs::read_to_string(path)? })
    }

    /// Turns it for as long as this lives. The errors are those of opening and turning it.
    pub fn turned(path: &'static str, value: &str) -> io::Result<Knob> {
        let knob = Knob::open(path)?;
        knob.set(value)?;
        Ok(knob)
    }

    /// What the knob says, without the newline.
    pub fn get(&self) -> io::Result<String> {
        Ok(fs::read_to_string(self.path)?.trim_end().to_owned())
    }

    /// Turns it. EINVAL: not a value for this knob. EACCES: only root may.
    pub fn set(&self, value: &str) -> io::Result<()> {
        fs::write(self.path, value)
    }
}

impl Drop for Knob {
    fn drop(&mut self) {
        // Nobody could act on a failure here.
        let _ = self.set(&self.original);
    }
}
// ANCHOR_END: knob
