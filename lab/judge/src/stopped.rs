//! A read(2) that stands still in the middle: what it brings must not change meanwhile, whatever others do.

use crate::{
    Result, accepted,
    caller::{Caller, Halt},
    receive,
};
use anyhow::Context;
use lesson::page::AbsentPage;
use nix::errno::Errno;
use std::{
    fs::File,
    os::fd::AsRawFd,
    ptr, slice,
    sync::{
        Arc,
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

/// How long something may take that must happen.
const PATIENCE: Duration = Duration::from_secs(1);

/// A thread in a read(2) whose memory is not there yet.
pub struct StoppedRead {
    page: Arc<AbsentPage>,
    room: usize,
    returns: Receiver<nix::Result<usize>>,
}

impl StoppedRead {
    /// Begins to read, with so much room, at most a page, and waits until the call wants to write to the memory.
    pub fn begin(file: File, room: usize) -> Result<Self> {
        let page = Arc::new(AbsentPage::new().context("make a page that is not there")?);
        let (returned, returns) = mpsc::channel();
        let memory = page.clone();
        thread::spawn(move || {
            let address = ptr::with_exposed_provenance_mut(memory.address());
            // SAFETY: the page is this thread's, too, and has room for more than is asked for.
            let length = Errno::result(unsafe { libc::read(file.as_raw_fd(), address, room) });
            let _ = returned.send(length.map(isize::cast_unsigned));
        });
        page.touched().with_context(|| format!("a read(2) with room for {room} bytes writes none"))?;
        Ok(StoppedRead { page, room, returns })
    }

    /// Lets it go on, and returns what it brings.
    pub fn end(self) -> Result<Vec<u8>> {
        let what = "a read(2) whose memory comes late";
        self.page.arrive()?;
        let length = accepted(what, receive(&self.returns, PATIENCE).context(what)?)?;
        crate::ensure!(length <= self.room, "{what}, with room for {} bytes, returns {length}", self.room);
        // SAFETY: the page is there, and who wrote to it has returned.
        Ok(unsafe { slice::from_raw_parts(ptr::with_exposed_provenance(self.page.address()), length) }.to_vec())
    }
}

/// What `act`, in a thread of its own, comes to while a read stands still. It is waited for until it has come to its end or
/// sleeps in the system call `number`.
pub fn meanwhile<T: Send + 'static>(
    number: libc::c_long,
    act: impl FnOnce() -> T + Send + 'static,
) -> Result<impl FnOnce(&str) -> Result<T>> {
    let caller = Caller::start(act)?;
    let halt = caller.halt(number)?;
    Ok(move |what: &str| match halt {
        Some(Halt::Returned(outcome)) => Ok(outcome),
        _ => receive(&caller.returned, PATIENCE).with_context(|| what.to_string()),
    })
}
