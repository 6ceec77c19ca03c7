//! Waiting until a file is ready: poll(2) and epoll(7).

use nix::{
    Result,
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout},
    unistd,
};
use std::{
    fs::File,
    os::fd::{AsFd, BorrowedFd},
};

// ANCHOR: events
/// What poll(2) says of a file right now, without waiting.
pub fn events(tube: &File) -> Result<PollFlags> {
    wait_for(tube.as_fd(), PollFlags::POLLIN | PollFlags::POLLOUT, PollTimeout::ZERO)
}

/// poll(2): sleeps until one of `wanted` is true of the file, or it has hung up.
/// EINTR: a signal came first, whether its handler has `SA_RESTART` or not.
pub fn wait_for(
    tube: BorrowedFd,
    wanted: PollFlags,
    timeout: PollTimeout,
) -> Result<PollFlags> {
    let mut files = [PollFd::new(tube, wanted)];
    poll(&mut files, timeout)?;
    Ok(files[0].revents().unwrap_or(PollFlags::empty()))
}
// ANCHOR_END: events

// ANCHOR: produce
/// Writes `bytes` to a non-blocking `tube`. It sleeps in poll(2) and nowhere else, and goes
/// on after a signal.
pub fn produce(tube: &File, mut bytes: &[u8]) -> Result<()> {
    while !bytes.is_empty() {
        match again(|| unistd::write(tube, bytes)) {
            Ok(length) => bytes = &bytes[length..],
            Err(Errno::EAGAIN) => again(|| {
                wait_for(tube.as_fd(), PollFlags::POLLOUT, PollTimeout::NONE).map(drop)
            })?,
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}
// ANCHOR_END: produce

// ANCHOR: consume
/// How many bytes of each value.
pub type Counts = [usize; 256];

/// epoll(7): reads whichever of the files has something, until all have ended. Counts what
/// came from each. It sleeps in epoll_wait(2) and nowhere else, and goes on after a signal.
pub fn consume<const N: usize>(files: [BorrowedFd; N]) -> Result<[Counts; N]> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    for (index, file) in files.iter().enumerate() {
        epoll.add(file, EpollEvent::new(EpollFlags::EPOLLIN, index as u64))?;
    }
    let mut counts = [[0; 256]; N];
    let mut open = N;
    let mut ready = [EpollEvent::empty(); N];
    let mut buffer = [0; 1000];
    while open > 0 {
        let events = again(|| epoll.wait(&mut ready, EpollTimeout::NONE))?;
        for event in &ready[..events] {
            let index = event.data() as usize;
            let length = again(|| unistd::read(files[index], &mut buffer))?;
            for byte in &buffer[..length] {
                counts[index][usize::from(*byte)] += 1;
            }
            if length == 0 {
                epoll.delete(files[index])?;
                open -= 1;
            }
        }
    }
    Ok(counts)
}

/// Makes a call until no signal interrupts it.
fn again<T>(mut call: impl FnMut() -> Result<T>) -> Result<T> {
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            result => return result,
        }
    }
}
// ANCHOR_END: consume
