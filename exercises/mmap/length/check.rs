//! Maps every run of frames that there is, then what is not wholly frames, and reads what such a mapping gives away.

use judge::{Result, accepted, bail, ensure};
use memmap2::{MmapOptions, MmapRaw};
use nix::{
    errno::Errno,
    unistd::{pipe, read},
};
use std::{fs::File, os::fd::AsRawFd};

const PAGE: usize = 4096;
const FRAMES: usize = 4;

pub fn check() -> Result<()> {
    let device = judge::open("/dev/exercise")?;
    every_run_of_frames_is_mapped(&device)?;
    grows(&device)?;
    outside(&device, "the frames and one page more", 0, FRAMES + 1)?;
    outside(&device, "the page behind the frames", FRAMES, 1)?;
    outside(&device, "as many pages as there are frames, from the second frame on", 1, FRAMES)?;
    // The kernel itself refuses a mapping that would end at the offset 2 to the power of 64: this ends a page before.
    outside(&device, "a page at the largest offset that mmap(2) takes", (1 << 52) - 2, 1)?;
    outside(&device, "a page at an offset of 4 GiB", 1 << 20, 1)
}

fn every_run_of_frames_is_mapped(device: &File) -> Result<()> {
    let whole = accepted("mmap of all frames", map(device, 0, FRAMES))?;
    for page in 0..FRAMES {
        // SAFETY: inside the mapping, of which nobody has a reference.
        unsafe { whole.as_mut_ptr().add(page * PAGE).write_volatile(b'0' + page as u8) };
    }
    for first in 0..FRAMES {
        for count in 1..=FRAMES - first {
            let run = accepted("mmap of some of the frames", map(device, first, count))?;
            for place in 0..count {
                let number = b'0' + (first + place) as u8;
                let same = first_bytes(&run, place)?.first() == Some(&number);
                ensure!(same, "a mapping of some of the frames shows other pages than a mapping of all of them");
            }
        }
    }
    Ok(())
}

/// mremap(2) asks the driver nothing.
fn grows(device: &File) -> Result<()> {
    let last = accepted("mmap of the last frame", map(device, FRAMES - 1, 1))?;
    // SAFETY: the kernel looks for the mapping, and nobody has a reference into it.
    let longer = unsafe { libc::mremap(last.as_mut_ptr().cast(), PAGE, 2 * PAGE, libc::MREMAP_MAYMOVE) };
    ensure!(longer == libc::MAP_FAILED, "mremap(2) makes a mapping of the last frame longer, beyond the frames");
    Ok(())
}

/// That a mapping is refused which has at least its last page outside.
fn outside(device: &File, what: &str, first: usize, count: usize) -> Result<()> {
    let mapping = match map(device, first, count) {
        Err(Errno::EINVAL) => return Ok(()),
        Err(errno) => bail!("mmap of {what} should fail with EINVAL, and fails with {errno:?}"),
        Ok(mapping) => mapping,
    };
    let bytes = first_bytes(&mapping, count - 1)?;
    let text: String = bytes.into_iter().take_while(|byte| *byte != 0).map(char::from).collect();
    if text.is_empty() {
        bail!("mmap of {what} should fail with EINVAL, and succeeds");
    }
    bail!("mmap of {what} should fail with EINVAL, and succeeds; the program reads there {text:?}")
}

fn map(device: &File, first: usize, count: usize) -> nix::Result<MmapRaw> {
    lesson::errno(MmapOptions::new().offset((first * PAGE) as u64).len(count * PAGE).map_raw(device))
}

/// The first bytes of a page of a mapping. The kernel fetches them: a page without memory is EFAULT then, and no
/// SIGBUS.
fn first_bytes(mapping: &MmapRaw, page: usize) -> Result<Vec<u8>> {
    let (reader, writer) = pipe()?;
    let mut bytes = vec![0; 32];
    // SAFETY: inside the mapping; the kernel checks the address itself.
    let sent = unsafe { libc::write(writer.as_raw_fd(), mapping.as_ptr().add(page * PAGE).cast(), bytes.len()) };
    accepted("a look at a page that mmap has mapped", Errno::result(sent))?;
    let length = read(&reader, &mut bytes)?;
    bytes.truncate(length);
    Ok(bytes)
}
