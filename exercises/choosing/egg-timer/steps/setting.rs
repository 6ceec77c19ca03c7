//! Step 1: a number of milliseconds sets the timer.

use super::egg::{Egg, PATIENCE};
use judge::{Result, equal, refused, within};
use nix::{errno::Errno, unistd::write};
use std::{os::fd::AsRawFd, ptr};

/// The step.
pub fn write_sets_it() -> Result<()> {
    let egg = Egg::open()?;
    for text in ["50000", "50000\n", "60000", "0"] {
        let written = within(PATIENCE, &format!("a write(2) of {text:?}"), {
            let file = egg.0.try_clone()?;
            move || write(&file, text.as_bytes())
        })?;
        equal(&format!("what write(2) of {text:?} returns"), written, Ok(text.len()))?;
    }
    for text in ["", "\n", "soft", "5 minutes", "-1", "0x10", "1.5"] {
        refused(&format!("a write(2) of {text:?}"), write(&egg.0, text.as_bytes()), Errno::EINVAL)?;
    }
    for text in ["60001", "4294967295", "4294967296", "99999999999999999999"] {
        refused(&format!("a write(2) of {text:?}"), write(&egg.0, text.as_bytes()), Errno::ERANGE)?;
    }
    // SAFETY: nothing is mapped at address 0, so nothing is read there.
    let result = unsafe { libc::write(egg.0.as_raw_fd(), ptr::null(), 2) };
    refused("a write(2) from a null pointer", Errno::result(result), Errno::EFAULT)
}
