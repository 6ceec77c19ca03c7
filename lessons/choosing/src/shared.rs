//! Memory that two processes share, and two semaphores to take turns.

use crate::{Crossing, MOST, partner};
use lesson::child::Child;
use memmap2::{MmapOptions, MmapRaw};
use nix::{
    errno::Errno,
    fcntl::OFlag,
    libc,
    sys::{mman::shm_open, mman::shm_unlink, stat::Mode},
    unistd::{ftruncate, getpid},
};
use std::io::Result;

/// The bytes begin at the second page; the semaphores have the first.
const BYTES: usize = 4096;
const _: () = assert!(2 * size_of::<libc::sem_t>() <= BYTES);

/// A POSIX shared memory object, shm_overview(7).
struct Memory(MmapRaw);

impl Memory {
    /// shm_open(3) of a new object, which is mapped at once and needs no name then.
    fn new() -> Result<Memory> {
        let name = format!("/crossings_choosing_{}", getpid());
        let flags = OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_RDWR;
        let file = shm_open(name.as_str(), flags, Mode::S_IRWXU)?;
        shm_unlink(name.as_str())?;
        ftruncate(&file, (BYTES + MOST) as i64)?;
        let memory = Memory(MmapOptions::new().len(BYTES + MOST).map_raw(&file)?);
        for which in [THERE, BACK] {
            // SAFETY: the place has room for it, and nobody uses it yet.
            Errno::result(unsafe { libc::sem_init(memory.semaphore(which), 1, 0) })?;
        }
        Ok(memory)
    }

    fn semaphore(&self, which: usize) -> *mut libc::sem_t {
        // SAFETY: both lie in the first page.
        unsafe { self.0.as_mut_ptr().cast::<libc::sem_t>().add(which) }
    }

    fn bytes(&self) -> *mut u8 {
        // SAFETY: the mapping is longer than a page.
        unsafe { self.0.as_mut_ptr().add(BYTES) }
    }

    /// sem_post(3).
    fn post(&self, which: usize) -> Result<()> {
        // SAFETY: it was initialised, and lives as long as the mapping.
        Errno::result(unsafe { libc::sem_post(self.semaphore(which)) })?;
        Ok(())
    }

    /// sem_wait(3).
    fn wait(&self, which: usize) -> Result<()> {
        // SAFETY: as above.
        Errno::result(unsafe { libc::sem_wait(self.semaphore(which)) })?;
        Ok(())
    }
}

/// The semaphore that says: the bytes are yours.
const THERE: usize = 0;
/// The semaphore that says: they are yours again.
const BACK: usize = 1;

/// Our mapping. The partner has inherited it.
struct Shared {
    // Before the memory, so that it is gone first.
    _partner: Child,
    memory: std::rc::Rc<Memory>,
}

/// Makes the memory, and a partner for it.
pub fn shared() -> Result<Box<dyn Crossing>> {
    let memory = std::rc::Rc::new(Memory::new()?);
    let theirs = memory.clone();
    let partner = partner::start(move || {
        theirs.wait(THERE)?;
        theirs.post(BACK)
    })?;
    Ok(Box::new(Shared { _partner: partner, memory }))
}

// ANCHOR: shared
impl Crossing for Shared {
    fn most(&self) -> usize {
        MOST
    }

    fn round_trip(&mut self, bytes: &[u8], back: &mut [u8]) -> Result<()> {
        assert!(bytes.len() <= MOST && back.len() <= MOST);
        let memory = self.memory.bytes();
        // SAFETY: it stays inside the mapping, and until we post it is our turn.
        unsafe { memory.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        self.memory.post(THERE)?;
        self.memory.wait(BACK)?;
        // SAFETY: as before; it is our turn again.
        unsafe { back.as_mut_ptr().copy_from_nonoverlapping(memory, back.len()) };
        Ok(())
    }
}
// ANCHOR_END: shared
