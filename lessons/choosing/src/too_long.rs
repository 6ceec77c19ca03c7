//! One byte more than fits, or far too much: what each way says to that.

use crate::{
    MOST, To,
    door::{self, DEVICE, Ioctl, PROC, SYSFS},
    message::Netlink,
    queue,
};
use lesson::errno;
use nix::{
    Result,
    fcntl::OFlag,
    libc,
    mqueue::{MQ_OFlag, mq_send},
    sys::{
        eventfd::{EfdFlags, EventFd},
        socket::{
            AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockType, send, sendto,
            socketpair,
        },
        uio::pwrite,
    },
    unistd::{pipe2, write},
};
use std::os::fd::AsRawFd;

/// One call that sends too much.
pub struct Attempt {
    /// What is sent where.
    pub what: &'static str,
    /// Who is at the other end.
    pub to: To,
    /// Makes the call. Returns how many bytes went.
    pub call: fn() -> Result<usize>,
}

const fn kernel(what: &'static str, call: fn() -> Result<usize>) -> Attempt {
    Attempt { what, to: To::Kernel, call }
}

const fn process(what: &'static str, call: fn() -> Result<usize>) -> Attempt {
    Attempt { what, to: To::Process, call }
}

// ANCHOR: attempts
/// All of them.
pub const ATTEMPTS: [Attempt; 12] = [
    kernel("write(2) to the device, 1 MiB and 1 byte", || write_at(DEVICE, 0)),
    kernel("write(2) to the device, behind the last byte", || write_at(DEVICE, MOST)),
    kernel("write(2) to /proc, 1 MiB and 1 byte", || write_at(PROC, 0)),
    kernel("write(2) to /sys, 1 MiB and 1 byte", || write_at(SYSFS, 0)),
    kernel("write(2) to /sys, behind the last byte", || write_at(SYSFS, MOST)),
    kernel("ioctl(2), 1 MiB and 1 byte", by_ioctl),
    kernel("mmap(2), 1 MiB and a page", by_mmap),
    kernel("netlink(7), 1 MiB and 1 byte", by_netlink),
    process("an eventfd, the largest number", by_eventfd),
    process("a message queue, 1 byte more than its limit", by_queue),
    process("a pipe that nobody empties, 1 MiB and 1 byte", by_pipe),
    process("a socket of type SOCK_SEQPACKET, 1 MiB and 1 byte", by_socket),
];
// ANCHOR_END: attempts

fn too_much() -> Vec<u8> {
    vec![b'.'; MOST + 1]
}

fn write_at(path: &str, offset: usize) -> Result<usize> {
    pwrite(errno(door::open(path))?, &too_much(), offset as libc::off_t)
}

fn by_ioctl() -> Result<usize> {
    let bytes = too_much();
    errno(Ioctl::from(errno(door::open(DEVICE))?).put(&bytes)).map(|()| bytes.len())
}

fn by_mmap() -> Result<usize> {
    const LENGTH: usize = MOST + 4096;
    errno(door::map(&errno(door::open(DEVICE))?, LENGTH)).map(|_| LENGTH)
}

/// The message is never looked at: it does not fit into the socket's buffer.
fn by_netlink() -> Result<usize> {
    let netlink = errno(Netlink::open())?;
    let kernel = NetlinkAddr::new(0, 0);
    sendto(netlink.socket().as_raw_fd(), &too_much(), &kernel, MsgFlags::empty())
}

fn by_eventfd() -> Result<usize> {
    EventFd::from_flags(EfdFlags::EFD_NONBLOCK)?.write(u64::MAX)
}

fn by_queue() -> Result<usize> {
    let queue = queue::make("full", MQ_OFlag::O_NONBLOCK)?;
    let bytes = vec![b'.'; queue::size(&queue)? + 1];
    mq_send(&queue, &bytes, 0).map(|()| bytes.len())
}

fn by_pipe() -> Result<usize> {
    let (_nobody, to) = pipe2(OFlag::O_NONBLOCK | OFlag::O_CLOEXEC)?;
    write(&to, &too_much())
}

fn by_socket() -> Result<usize> {
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    let (_nobody, to) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, flags)?;
    send(to.as_raw_fd(), &too_much(), MsgFlags::from_bits_retain(libc::MSG_NOSIGNAL))
}
