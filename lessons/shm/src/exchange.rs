//! A record that is handed from a writer to a reader, with and without keeping in step.

use crate::{memory::Memory, semaphore::Semaphore};
use nix::{Result, errno::Errno};
use std::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

// ANCHOR: record
/// A record is whole when its two halves are equal.
#[repr(C)]
pub struct Record {
    first: AtomicU64,
    second: AtomicU64,
}

impl Record {
    /// Stores one half after the other, and does something `between`.
    pub fn write(&self, value: u64, between: impl FnOnce()) {
        self.first.store(value, Relaxed);
        between();
        self.second.store(value, Relaxed);
    }

    /// Loads both halves.
    pub fn read(&self) -> (u64, u64) {
        (self.first.load(Relaxed), self.second.load(Relaxed))
    }
}
// ANCHOR_END: record

// ANCHOR: exchange
/// What lies in the shared memory.
#[repr(C)]
pub struct Exchange {
    /// `READY` when the rest can be used.
    state: AtomicU64,
    /// 1 when a record may be written.
    empty: Semaphore,
    /// 1 when there is one to be read.
    full: Semaphore,
    /// The record.
    pub record: Record,
}

const READY: u64 = u64::from_ne_bytes(*b"exchange");

impl Exchange {
    /// For the one who has created the memory: prepares it.
    pub fn init(memory: &impl Memory) -> Result<&Exchange> {
        let exchange = Exchange::place(memory)?;
        exchange.empty.init(1)?;
        exchange.full.init(0)?;
        exchange.state.store(READY, Release);
        Ok(exchange)
    }

    /// For everybody else. EAGAIN: it is not prepared yet.
    pub fn find(memory: &impl Memory) -> Result<&Exchange> {
        let exchange = Exchange::place(memory)?;
        let ready = exchange.state.load(Acquire) == READY;
        if ready { Ok(exchange) } else { Err(Errno::EAGAIN) }
    }

    fn place(memory: &impl Memory) -> Result<&Exchange> {
        if memory.size() < size_of::<Exchange>() {
            return Err(Errno::EINVAL);
        }
        // SAFETY: it is large enough, aligned as a page is, and mapped as long as `memory`
        // exists. An Exchange is made of atomics and semaphores, so any bytes are one, and
        // others may change them.
        Ok(unsafe { &*memory.start().cast::<Exchange>() })
    }
    // ANCHOR_END: exchange

    // ANCHOR: in_step
    /// Waits until the record may be written, and writes it.
    pub fn put(&self, value: u64, between: impl FnOnce()) -> Result<()> {
        self.empty.wait()?;
        self.record.write(value, between);
        self.full.post()
    }

    /// Waits until there is a record, and reads it.
    pub fn take(&self) -> Result<(u64, u64)> {
        self.full.wait()?;
        let record = self.record.read();
        self.empty.post()?;
        Ok(record)
    }
    // ANCHOR_END: in_step

    /// sem_post(3) and sem_wait(3) when nobody else wants anything, for comparing costs.
    pub fn post_and_wait(&self) -> Result<()> {
        self.full.post()?;
        self.full.wait()
    }
}
