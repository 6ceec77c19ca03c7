//! Whole messages between two relatives: a pair of Unix sockets of type `SOCK_SEQPACKET`.

use crate::{Crossing, MOST, partner};
use lesson::child::Child;
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, getsockopt, recv, send, socketpair,
    sockopt::SndBuf,
};
use std::{
    io::Result,
    os::fd::{AsRawFd, OwnedFd},
};

/// What the kernel keeps free in the buffer of the sender (`unix_dgram_sendmsg()`, net/unix/af_unix.c).
const KEPT_FREE: usize = 32;

/// Our end.
struct Packets {
    socket: OwnedFd,
    most: usize,
    _partner: Child,
}

/// socketpair(2).
pub fn seqpacket() -> Result<Box<dyn Crossing>> {
    let kind = SockType::SeqPacket;
    let (socket, theirs) =
        socketpair(AddressFamily::Unix, kind, None, SockFlag::SOCK_CLOEXEC)?;
    let most = (getsockopt(&socket, SndBuf)? - KEPT_FREE).min(MOST);
    let mut room = vec![0; most];
    let partner = partner::start(move || {
        let length = recv(theirs.as_raw_fd(), &mut room, MsgFlags::empty())?;
        send(theirs.as_raw_fd(), &room[..length], MsgFlags::empty())?;
        Ok(())
    })?;
    Ok(Box::new(Packets { socket, most, _partner: partner }))
}

// ANCHOR: packet
impl Crossing for Packets {
    /// A message has to fit into `SO_SNDBUF`, socket(7).
    fn most(&self) -> usize {
        self.most
    }

    fn round_trip(&mut self, bytes: &[u8], back: &mut [u8]) -> Result<()> {
        send(self.socket.as_raw_fd(), bytes, MsgFlags::empty())?;
        recv(self.socket.as_raw_fd(), back, MsgFlags::empty())?;
        Ok(())
    }
}
// ANCHOR_END: packet
