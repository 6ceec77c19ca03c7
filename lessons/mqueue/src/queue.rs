//! A queue with a name that goes away, and messages received with room enough.

use lesson::errno;
use nix::{Result, errno::Errno};
use posixmq::{OpenOptions, PosixMq, remove_queue};
use std::{
    fmt,
    ops::Deref,
    os::fd::{AsRawFd, BorrowedFd},
    time::SystemTime,
};

/// A message as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// From 0, the lowest, to 32767.
    pub priority: u32,
    /// What the sender sent. A message has no other type.
    pub bytes: Vec<u8>,
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({})", String::from_utf8_lossy(&self.bytes), self.priority)
    }
}

// ANCHOR: receive
/// mq_receive(3), with as much room as this queue asks for: its largest message, however
/// small the one is that comes. EAGAIN: it is empty, and the descriptor does not block.
pub fn receive(queue: &PosixMq) -> Result<Message> {
    let mut bytes = vec![0; errno(queue.attributes())?.max_msg_len];
    let (priority, length) = errno(queue.recv(&mut bytes))?;
    bytes.truncate(length);
    Ok(Message { priority, bytes })
}
// ANCHOR_END: receive

/// mq_timedreceive(3): waits until `deadline` at most, by the clock on the wall. ETIMEDOUT:
/// no message came.
pub fn receive_before(queue: &PosixMq, deadline: SystemTime) -> Result<Message> {
    let mut bytes = vec![0; errno(queue.attributes())?.max_msg_len];
    let (priority, length) = errno(queue.recv_deadline(&mut bytes, deadline))?;
    bytes.truncate(length);
    Ok(Message { priority, bytes })
}

/// The descriptor of a queue, which on Linux is that of a file.
pub fn descriptor(queue: &PosixMq) -> BorrowedFd<'_> {
    // SAFETY: it stays open as long as the queue is borrowed.
    unsafe { BorrowedFd::borrow_raw(queue.as_raw_fd()) }
}

/// Receives whatever is there now, in the order in which the kernel gives it.
pub fn drain(queue: &PosixMq) -> Result<Vec<Message>> {
    let now = SystemTime::UNIX_EPOCH;
    let mut messages = Vec::new();
    loop {
        match receive_before(queue, now) {
            Ok(message) => messages.push(message),
            Err(Errno::ETIMEDOUT | Errno::EAGAIN) => return Ok(messages),
            Err(errno) => return Err(errno),
        }
    }
}

// ANCHOR: queue
/// A queue that we have made. Dropping it unlinks it, or it would outlive us.
#[derive(Debug)]
pub struct Queue {
    name: String,
    queue: PosixMq,
}

impl Queue {
    /// mq_open(3): a new queue for at most `capacity` messages of at most `size` bytes, open
    /// for both directions. One of this name that an earlier run left is removed first.
    ///
    /// EINVAL: more or larger than the limits allow. EMFILE: more memory than
    /// `RLIMIT_MSGQUEUE` allows. ENOSPC: more queues than there may be.
    pub fn create(name: &str, capacity: usize, size: usize) -> Result<Queue> {
        let _ = remove_queue(name);
        let mut options = OpenOptions::readwrite();
        let options = options.create_new().capacity(capacity).max_msg_len(size);
        Ok(Queue { name: name.into(), queue: errno(options.open(name))? })
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // ENOENT: somebody has unlinked it already, which is as well.
        let _ = remove_queue(&self.name);
    }
}
// ANCHOR_END: queue

impl Queue {
    /// mq_open(3) without a size: the defaults of `/proc/sys/fs/mqueue`.
    pub fn with_defaults(name: &str) -> Result<Queue> {
        Queue::create(name, 0, 0)
    }

    /// mq_open(3): one that somebody else has made, to take it over. ENOENT: there is none.
    pub fn existing(name: &str) -> Result<Queue> {
        let queue = errno(OpenOptions::readwrite().open(name))?;
        Ok(Queue { name: name.into(), queue })
    }

    /// mq_unlink(3). The queue lives on for those who have it open.
    pub fn unlink(&self) -> Result<()> {
        errno(remove_queue(&self.name))
    }

    /// The name, with its slash.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Deref for Queue {
    type Target = PosixMq;

    fn deref(&self) -> &PosixMq {
        &self.queue
    }
}
