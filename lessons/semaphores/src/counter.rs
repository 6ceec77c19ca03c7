//! The counter of our module, which one open file at a time may have.

use nix::{
    Result,
    errno::Errno,
    fcntl::{self, OFlag},
    sys::{stat::Mode, uio},
    unistd,
};
use std::{fs, io, os::fd::OwnedFd};

/// The counter.
pub const COUNTER: &str = "/proc/crossings_semaphores";

// ANCHOR: counter
/// The counter, while it is ours. Dropping it ends our turn.
pub struct Counter(pub(crate) OwnedFd);

impl Counter {
    /// open(2): waits for its turn. EINTR: a handler ran. ETIME: it waited as long as
    /// [`set_patience`] says. ENOENT: the module is not loaded.
    pub fn open() -> Result<Counter> {
        Counter::open_with(COUNTER, OFlag::empty())
    }

    /// open(2) with `O_NONBLOCK`: does not wait. EAGAIN: somebody else has it.
    pub fn try_open() -> Result<Counter> {
        Counter::open_with(COUNTER, OFlag::O_NONBLOCK)
    }

    /// read(2) of the number.
    pub fn get(&self) -> Result<i32> {
        let mut text = [0; 128];
        let length = uio::pread(&self.0, &mut text, 0)?;
        let text = std::str::from_utf8(&text[..length]).map_err(|_| Errno::EBADMSG)?;
        text.trim_end().parse().map_err(|_| Errno::EBADMSG)
    }

    /// write(2) of a number.
    pub fn set(&self, value: i32) -> Result<()> {
        unistd::write(&self.0, value.to_string().as_bytes()).map(drop)
    }
    // ANCHOR_END: counter

    /// open(2) of any file that works alike.
    pub(crate) fn open_with(path: &str, flags: OFlag) -> Result<Counter> {
        let flags = flags | OFlag::O_RDWR | OFlag::O_CLOEXEC;
        fcntl::open(path, flags, Mode::empty()).map(Counter)
    }

    /// read(2) of at most `size` bytes. Returns how many there were.
    pub fn read(&self, size: usize) -> Result<usize> {
        unistd::read(&self.0, &mut vec![0; size])
    }

    /// write(2) of anything. EINVAL: not a number. ERANGE: not one of 32 bits.
    pub fn write(&self, bytes: &[u8]) -> Result<usize> {
        unistd::write(&self.0, bytes)
    }
}

// ANCHOR: patience
/// For how many milliseconds an open waits, whatever signal comes. 0: for ever, or until
/// one comes. EINVAL: more than 10000.
pub fn set_patience(milliseconds: u32) -> io::Result<()> {
    let parameter = "/sys/module/crossings_semaphores/parameters/patience";
    fs::write(parameter, milliseconds.to_string())
}
// ANCHOR_END: patience
