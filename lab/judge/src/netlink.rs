//! Generic netlink for checks: requests as bytes, and whatever the kernel sends; see netlink(7).

use crate::{Result, accepted, bail};
use nix::{
    errno::Errno,
    sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket},
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    os::fd::{AsRawFd, OwnedFd},
};

/// The payloads of attributes by their types. The bit that marks a nest does not belong to the type.
pub type Attributes = BTreeMap<u16, Vec<u8>>;

/// The bytes of a `struct nlmsghdr`, and of the `struct genlmsghdr` behind it.
const HEADER: usize = 16;
const GENERIC: usize = 4;

/// The sequence number of all requests.
const SEQUENCE: u32 = 1;

/// More than an answer has. The kernel makes a datagram of a list no longer than the longest buffer that it was offered.
const DATAGRAM: usize = 8 << 10;

/// A message that was received.
#[derive(Debug)]
pub struct Message {
    /// The number of its family, or a type of netlink's own: `NLMSG_ERROR`, `NLMSG_DONE`.
    pub kind: libc::c_int,
    /// `NLM_F_…`.
    pub flags: libc::c_int,
    /// The sequence number of the request that it answers. An event has 0.
    pub sequence: u32,
    /// The port of who has asked. An event has 0.
    pub port: u32,
    payload: Vec<u8>,
}

impl Message {
    /// Its command, if it is a family's.
    pub fn command(&self) -> u8 {
        self.payload.first().copied().unwrap_or_default()
    }

    /// Its attributes, if it is a family's.
    pub fn attributes(&self) -> Attributes {
        parse(self.payload.get(GENERIC..).unwrap_or_default())
    }

    /// How what it ends went, if it is an `NLMSG_ERROR` or an `NLMSG_DONE`.
    pub fn end(&self) -> nix::Result<()> {
        match self.payload.get(..4).and_then(number).unwrap_or_default() as i32 {
            0 => Ok(()),
            error => Err(Errno::from_raw(-error)),
        }
    }
}

/// What the kernel says if it refuses a request.
#[derive(Debug)]
pub struct Refusal {
    /// The errno.
    pub errno: Errno,
    /// The extended acknowledgement, `NLMSGERR_ATTR_…`.
    pub attributes: Attributes,
}

/// A socket of the protocol `NETLINK_GENERIC`, and a family to speak with.
#[derive(Debug)]
pub struct Family {
    socket: OwnedFd,
    number: u16,
    groups: BTreeMap<String, u64>,
    /// What was received between a request and its answer, and belongs to neither.
    events: RefCell<VecDeque<Message>>,
}

impl Family {
    /// A new socket for a family, which is in no group.
    pub fn open(name: &str) -> Result<Family> {
        let socket =
            socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkGeneric)?;
        let groups = BTreeMap::new();
        let mut family = Family { socket, number: libc::GENL_ID_CTRL as u16, groups, events: RefCell::default() };
        // Refusals come with attributes, and without the request that is refused.
        family.set_option(libc::NETLINK_EXT_ACK, 1)?;
        family.set_option(libc::NETLINK_CAP_ACK, 1)?;

