//! The kernel's news about devices.

use nix::{
    Result,
    errno::Errno,
    sys::socket::{
        AddressFamily, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recvfrom,
        setsockopt, socket, sockopt,
    },
};
use std::os::fd::{AsRawFd, OwnedFd};

// ANCHOR: listener
/// A netlink socket that gets the uevents of its network namespace from now on.
pub struct Listener(OwnedFd);

impl Listener {
    /// socket(2) and bind(2) to group 1, to which the kernel speaks.
    pub fn new() -> Result<Listener> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let protocol = SockProtocol::NetlinkKObjectUEvent;
        let socket = socket(AddressFamily::Netlink, SockType::Datagram, flags, protocol)?;
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, 1))?;
        Ok(Listener(socket))
    }

    /// Sets how many bytes may wait here until they are fetched, socket(7)'s `SO_RCVBUF`.
    pub fn set_room(&self, bytes: usize) -> Result<()> {
        setsockopt(&self.0, sockopt::RcvBuf, &bytes)
    }

    /// recvfrom(2): the next uevent. EAGAIN: there is none yet. ENOBUFS: some were lost, because
    /// nobody fetched them.
    pub fn receive(&self) -> Result<Uevent> {
        let mut buffer = [0; 8192];
        let (count, sender) = recvfrom::<NetlinkAddr>(self.0.as_raw_fd(), &mut buffer)?;
        let text = String::from_utf8_lossy(&buffer[..count]);
        let mut lines = text.split_terminator('\0').map(str::to_owned);
        Ok(Uevent {
            from_kernel: sender.is_some_and(|sender| sender.pid() == 0),
            header: lines.next().unwrap_or_default(),
            variables: lines.collect(),
        })
    }

    /// All uevents of a subsystem that have arrived.
    pub fn all_of(&self, subsystem: &str) -> Result<Vec<Uevent>> {
        let wanted = format!("SUBSYSTEM={subsystem}");
        let mut uevents = Vec::new();
        loop {
            match self.receive() {
                Ok(uevent) if uevent.variables.contains(&wanted) => uevents.push(uevent),
                Ok(_) => {}
                Err(Errno::EAGAIN) => return Ok(uevents),
                Err(errno) => return Err(errno),
            }
        }
    }
}

/// One message: `ACTION@DEVPATH`, and then variables, each ended by a NUL.
pub struct Uevent {
    /// Whether the kernel sent it. Root may send to this group too; believe only the kernel.
    pub from_kernel: bool,
    /// What happened to which device.
    pub header: String,
    /// `NAME=value`
    pub variables: Vec<String>,
}
// ANCHOR_END: listener

impl Uevent {
    /// The value of a variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
    }
}
