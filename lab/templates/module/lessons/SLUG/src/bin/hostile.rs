//! Throws nonsense at the device: reads and writes of any length, at any place, with pointers of every bad kind; then
//! checks that it still keeps what it is given.

use anyhow::{Context, Result, ensure};
use crossings_SLUG::Note;
use lesson::hostile::{any_length, run};
use nix::{
    fcntl::{OFlag, open},
    libc::{SYS_pread64, SYS_pwrite64, syscall},
    sys::stat::Mode,
};
use std::os::fd::AsRawFd;

fn main() -> Result<()> {
    let device = "/dev/crossings_SLUG";
    let shared = open(device, OFlag::O_RDWR, Mode::empty()).context("open the device")?;
    run(|random, pointers| {
        // Half of the calls go to one open file that all threads share, half to a fresh one.
        let fresh = random.bool().then(|| open(device, OFlag::O_RDWR, Mode::empty()).ok());
        let fd = fresh.as_ref().and_then(Option::as_ref).unwrap_or(&shared).as_raw_fd();
        let call = if random.bool() { SYS_pread64 } else { SYS_pwrite64 };
        let place = if random.bool() { random.i64(0..100) } else { random.i64(..) };
        let (pointer, length) = (pointers.any(random), any_length(random));
        // SAFETY: the kernel checks every address; those it may write to lie in pages that no Rust reference sees.
        unsafe { syscall(call, fd, pointer, length, place) };
    })?;
    let (note, mut room) = (Note::open().context("open the note")?, [0; 10]);
    note.write(0, b"still here").context("write")?;
    note.read(0, &mut room).context("read")?;
    ensure!(&room == b"still here", "the device gives {room:?}");
    Ok(())
}
