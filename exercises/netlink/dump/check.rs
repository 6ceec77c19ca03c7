//! Gives the loopback device so many addresses that their list fits into one datagram, and then so many that it does
//! not. Makes requests whose answer is short, empty, or a refusal. After each answer nothing may be left in the queue.

use crate::exercise::{Message, answer};
use judge::{Result, accepted, ensure, equal, refused, within};
use nix::{
    errno::Errno,
    sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket},
};
use std::{
    collections::BTreeSet,
    os::fd::{AsRawFd, OwnedFd},
    sync::Arc,
    time::Duration,
};

/// The loopback device's number. The lab has no other device.
const LOOPBACK: u32 = 1;
const NO_DEVICE: u32 = 12345;

/// What `answer` has returned.
type Got = nix::Result<Vec<Message>>;

pub fn check() -> Result<()> {
    let route = Route::open()?;
    (1..=3).try_for_each(|place| route.add(place))?;
    route.list("a list of 3 addresses, which fit into one datagram", 0, |call, got| is_list(call, got, 3))?;
    route.ask("a device", libc::RTM_GETLINK, &link(LOOPBACK), |call, got| {
        let kinds: Vec<u16> = accepted(call, got)?.iter().map(|message| message.kind).collect();
        equal(&format!("the types of the messages that {call} returns"), kinds, vec![libc::RTM_NEWLINK])
    })?;
    route.ask("the ACK of a new address", libc::RTM_NEWADDR, &address(4), |call, got| {
        ensure!(accepted(call, got)?.is_empty(), "{call} returns a message, and the kernel has sent the ACK only");
        Ok(())
    })?;
    let is_refusal = |call: &str, got| refused(call, got, Errno::ENODEV);
    route.ask("a device that does not exist", libc::RTM_GETLINK, &link(NO_DEVICE), is_refusal)?;
    route.list("a list of the addresses of a device that does not exist", NO_DEVICE, is_refusal)?;
    (5..=500).try_for_each(|place| route.add(place))?;
    route.list("a list of 500 addresses, which take several datagrams", 0, |call, got| is_list(call, got, 500))
}

fn is_list(call: &str, got: Got, count: usize) -> Result<()> {
    let messages = accepted(call, got)?;
    let addresses: BTreeSet<&[u8]> = messages.iter().filter_map(local_address).collect();
    ensure!(addresses.len() == count, "{call} returns only a part of it");
    ensure!(messages.len() == count, "{call} returns more messages than there are addresses");
    Ok(())
}

/// A socket of the protocol `NETLINK_ROUTE`, see rtnetlink(7).
struct Route(Arc<OwnedFd>);

impl Route {
    fn open() -> Result<Route> {
        let route = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkRoute)?;
        let yes: libc::c_int = 1;
        let length = size_of_val(&yes) as libc::socklen_t;
        // So that the kernel looks at the device that a dump names.
        let option = libc::NETLINK_GET_STRICT_CHK;
        // SAFETY: the kernel reads an int, and `yes` is one.
        let set =
            unsafe { libc::setsockopt(route.as_raw_fd(), libc::SOL_NETLINK, option, (&raw const yes).cast(), length) };
        Errno::result(set)?;
        Ok(Route(Arc::new(route)))
    }

    fn send(&self, kind: u16, flags: libc::c_int, payload: &[u8]) -> Result<()> {
        let length = (HEADER + payload.len()) as u32;
        let kind_and_flags = [kind, (libc::NLM_F_REQUEST | flags) as u16].map(u16::to_ne_bytes).concat();
        // The sequence number and the port are for those who have several requests under way.
        let message = [&length.to_ne_bytes(), &kind_and_flags[..], &[0; 8], payload].concat();
        send(self.0.as_raw_fd(), &message, MsgFlags::empty())?;
        Ok(())
    }

    /// Gives the loopback device an address. Without `NLM_F_ACK` only a refusal is answered.
    fn add(&self, place: u16) -> Result<()> {
        self.send(libc::RTM_NEWADDR, 0, &address(place))?;
        ensure!(self.is_empty(), "the loopback device does not get address {place}");
        Ok(())
    }

    /// Whether nothing waits to be received.
    fn is_empty(&self) -> bool {
        recv(self.0.as_raw_fd(), &mut [0; HEADER], MsgFlags::MSG_DONTWAIT) == Err(Errno::EAGAIN)
    }

    /// Makes a request, has its answer received, and judges that.
    fn ask(&self, what: &str, kind: u16, payload: &[u8], judge: impl FnOnce(&str, Got) -> Result<()>) -> Result<()> {
        self.send(kind, libc::NLM_F_ACK, payload)?;
        self.receive(what, judge)
    }

    /// The same with a list of the addresses that a device has, or with 0 of all.
    fn list(&self, what: &str, device: u32, judge: impl FnOnce(&str, Got) -> Result<()>) -> Result<()> {
        self.send(libc::RTM_GETADDR, libc::NLM_F_DUMP, &interface_address(0, device))?;
        self.receive(what, judge)
    }

    fn receive(&self, what: &str, judge: impl FnOnce(&str, Got) -> Result<()>) -> Result<()> {
        let (call, socket) = (format!("answer, called for {what},"), Arc::clone(&self.0));
        let got = within(Duration::from_secs(1), &call, move || answer(&socket))?;
        judge(&call, got)?;
        ensure!(self.is_empty(), "{call} has returned, and a part of the answer is still in the socket's queue");
        Ok(())
    }
}

/// The bytes of a `struct nlmsghdr`.
const HEADER: usize = 16;

/// A `struct ifinfomsg` that names a device.
fn link(device: u32) -> Vec<u8> {
    [[0; 4], device.to_ne_bytes(), [0; 4], [0; 4]].concat()
}

/// A `struct ifaddrmsg` for IPv4.
fn interface_address(prefix: u8, device: u32) -> Vec<u8> {
    [[libc::AF_INET as u8, prefix, 0, 0], device.to_ne_bytes()].concat()
}

/// The same for the loopback device, with the attribute `IFA_LOCAL`: an address in the network 10.0.0.0.
fn address(place: u16) -> Vec<u8> {
    let [high, low] = place.to_be_bytes();
    let attribute = [8, libc::IFA_LOCAL].map(u16::to_ne_bytes).concat();
    [interface_address(32, LOOPBACK), attribute, vec![10, 0, high, low]].concat()
}

/// The payload of the attribute `IFA_LOCAL`, if the message is about an address.
fn local_address(message: &Message) -> Option<&[u8]> {
    let mut attributes = message.payload.get(8..).filter(|_| message.kind == libc::RTM_NEWADDR)?;
    loop {
        let [l0, l1, k0, k1, ..] = *attributes else { return None };
        let length = usize::from(u16::from_ne_bytes([l0, l1]));
        if u16::from_ne_bytes([k0, k1]) == libc::IFA_LOCAL {
            return attributes.get(4..length);
        }
        attributes = attributes.get(length.max(4).next_multiple_of(4)..)?;
    }
}
