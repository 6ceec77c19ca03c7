//! Two POSIX message queues, mq_overview(7), one each way.

use crate::{Crossing, partner};
use lesson::child::Child;
use nix::{
    Result as Nix,
    mqueue::{MQ_OFlag, MqAttr, MqdT, mq_getattr, mq_open, mq_receive, mq_send, mq_unlink},
    sys::stat::Mode,
    unistd::getpid,
};
use std::io::Result;

/// Our ends. A receiver must have room for the longest message there can be.
struct Queue {
    there: MqdT,
    back: MqdT,
    room: Vec<u8>,
    _partner: Child,
}

/// Makes two queues with the system's own limits, and a partner for them.
pub fn queue() -> Result<Box<dyn Crossing>> {
    let (there, back) =
        (make("there", MQ_OFlag::empty())?, make("back", MQ_OFlag::empty())?);
    let size = size(&there)?;
    let mut room = vec![0; size];
    let (from, to) = (&there, &back);
    let partner = partner::start(move || {
        let length = mq_receive(from, &mut room, &mut 0)?;
        Ok(mq_send(to, &room[..length], 0)?)
    })?;
    Ok(Box::new(Queue { there, back, room: vec![0; size], _partner: partner }))
}

/// mq_open(3) of a new queue, as large as one is if nobody says (mq_overview(7)), whose name is
/// given up at once: the partner inherits the descriptor.
pub fn make(name: &str, flags: MQ_OFlag) -> Nix<MqdT> {
    let name = format!("/crossings_choosing_{name}_{}", getpid());
    let flags = flags | MQ_OFlag::O_CREAT | MQ_OFlag::O_EXCL | MQ_OFlag::O_RDWR;
    // Without attributes nix hands on no mode either, and mq_open(3) takes what it finds instead.
    let size = MqAttr::new(0, 10, 8192, 0);
    let flags = flags | MQ_OFlag::O_CLOEXEC;
    let queue = mq_open(name.as_str(), flags, Mode::S_IRWXU, Some(&size))?;
    mq_unlink(name.as_str())?;
    Ok(queue)
}

/// The most bytes of a message.
pub fn size(queue: &MqdT) -> Nix<usize> {
    mq_getattr(queue).map(|attributes: MqAttr| attributes.msgsize() as usize)
}

// ANCHOR: queue
impl Crossing for Queue {
    fn most(&self) -> usize {
        self.room.len()
    }

    fn round_trip(&mut self, bytes: &[u8], back: &mut [u8]) -> Result<()> {
        mq_send(&self.there, bytes, 0)?;
        let length = mq_receive(&self.back, &mut self.room, &mut 0)?;
        back.copy_from_slice(&self.room[..length]);
        Ok(())
    }
}
// ANCHOR_END: queue
