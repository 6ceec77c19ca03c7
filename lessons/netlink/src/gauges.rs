//! The requests of the family "crossings".

use crate::{
    Attribute, Command, FAMILY, GROUP, Gauge, RangeAttribute, VERSION,
    attributes::Attributes,
    family::{self, Family},
    refusal::Result,
    socket::{self, Answer, Socket},
};
use neli::{
    Header, Size, ToBytes,
    consts::{genl::NlAttrType, nl::NlmF},
    err::DeError,
    genl::{AttrTypeBuilder, Genlmsghdr, GenlmsghdrBuilder, Nlattr, NlattrBuilder},
    types::{Buffer, GenlBuffer},
};
use std::ops::RangeInclusive;

/// The table of gauges.
pub struct Gauges {
    socket: Socket,
    family: Family,
    /// The request for one gauge, as bytes.
    get: Vec<u8>,
}

/// A whole message behind `struct nlmsghdr`.
pub type Message = Genlmsghdr<Command, Attribute>;

// ANCHOR: attribute
/// One attribute: length, type, payload.
pub fn attribute<T: NlAttrType, P: Size + ToBytes>(
    kind: T,
    payload: P,
) -> Result<Nlattr<T, Buffer>> {
    let kind = AttrTypeBuilder::default().nla_type(kind).build()?;
    Ok(NlattrBuilder::default().nla_type(kind).nla_payload(payload).build()?)
}

/// An attribute whose payload is attributes.
pub fn range_attribute(range: &RangeInclusive<u32>) -> Result<Nlattr<Attribute, Buffer>> {
    Ok(attribute(Attribute::Range, Buffer::new())?
        .nest(&attribute(RangeAttribute::Low, *range.start())?)?
        .nest(&attribute(RangeAttribute::High, *range.end())?)?)
}

/// A command and its attributes.
pub fn message(
    command: Command,
    attributes: impl IntoIterator<Item = Nlattr<Attribute, Buffer>>,
) -> Result<Message> {
    let attributes = GenlBuffer::from_iter(attributes);
    Ok(GenlmsghdrBuilder::default()
        .cmd(command)
        .version(VERSION)
        .attrs(attributes)
        .build()?)
}
// ANCHOR_END: attribute

impl Gauges {
    /// Finds the family. ENOENT: its module is not loaded.
    pub fn connect() -> Result<Gauges> {
        let mut socket = Socket::connect()?;
        let family = family::resolve(&mut socket, FAMILY)?;
        let get = message(Command::Get, [attribute(Attribute::Id, 0_u32)?])?;
        let get = socket::bytes(family.id, NlmF::empty(), 0, get)?;
        Ok(Gauges { socket, family, get })
    }

    /// What the kernel calls the family and its groups today.
    pub fn family(&self) -> &Family {
        &self.family
    }

    /// The number of the group "events".
    pub fn group(&self) -> Result<u32> {
        Ok(self
            .family
            .group(GROUP)
            .ok_or_else(|| DeError::new("the family has no such group"))?)
    }

    // ANCHOR: get
    /// One gauge. ENOENT: there is none with this id.
    pub fn get(&mut self, id: u32) -> Result<Gauge> {
        // Made once, and always the same but for two numbers. The id is the last thing in it.
        if let Some(place) = self.get.last_chunk_mut() {
            *place = id.to_ne_bytes();
        }
        let sequence = self.socket.send_again(&mut self.get)?;
        self.gauge(sequence)
    }
    // ANCHOR_END: get

    // ANCHOR: create
    /// Makes a gauge with value 0. ENOSPC: the table is full. EPERM: not root.
    pub fn create(&mut self, name: &str, range: RangeInclusive<u32>) -> Result<Gauge> {
        let attributes = [attribute(Attribute::Name, name)?, range_attribute(&range)?];
        self.ask(message(Command::New, attributes)?)
    }
    // ANCHOR_END: create

    /// Sets a gauge's value. ERANGE: above 10000. ENOENT: there is none with this id.
    /// EPERM: not root.
    pub fn set_value(&mut self, id: u32, value: u32) -> Result<()> {
        let attributes =
            [attribute(Attribute::Id, id)?, attribute(Attribute::Value, value)?];
        self.request(message(Command::Set, attributes)?).map(drop)
    }

