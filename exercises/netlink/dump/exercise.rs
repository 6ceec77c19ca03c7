//! The answer to a netlink request; see netlink(7).

use nix::{
    Result,
    errno::Errno,
    sys::socket::{MsgFlags, recv},
};
use std::os::fd::{AsRawFd, OwnedFd};

/// A netlink message.
#[derive(Debug)]
pub struct Message {
    /// Its type, `nlmsg_type`.
    pub kind: u16,
    /// What is behind its `struct nlmsghdr`.
    pub payload: Vec<u8>,
}

/// Receives the answer to the one request that is under way on `socket`. It was sent with `NLM_F_ACK` or as a dump, so
/// the kernel says where the answer ends. What only says that is not part of it. A refusal becomes its errno.
pub fn answer(socket: &OwnedFd) -> Result<Vec<Message>> {
    let mut buffer = vec![0; 32 << 10];
    let length = recv(socket.as_raw_fd(), &mut buffer, MsgFlags::empty())?;
    let (message, _) = first(&buffer[..length])?;
    Ok(vec![message])
}

/// The first message of a datagram, and what is left of the datagram behind it. EBADMSG: no whole message is there.
fn first(datagram: &[u8]) -> Result<(Message, &[u8])> {
    let [l0, l1, l2, l3, k0, k1, ..] = *datagram else { return Err(Errno::EBADMSG) };
    let length = u32::from_ne_bytes([l0, l1, l2, l3]) as usize;
    let payload = datagram.get(16..length).ok_or(Errno::EBADMSG)?.to_vec();
    // The next one begins at a multiple of four.
    let rest = datagram.get(length.next_multiple_of(4)..).unwrap_or_default();
    Ok((Message { kind: u16::from_ne_bytes([k0, k1]), payload }, rest))
}
