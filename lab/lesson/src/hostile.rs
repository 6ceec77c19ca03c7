//! What the hostile programs share: several threads that throw nonsense at a module for some seconds, with
//! random numbers that can be repeated, and pointers of every bad kind. `cargo lab dev soak` runs the programs; each then
//! checks for itself that the module still answers.
//!
//! A hostile program takes two arguments: for how many seconds (3 if none is given), and from which seed. The lab's own
//! knows nothing of the module, and attacks whatever files that has made.

pub use fastrand::Rng;

use nix::{
    libc,
    sys::mman::{MapFlags, ProtFlags, mmap_anonymous, mprotect},
};
use std::{
    env, io,
    num::NonZeroUsize,
    os::fd::{AsRawFd, BorrowedFd},
    thread,
    time::{Duration, Instant, SystemTime},
};

/// Threads that attack at the same time: two for each of the guest's processors.
pub const THREADS: u64 = 4;

/// The size of a page.
pub const PAGE: usize = 4096;

/// Runs `attack` over and over in several threads until the time is up, each with random numbers of its own. The seed is
/// printed, so that a run that found something can be repeated.
pub fn run(attack: impl Fn(&mut Rng, &Pointers) + Sync) -> io::Result<()> {
    let number = |place| env::args().nth(place).and_then(|text| text.parse::<u64>().ok());
    let clock =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = number(1).unwrap_or(3);
    let seed = number(2).unwrap_or(clock.as_nanos() as u64);
    println!("{THREADS} threads for {seconds} s from seed {seed}");
    let pointers = Pointers::new()?;
    let end = Instant::now() + Duration::from_secs(seconds);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (attack, pointers) = (&attack, &pointers);
            scope.spawn(move || {
                let mut random = Rng::with_seed(seed.wrapping_add(thread));
                while Instant::now() < end {
                    attack(&mut random, pointers);
                }
            });
        }
    });
    Ok(())
}

/// Three pages of memory, of which the second may only be read and the third may not be touched.
pub struct Pointers {
    pages: usize,
}

impl Pointers {
    /// Maps them. The mapping lasts as long as the process.
    pub fn new() -> io::Result<Self> {
        let length = const { NonZeroUsize::new(3 * PAGE).expect("not 0") };
        // SAFETY: a new private mapping, which overlaps nothing and is never unmapped.
        let pages = unsafe {
            mmap_anonymous(
                None,
                length,
                ProtFlags::PROT_READ | ProtFlags::PROT_WRITE,
                MapFlags::MAP_PRIVATE,
            )
        }?;
        for (page, protection) in [(1, ProtFlags::PROT_READ), (2, ProtFlags::PROT_NONE)] {
            // SAFETY: a whole page of the mapping above, of which no Rust reference exists.
            unsafe { mprotect(pages.byte_add(page * PAGE), PAGE, protection) }?;
        }
        Ok(Pointers { pages: pages.as_ptr() as usize })
    }

    /// An address: sometimes of memory that can be written, else null, unmapped, read-only, forbidden, of the kernel's
    /// half, or so near the end of what is allowed that a longer access runs over it. Programs hand these to system calls
    /// and never follow them.
    pub fn any(&self, random: &mut Rng) -> usize {
        match random.u8(0..8) {
            0 => 0,
            1 => random.usize(..),
            2 => self.pages + PAGE + random.usize(..PAGE),
            3 => self.pages + 2 * PAGE,
            4 => usize::MAX - random.usize(..2 * PAGE),
            5 => self.pages + 2 * PAGE - random.usize(1..64),
            6 => self.pages + PAGE - random.usize(1..64),
            _ => self.writable(),
        }
    }

    /// The address of one page that can be read and written.
    pub fn writable(&self) -> usize {
        self.pages
    }
}

/// Any call on a file with any arguments. Whether it fails is not our business.
pub fn any_call(random: &mut Rng, pointers: &Pointers, file: BorrowedFd) {
    let (fd, address) = (file.as_raw_fd(), pointers.any(random) as *mut libc::c_void);
    let (length, offset) = (any_length(random), random.i64(..) >> random.u8(..64));
    // SAFETY: the kernel checks every address; those it may write to lie in pages that no
    // Rust reference sees.
    unsafe {
        match random.u8(..8) {
            0 | 1 => _ = libc::read(fd, address, length),
            2 | 3 => _ = libc::write(fd, address, length),
            4 => _ = libc::pread64(fd, address, length, offset),
            5 => _ = libc::pwrite64(fd, address, length, offset),
            6 => _ = libc::lseek64(fd, offset, random.i32(-1..6)),
            _ => _ = libc::ioctl(fd, random.u64(..) as libc::Ioctl, address),
        }
    }
}

/// A length: small, around a page, huge, or anything.
pub fn any_length(random: &mut Rng) -> usize {
    match random.u8(0..5) {
        0 => random.usize(..64),
        1 => PAGE - 2 + random.usize(..4),
        2 => random.usize(..(1 << 20)),
        3 => usize::MAX - random.usize(..PAGE),
        _ => random.usize(..),
    }
}
