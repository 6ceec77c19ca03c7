//! What sharing costs, compared with a system call and with a pipe.

use crate::{PAGE_SIZE, exchange::Exchange, memfd, memory::Memory, posix, sysv::private};
use lesson::{child::Child, cost, processor::OneProcessor};
use nix::{
    Result,
    unistd::{getppid, pipe, read, write},
};
use std::{sync::atomic::Ordering::Relaxed, time::Duration};

/// One of each, the best of ten rounds.
#[derive(Clone, Copy, Debug)]
pub struct Costs {
    /// getppid(2), about the cheapest system call.
    pub getppid: Duration,
    /// sem_post(3) and sem_wait(3) when nobody waits.
    pub semaphore: Duration,
    /// A record to another process and one back, in shared memory, both waiting.
    pub exchange: Duration,
    /// The same through two pipes.
    pub pipes: Duration,
    /// A segment: create, attach, store a word, detach, remove.
    pub sysv: Duration,
    /// An object: create, set its size, map, store a word, unmap, unlink.
    pub posix: Duration,
    /// A memfd: create, set its size, map, store a word, unmap, close.
    pub memfd: Duration,
}

/// Measures. `name` is that of a POSIX object that does not exist.
pub fn costs(name: &'static str) -> Result<Costs> {
    // Everybody on one processor, or we would measure how fast the other one wakes up.
    let _here = OneProcessor::stay()?;
    let memories = (private()?, private()?, private()?);
    let (alone, there, back) = (
        Exchange::init(&memories.0)?,
        Exchange::init(&memories.1)?,
        Exchange::init(&memories.2)?,
    );
    let _echo = Child::start(|| {
        loop {
            back.put(there.take()?.0, || {})?;
        }
    })?;
    let ((asked, ask), (answered, answer)) = (pipe()?, pipe()?);
    let mut bytes = [0; 16];
    let _pipe_echo = Child::start(|| {
        loop {
            read(&asked, &mut bytes)?;
            write(&answer, &bytes)?;
        }
    })?;

    let [getppid, semaphore] =
        cost::costs(10, 1000, [&mut || _ = getppid(), &mut || _ = alone.post_and_wait()]);
    let [exchange, pipes, sysv, posix, memfd] = cost::costs(
        10,
        20,
        [
            &mut || _ = there.put(1, || {}).and_then(|()| back.take()),
            &mut || _ = write(&ask, &bytes).and_then(|_| read(&answered, &mut [0; 16])),
            &mut || _ = private().map(store),
            &mut || _ = use_posix(name),
            &mut || _ = use_memfd(),
        ],
    );
    Ok(Costs { getppid, semaphore, exchange, pipes, sysv, posix, memfd })
}

fn use_posix(name: &'static str) -> Result<()> {
    let (object, _unlinked) = posix::create(name, 0o600)?;
    object.set_size(PAGE_SIZE)?;
    object.map(PAGE_SIZE).map(store)
}

fn use_memfd() -> Result<()> {
    let object = memfd::create("crossings")?;
    object.set_size(PAGE_SIZE)?;
    object.map(PAGE_SIZE).map(store)
}

fn store(memory: impl Memory) {
    memory.word(0).store(1, Relaxed);
}
