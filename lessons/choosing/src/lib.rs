//! Every crossing of the book, doing the same work: bytes go out and come back.
//!
//! The companion module `kmods/choosing` is a locker of 1 MiB with a door for each way into
//! the kernel. [`door`] and [`message`] are those doors. Behind the ways between processes
//! sits a [`partner`], who sends everything back: [`stream`], [`packet`],
//! [`queue`], [`shared`] and [`token`]. [`watch`] waits for the kernel to report a change of a file, and [`call`] is
//! the system call that does nothing. [`measure`] times them in turns, [`too_long`] sends
//! each of them too much, and [`trace`] lets the kernel record a trip through each door.
//!
//! They share one small interface, [`Crossing`], so that whoever compares them treats them
//! alike. [`WAYS`] lists them.

pub mod call;
pub mod door;
pub mod measure;
pub mod message;
pub mod packet;
pub mod partner;
pub mod queue;
pub mod shared;
pub mod stream;
pub mod token;
pub mod too_long;
pub mod trace;
pub mod watch;

use std::io::Result;

/// `LOCKER_SIZE` of the contract, in bytes: the longest message that is measured.
pub const MOST: usize = 1 << 20;

// ANCHOR: crossing
/// One way across, ready to be used.
pub trait Crossing {
    /// The most bytes that a message may have, up to [`MOST`]; 0 if it carries none.
    fn most(&self) -> usize;

    /// Sends `bytes` across and receives them again in `back`, which is as long.
    fn round_trip(&mut self, bytes: &[u8], back: &mut [u8]) -> Result<()>;
}
// ANCHOR_END: crossing

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// A driver, or the kernel itself.
    Kernel,
    /// A second process.
    Process,
}

/// A way across, by name.
pub struct Way {
    /// The name in tables and charts.
    pub name: &'static str,
    /// Who is at the other end.
    pub to: To,
    /// Needs our module or root.
    pub privileged: bool,
    /// Makes it ready.
    pub open: fn() -> Result<Box<dyn Crossing>>,
}

impl Way {
    const fn kernel(name: &'static str, open: fn() -> Result<Box<dyn Crossing>>) -> Way {
        Way { name, to: To::Kernel, privileged: true, open }
    }

    const fn process(name: &'static str, open: fn() -> Result<Box<dyn Crossing>>) -> Way {
        Way { name, to: To::Process, privileged: false, open }
    }

    const fn for_everybody(self) -> Way {
        Way { privileged: false, ..self }
    }
}

/// All of them. The first is the floor under the others.
pub const WAYS: [Way; 16] = [
    Way::kernel("getppid", call::getppid).for_everybody(),
    Way::kernel("read, write", door::device),
    Way::kernel("ioctl", door::ioctl),
    Way::kernel("mmap", door::mapping),
    Way::kernel("/proc", door::proc),
    Way::kernel("/sys", door::sysfs),
    Way::kernel("netlink", message::netlink),
    Way::kernel("inotify", watch::inotify).for_everybody(),
    Way::kernel("fanotify", watch::fanotify),
    Way::process("signal", token::signal),
    Way::process("eventfd", token::eventfd),
    Way::process("pipe", stream::pipe),
    Way::process("stream socket", stream::socket),
    Way::process("seqpacket", packet::seqpacket),
    Way::process("message queue", queue::queue),
    Way::process("shared memory", shared::shared),
];

/// The way that needs a second processor.
pub const POLLING: Way = Way::process("polled memory", shared::polling);
