//! Memory that two processes share, and two semaphores to take turns in it.

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
use std::{
    hint,
    io::Result,
    rc::Rc,
    sync::atomic::{AtomicUsize, Ordering},
};

/// What stands in the first page.
struct Header {
    /// The length of the message.
    length: AtomicUsize,
    semaphores: [libc::sem_t; 2],
}

/// The bytes begin at the second page.
const BYTES: usize = 4096;
const _: () = assert!(size_of::<Header>() <= BYTES);

/// Which semaphore says: the bytes are the partner's.
const THERE: usize = 0;
/// They are ours again.
const BACK: usize = 1;

/// How often to try before going to sleep: a millisecond or less.
const TRIES: u32 = 10_000;

/// A POSIX shared memory object, shm_overview(7).
struct Memory {
    mapping: MmapRaw,
    /// Whether to try the semaphore for a while before sleeping.
    polls: bool,
}

impl Memory {
    /// shm_open(3) of a new object, which is mapped at once and needs no name then.
    fn new(polls: bool) -> Result<Memory> {
        let name = format!("/crossings_choosing_{}", getpid());
        let flags = OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_RDWR;
        let file = shm_open(name.as_str(), flags, Mode::S_IRWXU)?;
        shm_unlink(name.as_str())?;
        ftruncate(&file, (BYTES + MOST) as libc::off_t)?;
        let mapping = MmapOptions::new().len(BYTES + MOST).map_raw(&file)?;
        let memory = Memory { mapping, polls };
        for which in [THERE, BACK] {
            // SAFETY: the place has room for it, and nobody uses it yet.
            Errno::result(unsafe { libc::sem_init(memory.semaphore(which), 1, 0) })?;
        }
        Ok(memory)
    }

    fn header(&self) -> *mut Header {
        self.mapping.as_mut_ptr().cast()
    }

    fn semaphore(&self, which: usize) -> *mut libc::sem_t {
        // SAFETY: the header lies in the first page.
        unsafe { (&raw mut (*self.header()).semaphores).cast::<libc::sem_t>().add(which) }
    }

    fn length(&self) -> &AtomicUsize {
        // SAFETY: it lies in the first page, zeros are a number, and both processes use it as an atomic only.
        unsafe { &(*self.header()).length }
    }

    fn bytes(&self) -> *mut u8 {
        // SAFETY: the mapping is longer than a page.
        unsafe { self.mapping.as_mut_ptr().add(BYTES) }
    }

    /// sem_post(3): gives the bytes to the other side. No system call, unless that side sleeps.
    fn post(&self, which: usize) -> Result<()> {
        // SAFETY: it was initialised, and lives as long as the mapping.
        Errno::result(unsafe { libc::sem_post(self.semaphore(which)) })?;
        Ok(())
    }

    // ANCHOR: wait
    /// Waits until the bytes are ours: sem_wait(3) sleeps, sem_trywait(3) only looks.
    fn wait(&self, which: usize) -> Result<()> {
        if self.polls {
            for _ in 0..TRIES {
                // SAFETY: it was initialised, and lives as long as the mapping.
                if unsafe { libc::sem_trywait(self.semaphore(which)) } == 0 {
                    return Ok(());
                }
                hint::spin_loop();
            }
        }
        // SAFETY: as above.
        Errno::result(unsafe { libc::sem_wait(self.semaphore(which)) })?;
        Ok(())
    }
    // ANCHOR_END: wait

    /// Copies `bytes` into the memory. Only the side whose turn it is calls this.
    fn put(&self, bytes: &[u8]) {
        assert!(bytes.len() <= MOST);
        self.length().store(bytes.len(), Ordering::Relaxed);
        // SAFETY: it stays inside the mapping, and the other side waits.
        unsafe { self.bytes().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    }

    /// Copies the beginning of the memory to `bytes`. Only the side whose turn it is calls this.
    fn get(&self, bytes: &mut [u8]) {
        assert!(bytes.len() <= MOST);
        // SAFETY: as above.
        unsafe { bytes.as_mut_ptr().copy_from_nonoverlapping(self.bytes(), bytes.len()) };
    }
}

/// Our mapping. The partner has inherited it.
struct Shared {
    // Before the memory, so that it is gone first.
    _partner: Child,
    memory: Rc<Memory>,
}

/// Makes the memory, two semaphores in it, and a partner for it.
pub fn shared() -> Result<Box<dyn Crossing>> {
    start(false)
}

/// The same, but each side looks for a while before it sleeps. With two processors that needs no system call.
pub fn polling() -> Result<Box<dyn Crossing>> {
    start(true)
}

// ANCHOR: shared
/// The partner does what any partner does here: it takes all bytes and sends them back.
fn start(polls: bool) -> Result<Box<dyn Crossing>> {
    let memory = Rc::new(Memory::new(polls)?);
    let theirs = memory.clone();
    let mut room = vec![0; MOST];
    let partner = partner::start(move || {
        theirs.wait(THERE)?;
        let message = &mut room[..theirs.length().load(Ordering::Relaxed)];
        theirs.get(message);
        theirs.put(message);
        theirs.post(BACK)
    })?;
    Ok(Box::new(Shared { _partner: partner, memory }))
}

impl Crossing for Shared {
    fn most(&self) -> usize {
        MOST
    }

    fn round_trip(&mut self, bytes: &[u8], back: &mut [u8]) -> Result<()> {
        self.memory.put(bytes);
        self.memory.post(THERE)?;
        self.memory.wait(BACK)?;
        self.memory.get(back);
        Ok(())
    }
}
// ANCHOR_END: shared
