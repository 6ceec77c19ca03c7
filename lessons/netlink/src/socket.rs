//! One generic netlink socket: a request goes out, its answer comes in.
//!
//! neli has an [`NlRouter`](neli::router::synchronous::NlRouter) that does this too, and
//! [`links`](crate::links) uses it. In neli 0.7.5 it loses the text of a refusal on the
//! way, and the text is half of this chapter. Its `NlSocketHandle` fills the buffer with
//! zeros again after each datagram, all 32 KiB of it. So this is built on
//! [`NlSocket`], which leaves the buffers to us.

use crate::{
    attributes::Place,
    refusal::{Error, Refusal, Result},
};
use neli::{
    FromBytes, Size, ToBytes,
    consts::{
        nl::NlmF,
        nl::Nlmsg,
        socket::{Msg, NlFamily},
    },
    nl::{NlPayload, Nlmsghdr, NlmsghdrBuilder},
    socket::NlSocket,
    utils::Groups,
};
use nix::sys::socket::{MsgFlags, recv};
use std::{io::Cursor, os::fd::AsRawFd};

// ANCHOR: socket
/// The largest datagram that the kernel makes, in bytes.
const DATAGRAM_MAX: usize = 32 << 10;

/// A socket of protocol `NETLINK_GENERIC`.
pub struct Socket {
    socket: NlSocket,
    last_sequence: u32,
    /// Where requests are put together, one after the other.
    request: Cursor<Vec<u8>>,
    /// Where datagrams are received.
    datagram: Vec<u8>,
}

impl Socket {
    /// socket(2) and bind(2). The kernel chooses the port. Refusals will come with a text.
    pub fn connect() -> Result<Socket> {
        let socket = NlSocket::connect(NlFamily::Generic, None, Groups::empty())?;
        let socket = Socket {
            socket,
            last_sequence: 0,
            request: Cursor::default(),
            datagram: vec![0; DATAGRAM_MAX],
        };
        socket.set_texts(true)?;
        Ok(socket)
    }

    /// Whether refusals come with a text: the socket option `NETLINK_EXT_ACK`.
    pub fn set_texts(&self, wanted: bool) -> Result<()> {
        Ok(self.socket.enable_ext_ack(wanted)?)
    }
}
// ANCHOR_END: socket

// ANCHOR: answer
/// What came of a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answer {
    /// How many messages there were, without the acknowledgement at the end.
    pub messages: usize,
    /// How many calls of recv(2) it took.
    pub datagrams: usize,
    /// A dump was interrupted by a change: it may lack something, or hold something twice.
    pub interrupted: bool,
}
// ANCHOR_END: answer

impl Socket {
    // ANCHOR: request
    /// Sends a request to the family with number `family` and waits until the kernel has
    /// said everything. `read` gets each message, without its `struct nlmsghdr`.
    ///
    /// # Errors
    /// [`Error::Refused`] when the kernel refuses; what that means depends on the request.
    pub fn request<P: Size + ToBytes>(
        &mut self,
        family: u16,
        flags: NlmF,
        payload: P,
        read: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<Answer> {
        let sequence = self.send(family, flags, payload)?;
        self.receive(sequence, read)
    }

    /// The first half of a request. Returns the sequence number by which its answer is
    /// known.
    pub fn send<P: Size + ToBytes>(
        &mut self,
        family: u16,
        flags: NlmF,
        payload: P,
    ) -> Result<u32> {
        self.last_sequence = self.last_sequence.wrapping_add(1);
        let message = message(family, flags, self.last_sequence, payload)?;
        self.request.get_mut().clear();
        self.request.set_position(0);
        message.to_bytes(&mut self.request)?;
        self.socket.send(self.request.get_ref(), Msg::empty())?;
        Ok(self.last_sequence)
    }
    // ANCHOR_END: request

    // ANCHOR: receive
    /// The second half: reads messages until the one that ends the answer.
    pub fn receive(
        &mut self,
        sequence: u32,
        mut read: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<Answer> {
        let mut answer = Answer::default();
        loop {
            let length =
                recv(self.socket.as_raw_fd(), &mut self.datagram, MsgFlags::empty())?;
            let datagram = &self.datagram[..length];
            answer.datagrams += 1;
            let mut messages = Cursor::new(datagram);
            while messages.position() < length as u64 {
                let message = Nlmsghdr::<u16, Place>::from_bytes(&mut messages)?;
                if *message.nl_seq() != sequence {
                    continue; // the rest of an answer that nobody waited for
                }
                answer.interrupted |= message.nl_flags().contains(NlmF::DUMP_INTR);
                let done = *message.nl_type() == Nlmsg::Done.into();
                match message.nl_payload() {
                    NlPayload::Payload(place) if !done => {
                        answer.messages += 1;
                        read(place.of(datagram))?;
                    }
                    NlPayload::Err(error) => {
                        return Err(Error::Refused(Refusal::new(error, datagram)));
                    }
                    NlPayload::DumpExtAck(end) if *end.error() < 0 => {
                        return Err(Error::Refused(Refusal::midway(end)));
                    }
                    _ => return Ok(answer),
                }
            }
        }
    }
    // ANCHOR_END: receive
}

// ANCHOR: message
/// A payload with `struct nlmsghdr` before it, asking for an answer and an acknowledgement.
pub fn message<P: Size>(
    family: u16,
    flags: NlmF,
    sequence: u32,
    payload: P,
) -> Result<Nlmsghdr<u16, P>> {
    Ok(NlmsghdrBuilder::default()
        .nl_type(family)
        .nl_flags(NlmF::REQUEST | NlmF::ACK | flags)
        .nl_seq(sequence)
        .nl_payload(NlPayload::Payload(payload))
        .build()?)
}
// ANCHOR_END: message
