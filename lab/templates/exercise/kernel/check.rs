//! Reads the device into memory that is there, much and little, and into memory that is not.

use judge::{Result, accepted, equal, refused};
use nix::{errno::Errno, unistd::read};
use std::{os::fd::AsRawFd, ptr};

pub fn check() -> Result<()> {
    let device = judge::open("/dev/exercise")?;
    for (length, after) in [(8, "hello\n.."), (3, "hel.....")] {
        let mut room = [b'.'; 8];
        let read = accepted("read(2)", read(&device, &mut room[..length]))?;
        equal(&format!("what read(2) with room for {length} bytes returns"), read, length.min(6))?;
        let room = String::from_utf8_lossy(&room);
        equal(&format!("the memory after a read(2) with room for {length} bytes"), room, after.into())?;
    }
    // SAFETY: nothing is ever mapped at address 0, so the kernel has nowhere to write.
    let result = unsafe { libc::read(device.as_raw_fd(), ptr::null_mut(), 8) };
    refused("a read(2) to a null pointer", Errno::result(result), Errno::EFAULT)
}
