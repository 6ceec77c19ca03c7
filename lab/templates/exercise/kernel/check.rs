//! Reads the device into memory that is there, and into memory that is not.

use judge::{Result, accepted, equal, refused};
use nix::{errno::Errno, unistd::read};
use std::{os::fd::AsRawFd, ptr};

pub fn check() -> Result<()> {
    let device = judge::open("/dev/exercise")?;
    let mut room = [0; 8];
    let length = accepted("read(2)", read(&device, &mut room))?;
    let text = String::from_utf8_lossy(room.get(..length).unwrap_or(&room));
    equal("what read(2) gives", text, "hello\n".into())?;
    // SAFETY: nothing is ever mapped at address 0, so the kernel has nowhere to write.
    let result = unsafe { libc::read(device.as_raw_fd(), ptr::null_mut(), room.len()) };
    refused("a read(2) to a null pointer", Errno::result(result), Errno::EFAULT)
}
