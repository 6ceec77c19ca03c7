//! One generic netlink socket: a request goes out, its answer comes in.
//!
//! neli has an [`NlRouter`](neli::router::synchronous::NlRouter) that does this too, and
//! [`links`](crate::links) uses it. In neli 0.7.5 it loses the text of a refusal on the
//! way, and the text is half of this chapter.

use crate::refusal::{Error, Refusal, Result};
use neli::{
    Size, ToBytes,
    consts::{nl::NlmF, nl::Nlmsg, socket::NlFamily},
    nl::{NlPayload, Nlmsghdr, NlmsghdrBuilder},
    socket::synchronous::NlSocketHandle,
    types::Buffer,
    utils::Groups,
};
use std::{cell::Cell, fmt::Debug};

// ANCHOR: socket
/// A socket of protocol `NETLINK_GENERIC`.
pub struct Socket {
    handle: NlSocketHandle,
    last_sequence: Cell<u32>,
}

impl Socket {
    /// socket(2) and bind(2). The kernel chooses the port. Refusals will come with a text.
    pub fn connect() -> Result<Socket> {
        let handle = NlSocketHandle::connect(NlFamily::Generic, None, Groups::empty())?;
        let socket = Socket { handle, last_sequence: Cell::new(0) };
        socket.set_texts(true)?;
        Ok(socket)
    }

    /// Whether refusals come with a text: the socket option `NETLINK_EXT_ACK`.
    pub fn set_texts(&self, wanted: bool) -> Result<()> {
        Ok(self.handle.enable_ext_ack(wanted)?)
    }
}
// ANCHOR_END: socket

// ANCHOR: answer
/// All that the kernel had to say to one request.
#[derive(Debug, Default)]
pub struct Answer {
    /// What the messages carry behind `struct nlmsghdr`, without the acknowledgement at the
    /// end.
    pub messages: Vec<Buffer>,
    /// How many calls of recv(2) it took.
    pub datagrams: usize,
    /// A dump was interrupted by a change: it may lack something, or hold something twice.
    pub interrupted: bool,
}
// ANCHOR_END: answer

impl Socket {
    // ANCHOR: request
    /// Sends a request to the family with number `family` and waits until the kernel has
    /// said everything.
    ///
    /// # Errors
    /// [`Error::Refused`] when the kernel refuses; what that means depends on the request.
    pub fn request<P: Size + ToBytes + Debug>(
        &self,
        family: u16,
        flags: NlmF,
        payload: P,
    ) -> Result<Answer> {
        let sequence = self.send(family, flags, payload)?;
        self.receive(sequence)
    }

    /// The first half of a request. Returns the sequence number by which its answer is
    /// known.
    pub fn send<P: Size + ToBytes + Debug>(
        &self,
        family: u16,
        flags: NlmF,
        payload: P,
    ) -> Result<u32> {
        let sequence = self.last_sequence.get().wrapping_add(1);
        self.last_sequence.set(sequence);
        self.handle.send(&message(family, flags, sequence, payload)?)?;
        Ok(sequence)
    }
    // ANCHOR_END: request

    // ANCHOR: receive
    /// The second half: collects messages until the one that ends the answer.
    pub fn receive(&self, sequence: u32) -> Result<Answer> {
        let mut answer = Answer::default();
        loop {
            let (messages, _groups) = self.handle.recv::<u16, Buffer>()?;
            answer.datagrams += 1;
            for message in messages {
                let message = message?;
                if *message.nl_seq() != sequence {
                    continue; // the rest of an answer that nobody waited for
                }
                answer.interrupted |= message.nl_flags().contains(NlmF::DUMP_INTR);
                let done = *message.nl_type() == Nlmsg::Done.into();
                match message.nl_payload() {
                    NlPayload::Payload(payload) if !done => {
                        answer.messages.push(payload.clone())
                    }
                    NlPayload::Err(error) => {
                        return Err(Error::Refused(Refusal::new(error)));
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
