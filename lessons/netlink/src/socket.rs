//! One generic netlink socket: a request goes out, its answer comes in.
//!
//! neli has an [`NlRouter`](neli::router::synchronous::NlRouter) that does this too, and
//! [`links`](crate::links) uses it. In neli 0.7.5 it loses the text of a refusal on the
//! way, and the text is half of this chapter. Its `NlSocketHandle` fills the buffer with
//! zeros again after each datagram, all 32 KiB of it. So this is built on
//! [`NlSocket`], which leaves the buffers to us. neli builds the requests and takes refusals
//! apart; the headers of what comes most often are read here.

use crate::{
    attributes::Place,
    refusal::{Error, Refusal, Result},
};
use neli::{
    FromBytes, Size, ToBytes,
    consts::{
        nl::NlmF,
        socket::{Msg, NlFamily},
    },
    err::DeError,
    nl::{NlPayload, Nlmsghdr, NlmsghdrBuilder},
    socket::NlSocket,
    utils::Groups,
};
use nix::{
    libc::{self, nlmsghdr},
    sys::socket::{MsgFlags, NetlinkAddr, recv, sendto},
};
use std::{io::Cursor, mem::offset_of, os::fd::AsRawFd};

// ANCHOR: socket
/// The largest datagram that the kernel makes, in bytes.
const DATAGRAM_MAX: usize = 32 << 10;

/// A socket of protocol `NETLINK_GENERIC`.
pub struct Socket {
    socket: NlSocket,
    last_sequence: u32,
    /// Where datagrams are received.
    datagram: Vec<u8>,
}

impl Socket {
    /// socket(2) and bind(2). The kernel chooses the port. Refusals will come with a text.
    pub fn connect() -> Result<Socket> {
        let socket = NlSocket::connect(NlFamily::Generic, None, Groups::empty())?;
        let socket = Socket { socket, last_sequence: 0, datagram: vec![0; DATAGRAM_MAX] };
        socket.set_texts(true)?;
        Ok(socket)
    }

    /// Whether refusals come with a text: the socket option `NETLINK_EXT_ACK`.
    pub fn set_texts(&self, wanted: bool) -> Result<()> {
        Ok(self.socket.enable_ext_ack(wanted)?)
    }

    /// How many bytes of answers the kernel keeps for this socket: `SO_RCVBUF`.
    pub fn set_memory(&self, bytes: usize) -> Result<()> {
        Ok(self.socket.set_recv_buffer_size(bytes)?)
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
        let mut request = bytes(family, flags, 0, payload)?;
        self.send_again(&mut request)
    }
    // ANCHOR_END: request

    // ANCHOR: send_to_kernel
    /// The same by sendto(2), with the kernel's address. Nothing but the check of the
    /// capability differs.
    pub fn send_to_kernel<P: Size + ToBytes>(
        &mut self,
        family: u16,
        payload: P,
    ) -> Result<u32> {
        self.last_sequence = self.last_sequence.wrapping_add(1);
        let request = bytes(family, NlmF::empty(), self.last_sequence, payload)?;
        let kernel = NetlinkAddr::new(0, 0);
        sendto(self.socket.as_raw_fd(), &request, &kernel, MsgFlags::empty())?;
        Ok(self.last_sequence)
    }
    // ANCHOR_END: send_to_kernel

    // ANCHOR: send_again
    /// Sends a message that was made before, with a new sequence number. Returns that.
    pub fn send_again(&mut self, request: &mut [u8]) -> Result<u32> {
        self.last_sequence = self.last_sequence.wrapping_add(1);
        let place = &mut request[offset_of!(nlmsghdr, nlmsg_seq)..][..size_of::<u32>()];
        place.copy_from_slice(&self.last_sequence.to_ne_bytes());
        self.socket.send(request, Msg::empty())?;
        Ok(self.last_sequence)
    }
    // ANCHOR_END: send_again

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
            let mut start = 0;
            while start < length {
                let (header, payload) = message_at(datagram, start)?;
                let place = start as u64;
                // The next one begins at a multiple of four.
                start += header.length.next_multiple_of(4);
                if header.sequence != sequence {
                    continue; // the rest of an answer that nobody waited for
                }
                answer.interrupted |= header.flags & NlmF::DUMP_INTR.bits() != 0;
                match header.kind {
                    ERROR if payload.starts_with(&[0; size_of::<i32>()]) => {
                        return Ok(answer); // no error: an acknowledgement
                    }
                    ERROR | DONE => {
                        return refused(datagram, place).map_or(Ok(answer), Err);
                    }
                    _ => {
                        answer.messages += 1;
                        read(payload)?;
                    }
                }
            }
        }
    }
    // ANCHOR_END: receive
}

/// What a refusal and the end of a dump come as.
const ERROR: u16 = libc::NLMSG_ERROR as u16;
const DONE: u16 = libc::NLMSG_DONE as u16;

/// What we need of `struct nlmsghdr`.
struct Header {
    length: usize,
    kind: u16,
    flags: u16,
    sequence: u32,
}

/// The header of the message at `start` and what is behind it. InvalidInput: it is longer than
/// the rest of the datagram, or shorter than its own header.
fn message_at(datagram: &[u8], start: usize) -> Result<(Header, &[u8])> {
    let rest = &datagram[start..];
    let invalid = || DeError::InvalidInput(rest.len());
    let (bytes, _) = rest.split_first_chunk::<16>().ok_or_else(invalid)?;
    let half = |place: usize| u16::from_ne_bytes([bytes[place], bytes[place + 1]]);
    let word = |place: usize| {
        u32::from_ne_bytes([
            bytes[place],
            bytes[place + 1],
            bytes[place + 2],
            bytes[place + 3],
        ])
    };
    let header = Header {
        length: word(offset_of!(nlmsghdr, nlmsg_len)) as usize,
        kind: half(offset_of!(nlmsghdr, nlmsg_type)),
        flags: half(offset_of!(nlmsghdr, nlmsg_flags)),
        sequence: word(offset_of!(nlmsghdr, nlmsg_seq)),
    };
    let payload = rest.get(bytes.len()..header.length).ok_or_else(invalid)?;
    Ok((header, payload))
}

/// The refusal in the message at `place`, if it is one. A dump's end may be one too.
fn refused(datagram: &[u8], place: u64) -> Option<Error> {
    let mut messages = Cursor::new(datagram);
    messages.set_position(place);
    match Nlmsghdr::<u16, Place>::from_bytes(&mut messages) {
        Err(error) => Some(error.into()),
        Ok(message) => match message.nl_payload() {
            NlPayload::Err(error) => Some(Error::Refused(Refusal::new(error, datagram))),
            NlPayload::DumpExtAck(end) if *end.error() < 0 => {
                Some(Error::Refused(Refusal::midway(end)))
            }
            _ => None,
        },
    }
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

/// The same as the bytes that are sent.
pub fn bytes<P: Size + ToBytes>(
    family: u16,
    flags: NlmF,
    sequence: u32,
    payload: P,
) -> Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    message(family, flags, sequence, payload)?.to_bytes(&mut bytes)?;
    Ok(bytes.into_inner())
}
