//! Receiving events: messages that nobody asked for.

use crate::{Command, Gauge, attributes::Attributes, gauges::Message, refusal::Result};
use neli::{
    FromBytes,
    consts::socket::{Msg, NlFamily},
    err::DeError,
    nl::Nlmsghdr,
    socket::{NlSocket, asynchronous::NlSocketHandle},
    utils::Groups,
};
use nix::errno::Errno;
use std::{collections::BTreeMap, fs, io, io::Cursor};

/// What happened to a gauge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was made, or changed; this is what it is now.
    Changed(Gauge),
    /// It was removed; this is what it was.
    Gone(Gauge),
}

impl Event {
    fn new(message: &Nlmsghdr<u16, Message>) -> std::result::Result<Event, DeError> {
        let message =
            message.get_payload().ok_or_else(|| DeError::new("the event is empty"))?;
        let gauge = Gauge::new(&Attributes::from(message.attrs()))?;
        match message.cmd() {
            Command::Changed => Ok(Event::Changed(gauge)),
            Command::Gone => Ok(Event::Gone(gauge)),
            other => Err(DeError::new(format!("{other:?} is no event"))),
        }
    }
}

// ANCHOR: listener
/// A member of the group "events" that waits in async code.
pub struct Listener {
    handle: NlSocketHandle,
}

impl Listener {
    /// Joins the group with this number. Needs a tokio runtime.
    pub fn join(group: u32) -> Result<Listener> {
        let handle =
            NlSocketHandle::connect(NlFamily::Generic, None, Groups::new_groups(&[group]))?;
        Ok(Listener { handle })
    }

    /// Waits for the next event. ENOBUFS: some were lost.
    pub async fn next(&self) -> Result<Event> {
        let (mut messages, _groups) = self.handle.recv::<u16, Message>().await?;
        let message =
            messages.next().ok_or_else(|| DeError::new("the datagram is empty"))??;
        Ok(Event::new(&message)?)
    }
}
// ANCHOR_END: listener

/// A member of the group that never waits.
pub struct Poller {
    socket: NlSocket,
}

impl Poller {
    /// Joins the group with this number. The kernel keeps events for it until they take up
    /// `memory` bytes.
    pub fn join(group: u32, memory: usize) -> io::Result<Poller> {
        let socket =
            NlSocket::connect(NlFamily::Generic, None, Groups::new_groups(&[group]))?;
        socket.set_recv_buffer_size(memory)?;
        socket.nonblock()?;
        Ok(Poller { socket })
    }

    // ANCHOR: try_next
    /// The next event, or none. ENOBUFS: some were lost, after those that are still to be
    /// read.
    pub fn try_next(&self) -> Result<Option<Event>> {
        let mut buffer = [0; 1024];
        match self.socket.recv(&mut buffer, Msg::empty()) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error.into()),
            Ok((length, _)) => {
                let message = Nlmsghdr::from_bytes(&mut Cursor::new(&buffer[..length]))?;
                Ok(Some(Event::new(&message)?))
            }
        }
    }
    // ANCHOR_END: try_next

    /// How many events the kernel has dropped: the column "Drops" of /proc/net/netlink, in
    /// the line with our port.
    pub fn drops(&self) -> Result<u64> {
        let port = self.socket.pid()?.to_string();
        let table = fs::read_to_string("/proc/net/netlink")?;
        let drops = table
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .find_map(|columns| {
                let ours =
                    columns.get(1) == Some(&"16") && columns.get(2) == Some(&port.as_str());
                ours.then(|| columns.get(8)?.parse().ok()).flatten()
            });
        Ok(drops.ok_or_else(|| io::Error::from(Errno::ENOENT))?)
    }
}

// ANCHOR: mirror
/// A copy of the table, kept up to date by events.
pub type Mirror = BTreeMap<u32, Gauge>;

/// Does to the copy what the event says was done to the table.
pub fn apply(mirror: &mut Mirror, event: Event) {
    match event {
        Event::Changed(gauge) => mirror.insert(gauge.id, gauge),
        Event::Gone(gauge) => mirror.remove(&gauge.id),
    };
}
// ANCHOR_END: mirror
