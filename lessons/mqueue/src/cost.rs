//! What a message costs, compared with the same bytes through a pipe.

use crate::queue::Queue;
use lesson::cost::costs;
use nix::{
    Result,
    unistd::{getppid, pipe, read, write},
};
use std::time::Duration;

/// A hundred of each, the best of ten rounds.
#[derive(Clone, Copy, Debug)]
pub struct Costs {
    /// mq_send(3) and mq_receive(3) of 64 bytes, by one process.
    pub queue: Duration,
    /// The same with 8192 bytes.
    pub large: Duration,
    /// write(2) and read(2) of 64 bytes through a pipe.
    pub pipe: Duration,
    /// getppid(2), about the cheapest system call.
    pub getppid: Duration,
}

/// Measures.
pub fn measure() -> Result<Costs> {
    let queue = Queue::create("/crossings-cost", 1, 8192)?;
    let (reader, writer) = pipe()?;
    let mut buffer = [0; 8192];
    let (mut small, mut large, mut piped) = (buffer, buffer, [0; 64]);
    let [queue, large, pipe, getppid] = costs(
        10,
        100,
        [
            &mut || {
                let _ = queue.send(0, &[1; 64]).and_then(|()| queue.recv(&mut small));
            },
            &mut || {
                let _ = queue.send(0, &large).and_then(|()| queue.recv(&mut buffer));
                large[0] = large[0].wrapping_add(1);
            },
            &mut || {
                let _ = write(&writer, &[1; 64]).and_then(|_| read(&reader, &mut piped));
            },
            &mut || _ = getppid(),
        ],
    );
    Ok(Costs { queue, large, pipe, getppid })
}
