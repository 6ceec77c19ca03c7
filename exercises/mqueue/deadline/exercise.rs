//! Waiting for a message, but not for ever: mq_timedreceive(3).

use nix::{
    Result,
    mqueue::{MqdT, mq_getattr, mq_timedreceive},
    sys::time::TimeSpec,
};
use std::time::Duration;

/// The next message of the queue. None: for as long as `patience` there was none, however many signals came meanwhile.
/// The errno of any other failure is returned.
pub fn receive(queue: &MqdT, patience: Duration) -> Result<Option<Vec<u8>>> {
    let mut message = vec![0; mq_getattr(queue)?.msgsize() as usize];
    let deadline = TimeSpec::from_duration(patience);
    let length = mq_timedreceive(queue, &mut message, &mut 0, &deadline)?;
    message.truncate(length);
    Ok(Some(message))
}
