//! The part of the story about the socket that keeps messages whole, too.

use anyhow::{Context, Result};
use lesson::{part, show};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, recv, send, socketpair,
};
use std::os::fd::AsRawFd;

// ANCHOR: a_socket_instead
pub fn a_socket_instead() -> Result<()> {
    part("a socket instead");
    let flags = SockFlag::SOCK_CLOEXEC;
    let (ours, theirs) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, flags)
        .context("make two ends")?;
    for text in ["first", "second", ""] {
        send(theirs.as_raw_fd(), text.as_bytes(), MsgFlags::empty())?;
    }
    // With MSG_TRUNC the call says how long the message was.
    let receive = |room: usize| {
        let length = recv(ours.as_raw_fd(), &mut vec![0; room], MsgFlags::MSG_TRUNC);
        length.map(|length| format!("{} of {length} bytes", length.min(room)))
    };
    show("receive, with room for 4", receive(4));
    show("receive, with room for 64", receive(64));
    show("receive the empty message", receive(64));
    drop(theirs);
    show("receive when the other end is closed", receive(64));
    let send = send(ours.as_raw_fd(), b"x", MsgFlags::MSG_NOSIGNAL);
    show("send to it", send);
    Ok(())
}
// ANCHOR_END: a_socket_instead
