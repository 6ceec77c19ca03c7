//! The door of the locker that is no file: generic netlink, one message there and one back.

use crate::Crossing;
use neli::{consts::socket::NlFamily, router::synchronous::NlRouter, utils::Groups};
use nix::{
    libc,
    sys::socket::{
        AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, connect,
        recv, sendto, socket,
    },
};
use std::{
    io::{Error, ErrorKind, Result},
    os::fd::{AsRawFd, OwnedFd},
};

/// The family's name.
pub const FAMILY: &str = "locker";

/// `struct nlmsghdr`, `struct genlmsghdr` and `struct nlattr`: what stands before the bytes.
pub const HEADERS: usize = 16 + 4 + 4;

/// The most bytes of an attribute: the length in its header has 16 bits and counts the
/// header.
pub const ATTRIBUTE: usize = u16::MAX as usize - 4;

const ECHO: u8 = 1;
const VERSION: u8 = 1;
const BYTES: u16 = 1;

/// A socket that is connected to the kernel, and the message on its way.
pub struct Netlink {
    socket: OwnedFd,
    family: u16,
    message: Vec<u8>,
}

/// Finds the family and makes a socket for it.
pub fn netlink() -> Result<Box<dyn Crossing>> {
    Ok(Box::new(Netlink::open()?))
}

impl Netlink {
    /// socket(2), and the number that the family has today. ENOENT: the module is not
    /// loaded.
    pub fn open() -> Result<Netlink> {
        let (router, _events) = NlRouter::connect(NlFamily::Generic, None, Groups::empty())
            .map_err(Error::other)?;
        let family = router.resolve_genl_family(FAMILY).map_err(Error::other)?;
        let (flags, protocol) = (SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkGeneric);
        let socket = socket(AddressFamily::Netlink, SockType::Raw, flags, protocol)?;
        connect(socket.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
        Ok(Netlink { socket, family, message: Vec::new() })
    }

    /// The family's number.
    pub fn family(&self) -> u16 {
        self.family
    }

    /// The socket.
    pub fn socket(&self) -> &OwnedFd {
        &self.socket
    }
}

// ANCHOR: netlink
impl Crossing for Netlink {
    fn most(&self) -> usize {
        ATTRIBUTE
    }

    fn round_trip(&mut self, bytes: &[u8], back: &mut [u8]) -> Result<()> {
        let length = u16::try_from(bytes.len() + 4)
            .map_err(|_| Error::new(ErrorKind::InvalidInput, "an attribute is shorter"))?;
        let flags = libc::NLM_F_REQUEST as u16;
        self.message.clear();
        // struct nlmsghdr: length, type, flags, sequence, port
        self.message.extend((HEADERS as u32 + bytes.len() as u32).to_ne_bytes());
        self.message.extend(self.family.to_ne_bytes());
        self.message.extend(flags.to_ne_bytes());
        self.message.extend([0; 8]);
        // struct genlmsghdr: command, version, reserved
        self.message.extend([ECHO, VERSION, 0, 0]);
        // struct nlattr: length, type
        self.message.extend(length.to_ne_bytes());
        self.message.extend(BYTES.to_ne_bytes());
        self.message.extend(bytes);
        let kernel = NetlinkAddr::new(0, 0);
        sendto(self.socket.as_raw_fd(), &self.message, &kernel, MsgFlags::empty())?;

        // The answer may end with up to three bytes that fill the last word.
        self.message.resize(HEADERS + bytes.len().next_multiple_of(4), 0);
        let count = recv(self.socket.as_raw_fd(), &mut self.message, MsgFlags::empty())?;
        let answer = self.message[..count].get(HEADERS..HEADERS + back.len());
        let refused = || Error::new(ErrorKind::InvalidData, "the answer has no such bytes");
        back.copy_from_slice(answer.ok_or_else(refused)?);
        Ok(())
    }
}
// ANCHOR_END: netlink
