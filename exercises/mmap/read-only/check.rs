//! Reads the meter in a mapping, and tries in each way to get one that can be written.

use judge::{Context, Result, accepted, bail, ensure};
use memmap2::{MmapOptions, MmapRaw};
use nix::errno::Errno;
use std::{fs::File, io};

const PAGE: usize = 4096;

pub fn check() -> Result<()> {
    let device = judge::open("/dev/exercise")?;
    let shown = accepted("mmap(PROT_READ) of a file that is open for reading and writing", map(&device))?;
    accepted("write(2)", nix::unistd::write(&device, &[0; 7]))?;
    ensure!(units(&shown) == 7, "7 bytes were written, and a mapping does not show 7 units");
    let reader = File::open("/dev/exercise").context("open /dev/exercise for reading")?;
    accepted("mmap(PROT_READ) of a file that is open for reading", map(&reader))?;
    refused(
        "mmap of the page behind the meter's",
        page().offset(PAGE as u64).map_raw_read_only(&device),
        Errno::EINVAL,
    )?;
    let longer = page().len(2 * PAGE).map_raw_read_only(&device);
    refused("mmap of the meter's page and the one behind it", longer, Errno::EINVAL)?;

    // SAFETY: the kernel looks for the mapping, and nobody has a reference into it.
    let longer = unsafe { libc::mremap(shown.as_mut_ptr().cast(), PAGE, 2 * PAGE, libc::MREMAP_MAYMOVE) };
    ensure!(longer == libc::MAP_FAILED, "mremap(2) makes a mapping longer, and it ends behind the meter's only page");
    refused("mmap(PROT_READ | PROT_WRITE, MAP_SHARED)", page().map_raw(&device), Errno::EACCES)?;
    // SAFETY: nobody looks at the bytes.
    refused("mmap(PROT_READ | PROT_WRITE, MAP_PRIVATE)", unsafe { page().map_copy(&device) }, Errno::EACCES)?;
    // SAFETY: nobody looks at the bytes.
    let private = unsafe { page().map_copy_read_only(&device) };
    let private = accepted("mmap(PROT_READ, MAP_PRIVATE)", lesson::errno(private))?;
    let private = make_writable(private.as_ptr());
    let shared = make_writable(shown.as_ptr());
    if shared.is_ok() {
        // SAFETY: the mapping begins with a u64 and can be written now; nobody has a reference to it.
        unsafe { shown.as_mut_ptr().cast::<u64>().write_volatile(0) };
        let fresh = accepted("mmap(PROT_READ)", map(&device))?;
        ensure!(
            units(&fresh) != 0,
            "after mmap(PROT_READ), mprotect(PROT_WRITE) succeeds, and a program sets the meter to 0"
        );
    }
    refused("mprotect(PROT_READ | PROT_WRITE) of a shared mapping", shared, Errno::EACCES)?;
    refused("mprotect(PROT_READ | PROT_WRITE) of a private mapping", private, Errno::EACCES)
}

fn page() -> MmapOptions {
    let mut options = MmapOptions::new();
    options.len(PAGE);
    options
}

/// mmap(2) of the meter, shared and for reading.
fn map(device: &File) -> nix::Result<MmapRaw> {
    lesson::errno(page().map_raw_read_only(device))
}

fn units(meter: &MmapRaw) -> u64 {
    // SAFETY: the mapping begins with a u64, and a volatile read allows for its change.
    unsafe { meter.as_ptr().cast::<u64>().read_volatile() }
}

/// mprotect(2) of a page.
fn make_writable(page: *const u8) -> io::Result<()> {
    // SAFETY: the page is mapped, and whoever could read it can do so afterwards.
    match unsafe { libc::mprotect(page.cast_mut().cast(), PAGE, libc::PROT_READ | libc::PROT_WRITE) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

fn refused<T>(call: &str, result: io::Result<T>, errno: Errno) -> Result<()> {
    match lesson::errno(result) {
        Err(got) if got == errno => Ok(()),
        Err(got) => bail!("{call} should fail with {errno:?}, and fails with {got:?}"),
        Ok(_) => bail!("{call} should fail with {errno:?}, and succeeds"),
    }
}
