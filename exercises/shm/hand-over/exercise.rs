//! A slot in shared memory, through which one process hands records to another.

use nix::libc;
use std::{
    ptr,
    sync::atomic::{
        AtomicU32, AtomicU64,
        Ordering::{Acquire, Relaxed, Release},
    },
};

/// What lies in the shared memory. In new memory, all bytes are 0.
#[repr(C)]
pub struct Slot {
    state: AtomicU32,
    record: [AtomicU64; 2],
}

const EMPTY: u32 = 0;
const FULL: u32 = 1;

impl Slot {
    /// For the one process that writes: sleeps until the slot is empty, has `fill` store a record, and hands it over.
    pub fn put(&self, fill: impl FnOnce(&[AtomicU64; 2])) {
        self.wait_while(FULL);
        self.state.store(FULL, Release);
        fill(&self.record);
    }

    /// For the one process that reads: sleeps until there is a record, takes it, and leaves the slot empty.
    pub fn take(&self) -> [u64; 2] {
        self.wait_while(EMPTY);
        let record = self.record.each_ref().map(|word| word.load(Relaxed));
        self.state.store(EMPTY, Release);
        record
    }

    /// FUTEX_WAIT of futex(2): sleeps until the state is another one.
    fn wait_while(&self, state: u32) {
        while self.state.load(Acquire) == state {
            let (word, forever) = (self.state.as_ptr(), ptr::null::<libc::timespec>());
            // SAFETY: the kernel reads the word, and no time.
            unsafe { libc::syscall(libc::SYS_futex, word, libc::FUTEX_WAIT, state, forever) };
        }
    }
}