    // ANCHOR: echo
    /// The same, and the kernel sends back the event that comes of it: the flag ECHO.
    pub fn set_value_echoed(&mut self, id: u32, value: u32) -> Result<Gauge> {
        let attributes =
            [attribute(Attribute::Id, id)?, attribute(Attribute::Value, value)?];
        let set = message(Command::Set, attributes)?;
        let sequence = self.socket.send(self.family.id, NlmF::ECHO, set)?;
        self.gauge(sequence)
    }
    // ANCHOR_END: echo

    /// Sets a value through a send with an address: the kernel's, port 0.
    pub fn set_value_addressed(&mut self, id: u32, value: u32) -> Result<()> {
        let attributes =
            [attribute(Attribute::Id, id)?, attribute(Attribute::Value, value)?];
        let set = message(Command::Set, attributes)?;
        let sequence = self.socket.send_to_kernel(self.family.id, set)?;
        self.socket.receive(sequence, |_| Ok(())).map(drop)
    }

    /// Asks for a gauge, and reads nothing of the answer.
    pub fn ask_only(&mut self, id: u32) -> Result<()> {
        let question = message(Command::Get, [attribute(Attribute::Id, id)?])?;
        self.socket.send(self.family.id, NlmF::empty(), question).map(drop)
    }

    /// Removes a gauge. ENOENT: there is none with this id. EPERM: not root.
    pub fn delete(&mut self, id: u32) -> Result<()> {
        self.request(message(Command::Del, [attribute(Attribute::Id, id)?])?).map(drop)
    }

    // ANCHOR: dump
    /// All gauges. The table may change while they are read: see [`Answer::interrupted`].
    pub fn dump(&mut self) -> Result<(Vec<Gauge>, Answer)> {
        let sequence = self.start_dump()?;
        self.finish_dump(sequence)
    }

    /// Asks for all gauges. The kernel fills the first datagram now, and each further one
    /// when one is read.
    pub fn start_dump(&mut self) -> Result<u32> {
        self.socket.send(self.family.id, NlmF::DUMP, message(Command::Get, [])?)
    }

    /// Reads what [`start_dump`](Gauges::start_dump) asked for.
    pub fn finish_dump(&mut self, sequence: u32) -> Result<(Vec<Gauge>, Answer)> {
        let mut gauges = Vec::new();
        let answer = self.socket.receive(sequence, |message| {
            gauges.push(gauge(message)?);
            Ok(())
        })?;
        Ok((gauges, answer))
    }
    // ANCHOR_END: dump

    /// Removes all gauges.
    pub fn clear(&mut self) -> Result<()> {
        let (gauges, _) = self.dump()?;
        gauges.iter().try_for_each(|gauge| self.delete(gauge.id))
    }

    /// The socket that the requests go through.
    pub fn socket(&mut self) -> &mut Socket {
        &mut self.socket
    }

    // ANCHOR: ask
    /// Sends a message that is answered with one gauge.
    fn ask(&mut self, payload: Message) -> Result<Gauge> {
        let sequence = self.socket.send(self.family.id, NlmF::empty(), payload)?;
        self.gauge(sequence)
    }

    /// Waits for the gauge that answers a request.
    fn gauge(&mut self, sequence: u32) -> Result<Gauge> {
        let mut answer = None;
        self.socket.receive(sequence, |message| {
            answer = Some(gauge(message)?);
            Ok(())
        })?;
        Ok(answer.ok_or_else(|| DeError::new("the answer is empty"))?)
    }
    // ANCHOR_END: ask

    /// Sends any message to the family, and reads nothing of the answer.
    pub(crate) fn request<P: Size + ToBytes>(&mut self, payload: P) -> Result<Answer> {
        self.request_with(NlmF::empty(), payload)
    }

    /// The same with flags, such as `NLM_F_DUMP`.
    pub(crate) fn request_with<P: Size + ToBytes>(
        &mut self,
        flags: NlmF,
        payload: P,
    ) -> Result<Answer> {
        self.socket.request(self.family.id, flags, payload, |_| Ok(()))
    }
}

fn gauge(message: &[u8]) -> Result<Gauge> {
    let attributes = message.get(Message::header_size()..);
    let attributes = attributes.ok_or(DeError::InvalidInput(message.len()))?;
    Ok(Gauge::new(&Attributes::new(attributes)?)?)
}
