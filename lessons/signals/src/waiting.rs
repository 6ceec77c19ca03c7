//! Waiting for signals instead of being interrupted by them.

use crate::{handler::Info, set};
use nix::{
    Result,
    errno::Errno,
    libc,
    sys::{
        epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout},
        signalfd::{SfdFlags, SignalFd},
        time::TimeSpec,
    },
};
use std::{mem::MaybeUninit, os::fd::AsFd, time::Duration};

// ANCHOR: sigtimedwait
/// sigtimedwait(2): takes one of these signals, which must be blocked. EAGAIN: none came in
/// time. EINTR: a handler ran for another one.
pub fn sigtimedwait(signals: &[i32], timeout: Duration) -> Result<Info> {
    let timeout = TimeSpec::from(timeout);
    let mut info = MaybeUninit::uninit();
    // SAFETY: a set, a place for a siginfo, and a time.
    let signal = unsafe {
        libc::sigtimedwait(set::of(signals).as_ref(), info.as_mut_ptr(), timeout.as_ref())
    };
    Errno::result(signal)?;
    // SAFETY: the call has succeeded, so it has filled this in. The lesson waits for
    // signals from our driver only.
    Ok(unsafe { Info::new(&info.assume_init()) })
}
// ANCHOR_END: sigtimedwait

/// Takes whatever of these signals is pending now, in the order in which the kernel gives
/// it.
pub fn take_pending(signals: &[i32]) -> Result<Vec<Info>> {
    let mut infos = Vec::new();
    loop {
        match sigtimedwait(signals, Duration::ZERO) {
            Ok(info) => infos.push(info),
            Err(Errno::EAGAIN) => return Ok(infos),
            Err(errno) => return Err(errno),
        }
    }
}

/// signalfd(2): a file from which these signals, which must be blocked, are read. It does
/// not block.
pub fn signalfd(signals: &[i32]) -> Result<SignalFd> {
    SignalFd::with_flags(&set::of(signals), SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)
}

/// An epoll(7) instance that waits for any of `files` to become readable, and says which by
/// its place.
pub fn epoll(files: &[&dyn AsFd]) -> Result<Epoll> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    for (place, file) in files.iter().enumerate() {
        epoll.add(file, EpollEvent::new(EpollFlags::EPOLLIN, place as u64))?;
    }
    Ok(epoll)
}

/// epoll_wait(2): the places of the files that are readable.
pub fn readable(epoll: &Epoll) -> Result<Vec<usize>> {
    let mut events = [EpollEvent::empty(); 8];
    let count = epoll.wait(&mut events, EpollTimeout::NONE)?;
    Ok(events[..count].iter().map(|event| event.data() as usize).collect())
}
