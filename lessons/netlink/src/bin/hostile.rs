//! Throws nonsense at the family: random bytes as messages, real commands with random
//! attributes, pointers of every bad kind, and dumps that nobody reads to the end; then
//! checks that the table still works.

use anyhow::{Context, Result, ensure};
use crossings_netlink::gauges::Gauges;
use lesson::hostile::{PAGE, Rng, any_length, run};
use nix::{
    libc::{self, SYS_recvfrom, SYS_sendto, syscall},
    sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, socket},
};
use std::os::fd::{AsRawFd, OwnedFd};

fn main() -> Result<()> {
    let mut gauges = Gauges::connect().context("find the family")?;
    let (family, group) = (gauges.family().id, gauges.group()?);
    let shared = listener(group)?;
    run(|random, pointers| {
        // Half of the messages go through one socket that all threads share, half through a
        // fresh one.
        let fresh = if random.bool() { listener(group).ok() } else { None };
        let fd = fresh.as_ref().unwrap_or(&shared).as_raw_fd();
        let message = message(random, family);
        let (pointer, length) = match random.u8(..8) {
            0 => (pointers.any(random), any_length(random)),
            _ => (message.as_ptr() as usize, message.len()),
        };
        // SAFETY: the kernel checks every address, and only reads there.
        unsafe { syscall(SYS_sendto, fd, pointer, length, libc::MSG_DONTWAIT, 0, 0) };
        let (pointer, length) = if random.bool() {
            (pointers.any(random), any_length(random))
        } else {
            (pointers.writable(), PAGE)
        };
        // SAFETY: the kernel checks every address; those it may write to lie in pages that
        // no Rust reference sees.
        unsafe { syscall(SYS_recvfrom, fd, pointer, length, libc::MSG_DONTWAIT, 0, 0) };
    })?;
    drop(shared);
    gauges.clear().context("remove what is left")?;
    let made = gauges.create("still here", 1..=2).context("make a gauge")?;
    let (all, _) = gauges.dump().context("dump")?;
    ensure!(all == [made], "the table holds {all:?}");
    Ok(gauges.clear()?)
}

/// A socket that hears the events, too.
fn listener(group: u32) -> nix::Result<OwnedFd> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket =
        socket(AddressFamily::Netlink, SockType::Raw, flags, SockProtocol::NetlinkGeneric)?;
    let size = size_of_val(&group) as libc::socklen_t;
    // SAFETY: the kernel reads one u32, and `group` is one.
    unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_NETLINK,
            libc::NETLINK_ADD_MEMBERSHIP,
            (&raw const group).cast(),
            size,
        )
    };
    Ok(socket)
}

/// A message with a header that is mostly right, and attributes that are mostly wrong.
fn message(random: &mut Rng, family: u16) -> Vec<u8> {
    let mut attributes = Vec::new();
    for _ in 0..random.usize(..6) {
        attribute(random, &mut attributes, 2);
    }
    let flags = [0x5u16, 0x305, 0x1, random.u16(..)][random.usize(..4)];
    let length = match random.u8(..16) {
        0 => random.u32(..),
        _ => 20 + attributes.len() as u32,
    };
    let kind = if random.u8(..32) == 0 { random.u16(..) } else { family };
    let reserved = if random.u8(..16) == 0 { random.u16(..) } else { 0 };
    let mut message = length.to_ne_bytes().to_vec();
    message.extend([kind.to_ne_bytes(), flags.to_ne_bytes()].concat());
    message.extend([random.u32(..).to_ne_bytes(), random.u32(..).to_ne_bytes()].concat());
    message.extend([random.u8(..8), 1]);
    message.extend(reserved.to_ne_bytes());
    message.extend(attributes);
    if random.u8(..16) == 0 {
        message.truncate(random.usize(..=message.len()));
    }
    message
}

/// Adds an attribute: now and then a right one, else of any type, any length and any
/// content, nested up to `depth` times.
fn attribute(random: &mut Rng, bytes: &mut Vec<u8>, depth: usize) {
    let start = bytes.len();
    bytes.extend([0; 4]);
    match random.u8(..4) {
        0 if depth > 0 => {
            (0..random.usize(..3)).for_each(|_| attribute(random, bytes, depth - 1))
        }
        1 => bytes.extend(random.u32(..2000).to_ne_bytes()),
        2 => bytes.extend(b"gauge\0"),
        _ => {
            bytes.extend((0..random.usize(..40)).map(|_| random.u8(..)).collect::<Vec<_>>())
        }
    }
    let length = match random.u8(..16) {
        0 => random.u16(..),
        _ => (bytes.len() - start) as u16,
    };
    let nested = if random.bool() { 0x8000 } else { 0 };
    let kind = if random.u8(..16) == 0 { random.u16(..) } else { random.u16(..7) | nested };
    bytes[start..start + 2].copy_from_slice(&length.to_ne_bytes());
    bytes[start + 2..start + 4].copy_from_slice(&kind.to_ne_bytes());
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}
