//! How many, how long and how large: the limits of mq_overview(7), and a place of our own in
//! which to change them.

use lesson::errno;
use nix::{
    Result,
    errno::Errno,
    sched::{CloneFlags, setns, unshare},
    sys::resource::{Resource, getrlimit, rlim_t, setrlimit},
};
use std::fs::{self, File};

/// A file of `/proc/sys/fs/mqueue`, e.g. `msg_max`: the number in it.
pub fn get(limit: &str) -> Result<u64> {
    let text = errno(fs::read_to_string(format!("/proc/sys/fs/mqueue/{limit}")))?;
    text.trim().parse().map_err(|_| Errno::ENODATA)
}

/// Writes it. EACCES: you are not root. EINVAL: out of the range that it may have.
pub fn set(limit: &str, value: u64) -> Result<()> {
    errno(fs::write(format!("/proc/sys/fs/mqueue/{limit}"), value.to_string()))
}

// ANCHOR: namespace
/// An IPC namespace of our own: no queues yet, and limits of its own. Dropping it returns to
/// the one before, and the kernel removes this one with all that is in it.
#[derive(Debug)]
pub struct Namespace {
    before: File,
}

impl Namespace {
    /// unshare(2) with `CLONE_NEWIPC`. EPERM: you are not root.
    pub fn unshare() -> Result<Namespace> {
        let before = errno(File::open("/proc/self/ns/ipc"))?;
        unshare(CloneFlags::CLONE_NEWIPC)?;
        Ok(Namespace { before })
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // We were there before, so we may go back.
        let _ = setns(&self.before, CloneFlags::CLONE_NEWIPC);
    }
}
// ANCHOR_END: namespace

/// `RLIMIT_MSGQUEUE`, lowered while this lives.
#[derive(Debug)]
pub struct Memory {
    before: (rlim_t, rlim_t),
}

impl Memory {
    /// setrlimit(2): so many bytes for all queues that this user has made.
    pub fn limit(bytes: rlim_t) -> Result<Memory> {
        let before = getrlimit(Resource::RLIMIT_MSGQUEUE)?;
        setrlimit(Resource::RLIMIT_MSGQUEUE, bytes, before.1)?;
        Ok(Memory { before })
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // The soft limit may always be raised to what it was, below the hard one.
        let _ = setrlimit(Resource::RLIMIT_MSGQUEUE, self.before.0, self.before.1);
    }
}