        let asked = attribute(libc::CTRL_ATTR_FAMILY_NAME as u16, &[name.as_bytes(), b"\0"].concat());
        // nlctrl answers with a command of its own.
        family.send(libc::CTRL_CMD_GETFAMILY as u8, 0, &asked)?;
        let answer = family.receive()?;
        let Some(answer) = answer.first().filter(|message| message.kind != libc::NLMSG_ERROR) else {
            bail!("there is no family {name:?}");
        };
        let answer = answer.attributes();
        match answer.get(&(libc::CTRL_ATTR_FAMILY_ID as u16)).map(|payload| &payload[..]) {
            Some(&[low, high]) => family.number = u16::from_ne_bytes([low, high]),
            _ => bail!("the family {name:?} has no number"),
        }
        let groups = answer.get(&(libc::CTRL_ATTR_MCAST_GROUPS as u16)).map(|nest| parse(nest)).unwrap_or_default();
        for group in groups.values().map(|nest| parse(nest)) {
            let name = group.get(&(libc::CTRL_ATTR_MCAST_GRP_NAME as u16)).cloned().unwrap_or_default();
            let name = String::from_utf8_lossy(&name).trim_end_matches('\0').to_string();
            let id = group.get(&(libc::CTRL_ATTR_MCAST_GRP_ID as u16)).and_then(|id| number(id));
            family.groups.insert(name, id.unwrap_or_default());
        }
        Ok(family)
    }

    /// Joins a group. The error says that there is none of this name.
    pub fn join(&self, group: &str) -> Result<()> {
        match self.groups.get(group) {
            Some(&id) => self.set_option(libc::NETLINK_ADD_MEMBERSHIP, id as libc::c_int),
            None => bail!("the family has no group {group:?}"),
        }
    }

    /// Sets an option of the level `SOL_NETLINK`.
    pub fn set_option(&self, option: libc::c_int, value: libc::c_int) -> Result<()> {
        self.set(libc::SOL_NETLINK, option, value)
    }

    /// `SO_RCVBUF`: how much the queue holds. The kernel has a least value.
    pub fn set_queue(&self, bytes: libc::c_int) -> Result<()> {
        self.set(libc::SOL_SOCKET, libc::SO_RCVBUF, bytes)
    }

    fn set(&self, level: libc::c_int, option: libc::c_int, value: libc::c_int) -> Result<()> {
        let length = size_of_val(&value) as libc::socklen_t;
        // SAFETY: the kernel reads an int, and `value` is one.
        let set =
            unsafe { libc::setsockopt(self.socket.as_raw_fd(), level, option, (&raw const value).cast(), length) };
        Errno::result(set)?;
        Ok(())
    }

    /// Sends a request, with the flags that it needs besides `NLM_F_REQUEST`.
    pub fn send(&self, command: u8, flags: libc::c_int, attributes: &[u8]) -> Result<()> {
        let length = (HEADER + GENERIC + attributes.len()) as u32;
        let kind_and_flags = [self.number, (libc::NLM_F_REQUEST | flags) as u16].map(u16::to_ne_bytes).concat();
        let numbers = [length, SEQUENCE, 0].map(u32::to_ne_bytes);
        let message =
            [&numbers[0], &kind_and_flags[..], &numbers[1], &numbers[2], &[command, 1, 0, 0], attributes].concat();
        send(self.socket.as_raw_fd(), &message, MsgFlags::empty())?;
        Ok(())
    }

    /// The messages of the next datagram. EAGAIN: there is none. ENOBUFS: something was lost before it.
    pub fn receive(&self) -> nix::Result<Vec<Message>> {
        let mut datagram = [0; DATAGRAM];
        let length = recv(self.socket.as_raw_fd(), &mut datagram, MsgFlags::MSG_DONTWAIT)?;
        Ok(messages(&datagram[..length]))
    }

    /// Sends a request, and receives what the kernel has answered by then: a message with the same command, or none, and
    /// the ACK. Events that come before it are kept for [`Family::event`].
    pub fn request(&self, command: u8, attributes: &[u8]) -> Result<Result<Attributes, Refusal>> {
        self.send(command, libc::NLM_F_ACK, attributes)?;
        let mut answer = Attributes::new();
        let end = loop {
            // The ACK is the last that has come, and comes by itself.
            let mut received = accepted("recv(2) of an answer", self.receive())?;
            match received.pop() {
                Some(last) if last.kind == libc::NLMSG_ERROR => break last,
                Some(last) if last.command() == command => answer = last.attributes(),
                last => self.events.borrow_mut().extend(received.into_iter().chain(last)),
            }
        };
        Ok(match end.end() {
            Ok(()) => Ok(answer),
            // In between is the header of the request.
            Err(errno) => Err(Refusal { errno, attributes: parse(end.payload.get(4 + HEADER..).unwrap_or_default()) }),
        })
    }

    /// The next event, if there is one. ENOBUFS: some were lost.
    pub fn event(&self) -> nix::Result<Option<Message>> {
        if self.events.borrow().is_empty() {
            match self.receive() {
                Err(Errno::EAGAIN) => {}
                received => self.events.borrow_mut().extend(received?),
            }
        }
        Ok(self.events.borrow_mut().pop_front())
    }
}

/// The bytes of an attribute, padded.
pub fn attribute(kind: u16, payload: &[u8]) -> Vec<u8> {
    let header = [4 + payload.len() as u16, kind].map(u16::to_ne_bytes).concat();
    let mut bytes = [&header, payload].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// Takes attributes apart: those of a message, or of a nest.
pub fn parse(mut bytes: &[u8]) -> Attributes {
    let mut attributes = Attributes::new();
    while let [l0, l1, k0, k1, ..] = *bytes {
        let length = usize::from(u16::from_ne_bytes([l0, l1]));
        let Some(payload) = bytes.get(4..length) else { break };
        attributes.insert(u16::from_ne_bytes([k0, k1]) & 0x3fff, payload.to_vec());
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    attributes
}

/// A number of 1, 2, 4 or 8 bytes.
pub fn number(payload: &[u8]) -> Option<u64> {
    let mut bytes = [0; 8];
    if ![1, 2, 4, 8].contains(&payload.len()) {
        return None;
    }
    // As the lab's processors have them, the lowest comes first.
    bytes[..payload.len()].copy_from_slice(payload);
    Some(u64::from_le_bytes(bytes))
}

fn messages(mut datagram: &[u8]) -> Vec<Message> {
    let mut messages = Vec::new();
    while let [l0, l1, l2, l3, k0, k1, f0, f1, s0, s1, s2, s3, p0, p1, p2, p3, ..] = *datagram {
        let length = u32::from_ne_bytes([l0, l1, l2, l3]) as usize;
        let Some(payload) = datagram.get(HEADER..length) else { break };
        messages.push(Message {
            kind: u16::from_ne_bytes([k0, k1]).into(),
            flags: u16::from_ne_bytes([f0, f1]).into(),
            sequence: u32::from_ne_bytes([s0, s1, s2, s3]),
            port: u32::from_ne_bytes([p0, p1, p2, p3]),
            payload: payload.to_vec(),
        });
        datagram = datagram.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    messages
}
