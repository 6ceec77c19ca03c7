//! Throws nonsense at the tube: reads and writes of any length through pointers of every bad kind,
//! sleeping and not, in files opened every way; then checks that it still carries bytes.

use anyhow::{Context, Result, ensure};
use crossings_chardev::{
    caller::handle, open, open_both, read, ready::events, set_nonblocking,
};
use lesson::hostile::{Rng, any_length, run};
use nix::{
    fcntl::OFlag,
    libc::{self, SYS_ioctl, SYS_lseek, SYS_pread64, SYS_pwrite64, SYS_read, SYS_write},
    sys::signal::{SaFlags, SigSet, Signal, kill},
    unistd::{Pid, write},
};
use std::{os::fd::AsRawFd, thread, time::Duration};

fn main() -> Result<()> {
    interrupt_every_millisecond()?;
    let shared = open(OFlag::O_RDWR | OFlag::O_NONBLOCK).context("open the tube")?;
    run(|random, pointers| {
        // Only these threads take the signal.
        let _ = SigSet::from(Signal::SIGUSR1).thread_unblock();
        let fresh = if random.bool() { open(any_flags(random)).ok() } else { None };
        let tube = fresh.as_ref().unwrap_or(&shared);
        let call = [SYS_read, SYS_write, SYS_pread64, SYS_pwrite64, SYS_lseek, SYS_ioctl];
        let call = call[random.usize(..call.len())];
        let (pointer, length) = (pointers.any(random), any_length(random));
        // SAFETY: the kernel checks every address; those it may write to lie in pages that no Rust
        // reference sees.
        unsafe { libc::syscall(call, tube.as_raw_fd(), pointer, length, random.u64(..)) };
        if random.u8(..8) == 0 {
            let _ = events(tube);
            let _ = set_nonblocking(&shared, random.bool());
        }
    })?;
    drop(shared);

    let (reader, writer) = open_both(OFlag::O_NONBLOCK).context("open both ends")?;
    write(&writer, b"still here").context("write")?;
    let mut buffer = [0; 100];
    let bytes = read(&reader, &mut buffer).context("read")?;
    ensure!(bytes == b"still here", "the tube carried {bytes:?}");
    drop(writer);
    ensure!(
        read(&reader, &mut buffer).context("read the end")?.is_empty(),
        "the tube did not end"
    );
    Ok(())
}

fn any_flags(random: &mut Rng) -> OFlag {
    let access = [OFlag::O_RDONLY, OFlag::O_WRONLY, OFlag::O_RDWR][random.usize(..3)];
    access | if random.bool() { OFlag::O_NONBLOCK } else { OFlag::empty() }
}

/// So that nobody sleeps for long: there may be nobody else to put a byte in, or to take one out.
fn interrupt_every_millisecond() -> Result<()> {
    SigSet::from(Signal::SIGUSR1).thread_block().context("block SIGUSR1")?;
    handle(SaFlags::empty()).context("handle SIGUSR1")?;
    thread::spawn(|| {
        loop {
            thread::sleep(Duration::from_millis(1));
            let _ = kill(Pid::this(), Signal::SIGUSR1);
        }
    });
    Ok(())
}
