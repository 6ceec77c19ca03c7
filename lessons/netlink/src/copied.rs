//! The client of the widely copied netlink example, with its fault and without. It talks to
//! the module [`MODULE`], which answers protocol 31.

use crate::refusal::Result;
use neli::{consts::socket::NlFamily, socket::NlSocket, utils::Groups};
use nix::{
    errno::Errno,
    libc,
    sys::{
        socket::{self, MsgFlags, NetlinkAddr, SockaddrLike, sockopt::ReceiveTimeout},
        time::TimeVal,
    },
};
use std::{
    fs, io,
    os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd},
    ptr,
};

/// The protocol that the example took for itself.
const PROTOCOL: i32 = 31;

/// The size of `struct nlmsghdr`.
const NLMSG_HDRLEN: usize = 16;

// ANCHOR: leftover
/// What happens to lie on the stack where three fields of `struct msghdr` will be. The
/// example never sets them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Leftover {
    /// `msg_control`, an address.
    pub control: usize,
    /// `msg_controllen`, in bytes.
    pub controllen: usize,
    /// `msg_flags`.
    pub flags: i32,
}
// ANCHOR_END: leftover

/// A socket of protocol 31 that waits at most 50 ms for an answer.
pub struct Client {
    socket: OwnedFd,
    /// The port: the number by which the kernel finds this socket.
    pub port: u32,
}

impl Client {
    /// socket(2) and bind(2). EPROTONOSUPPORT: nobody answers protocol 31.
    pub fn connect() -> Result<Client> {
        let socket = NlSocket::connect(
            NlFamily::UnrecognizedConst(PROTOCOL),
            None,
            Groups::empty(),
        )?;
        let port = socket.pid()?;
        // SAFETY: into_raw_fd gave up the descriptor, so nobody else will close it.
        let socket = unsafe { OwnedFd::from_raw_fd(socket.into_raw_fd()) };
        socket::setsockopt(&socket, ReceiveTimeout, &TimeVal::new(0, 50_000))?;
        Ok(Client { socket, port })
    }

    // ANCHOR: send
    /// sendmsg(2) as the example does it: four fields set, three left as they are. `port`
    /// goes into the message as the sender's.
    pub fn send(&self, port: u32, leftover: Leftover) -> Result<usize> {
        let mut message = hello(port);
        let kernel = NetlinkAddr::new(0, 0);
        let mut part =
            libc::iovec { iov_base: message.as_mut_ptr().cast(), iov_len: message.len() };
        let header = libc::msghdr {
            msg_name: kernel.as_ptr().cast_mut().cast(),
            msg_namelen: kernel.len(),
            msg_iov: &raw mut part,
            msg_iovlen: 1,
            msg_control: ptr::without_provenance_mut(leftover.control),
            msg_controllen: leftover.controllen,
            msg_flags: leftover.flags,
        };
        // SAFETY: name and iov describe live variables. Of msg_control the kernel makes a
        // copy, or reports that it cannot.
        let sent = unsafe { libc::sendmsg(self.socket.as_raw_fd(), &raw const header, 0) };
        Ok(Errno::result(sent)? as usize)
    }
    // ANCHOR_END: send

    /// send(2) of one byte, which is no message at all.
    pub fn send_byte(&self) -> Result<usize> {
        Ok(socket::send(self.socket.as_raw_fd(), &[0], MsgFlags::empty())?)
    }

    /// recv(2): the text of the answer. EAGAIN: none came in time.
    pub fn receive(&self) -> Result<String> {
        let mut buffer = [0; 1024];
        let length = socket::recv(self.socket.as_raw_fd(), &mut buffer, MsgFlags::empty())?;
        let text = buffer[..length].get(NLMSG_HDRLEN..).unwrap_or_default();
        Ok(String::from_utf8_lossy(text).trim_end_matches('\0').to_owned())
    }
}

/// The example's message: `struct nlmsghdr`, a text, and zeros up to 1024 bytes of payload.
fn hello(port: u32) -> Vec<u8> {
    let length = NLMSG_HDRLEN + 1024;
    let mut message = (length as u32).to_ne_bytes().to_vec();
    message.extend([0; 8]); // type, flags and sequence number
    message.extend(port.to_ne_bytes());
    message.extend(b"Hello from user space");
    message.resize(length, 0);
    message
}

/// The module that answers.
pub const MODULE: &str = "crossings_netlink_copied";

/// How many messages it has got. ENOENT: it is not loaded.
pub fn received() -> io::Result<u32> {
    let text = fs::read_to_string(format!("/sys/module/{MODULE}/parameters/received"))?;
    text.trim().parse().map_err(io::Error::other)
}
