//! The file that a queue is: mq_overview(7), "Mounting the message queue filesystem".

use crate::queue::descriptor;
use nix::{
    Result,
    sys::{
        statfs::{FsType, statfs},
        uio::pread,
    },
};
use posixmq::PosixMq;
use std::{path::PathBuf, process};

/// Where queues are visible, if their file system is mounted.
pub const MOUNT: &str = "/dev/mqueue";

/// `f_type` of statfs(2) there. From ipc/mqueue.c.
const MQUEUE_MAGIC: FsType = FsType(0x1980_0202);

/// Whether it is.
pub fn is_mounted() -> bool {
    statfs(MOUNT).is_ok_and(|status| status.filesystem_type() == MQUEUE_MAGIC)
}

/// The file of the queue with this name.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(format!("{MOUNT}{name}"))
}

// ANCHOR: line
/// pread(2) of a queue: the line that the kernel shows of it. Our pid, which the kernel
/// chooses, is shown as `ours`, and spaces are single. EBADF: it is open for sending only.
pub fn line(queue: &PosixMq) -> Result<String> {
    let mut bytes = [0; 80];
    let length = pread(descriptor(queue), &mut bytes, 0)?;
    let line = String::from_utf8_lossy(&bytes[..length]);
    let words: Vec<_> = line.split_whitespace().collect();
    let ours = format!("NOTIFY_PID:{}", process::id());
    Ok(words.join(" ").replace(&ours, "NOTIFY_PID:ours"))
}
// ANCHOR_END: line

/// Whether a process is registered for notification.
pub fn is_registered(queue: &PosixMq) -> Result<bool> {
    Ok(!line(queue)?.ends_with("NOTIFY_PID:0"))
}
