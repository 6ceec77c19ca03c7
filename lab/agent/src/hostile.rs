//! Nonsense for a module of which nothing is known but the files that it has made: several threads open, read, write, map and
//! poll them at once, with random arguments and pointers of every bad kind. Whether a call fails is not our business; the
//! kernel's log and the module's end say how it has fared.

use anyhow::{Context, Result, bail, ensure};
use lesson::hostile::{PAGE, Pointers, Rng, THREADS, any_call, any_length};
use nix::{
    fcntl::{OFlag, open},
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::stat::Mode,
    unistd::gettid,
};
use std::{
    fs,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
    process, thread,
    time::Duration,
};

/// Entries of a device's folder in sysfs that are the kernel's own: what happens at them says nothing of the module.
const OF_THE_KERNEL: [&str; 12] = [
    "uevent",
    "power",
    "subsystem",
    "driver",
    "driver_override",
    "bind",
    "unbind",
    "remove",
    "rescan",
    "dev",
    "drivers_probe",
    "refcnt",
];

/// How deep below a folder its files are attacked.
const DEPTH: usize = 4;

/// What is attacked.
struct Target {
    files: Vec<PathBuf>,
    /// Requests of ioctl(2) that the module may know.
    requests: Vec<u32>,
}

/// Attacks for so many seconds, from a seed, what is named. A thread that waits in a call when the time is up is killed with the
/// process.
pub fn attack(arguments: &[String]) -> Result<()> {
    let [seconds, seed, names @ ..] = arguments else { bail!("hostile: SECONDS SEED PATH…|0xREQUEST…") };
    let (seconds, seed) = (seconds.parse().context("hostile: SECONDS")?, seed.parse::<u64>().context("hostile: SEED")?);
    let mut target = Target { files: Vec::new(), requests: Vec::new() };
    for name in names {
        match name.strip_prefix("0x") {
            Some(number) => target.requests.push(u32::from_str_radix(number, 16).context("hostile: 0xREQUEST")?),
            None => list(Path::new(name), DEPTH, &mut target.files),
        }
    }
    ensure!(!target.files.is_empty(), "hostile: there is no file in what was named");
    target.files.sort();
    target.files.dedup();
    println!("files: {}; requests of ioctl(2): {}", target.files.len(), target.requests.len());
    let (target, pointers) = (Box::leak(Box::new(target)), Box::leak(Box::new(Pointers::new()?)));
    for thread in 0..THREADS {
        let mut random = Rng::with_seed(seed.wrapping_add(thread));
        let (target, pointers) = (&*target, &*pointers);
        thread::spawn(move || {
            // Files that stay open: what one thread has done to one, another finds.
            let kept: Vec<OwnedFd> = target.files.iter().filter_map(|file| opened(file, &mut random)).collect();
            loop {
                once(target, &kept, &mut random, pointers);
            }
        });
    }
    thread::sleep(Duration::from_secs(seconds));
    process::exit(0);
}

/// The files at a path and below it. Links lead elsewhere.
fn list(path: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let is_kernels = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| OF_THE_KERNEL.contains(&name));
    let Ok(metadata) = fs::symlink_metadata(path) else { return };
    if metadata.is_symlink() || is_kernels {
        return;
    }
    if !metadata.is_dir() {
        return files.push(path.to_path_buf());
    }
    for entry in fs::read_dir(path).into_iter().flatten().flatten().filter(|_| depth > 0) {
        list(&entry.path(), depth - 1, files);
    }
}

fn opened(file: &Path, random: &mut Rng) -> Option<OwnedFd> {
    // Mostly so that it can be read and written, and without waiting.
    let access = [OFlag::O_RDWR, OFlag::O_RDWR, OFlag::O_RDONLY, OFlag::O_WRONLY][random.usize(..4)];
    let other = [OFlag::O_NONBLOCK, OFlag::O_NONBLOCK | OFlag::O_APPEND, OFlag::empty()][random.usize(..3)];
    let open = |access| open(file, access | other | OFlag::O_CLOEXEC, Mode::empty()).ok();
    open(access).or_else(|| open(OFlag::O_RDONLY)).or_else(|| open(OFlag::O_WRONLY))
}

/// One call on a file that is kept, or on one that is opened for it.
fn once(target: &Target, kept: &[OwnedFd], random: &mut Rng, pointers: &Pointers) {
    let fresh = if kept.is_empty() || random.u8(..4) == 0 {
        opened(&target.files[random.usize(..target.files.len())], random)
    } else {
        None
    };
    let Some(file) = fresh.as_ref().or_else(|| kept.get(random.usize(..kept.len().max(1)))) else { return };
    match random.u8(..16) {
        0 => drop(poll(&mut [PollFd::new(file.as_fd(), PollFlags::all())], PollTimeout::ZERO)),
        1 => map(file.as_fd(), random),
        2..=6 if !target.requests.is_empty() => {
            let request = target.requests[random.usize(..target.requests.len())];
            // Sometimes with another size or direction than it has.
            let request = if random.u8(..4) == 0 { request ^ 1 << random.u8(16..32) } else { request };
            let argument = if random.bool() { pointers.any(random) } else { any_length(random) };
            // SAFETY: the kernel checks every address; those it may write to lie in pages that no Rust reference sees.
            unsafe { libc::ioctl(file.as_raw_fd(), request as libc::Ioctl, argument) };
        }
        _ => any_call(random, pointers, file.as_fd()),
    }
}

/// Maps a part of a file, looks at it as another process would, and unmaps it: whoever touches a mapping that has nothing behind
/// it is killed, and process_vm_readv(2) fails instead.
fn map(file: BorrowedFd, random: &mut Rng) {
    let length = PAGE * random.usize(1..20);
    let protection = [libc::PROT_READ, libc::PROT_READ | libc::PROT_WRITE][random.usize(..2)];
    let sharing = [libc::MAP_SHARED, libc::MAP_PRIVATE][random.usize(..2)];
    let offset = match random.u8(..3) {
        0 => 0,
        1 => random.i64(..32) * PAGE as i64,
        _ => random.i64(..) & !(PAGE as i64 - 1),
    };
    // SAFETY: a new mapping, which overlaps nothing; no reference to it is made.
    let start = unsafe { libc::mmap64(std::ptr::null_mut(), length, protection, sharing, file.as_raw_fd(), offset) };
    if start == libc::MAP_FAILED {
        return;
    }
    let mut page = [0u8; 64];
    let here = libc::iovec { iov_base: page.as_mut_ptr().cast(), iov_len: page.len() };
    let there =
        libc::iovec { iov_base: start.wrapping_byte_add(PAGE * random.usize(..length / PAGE)), iov_len: page.len() };
    // SAFETY: it writes to `page`, which is long enough; the other address is the kernel's to check. The mapping is ours.
    unsafe {
        libc::process_vm_readv(gettid().as_raw(), &here, 1, &there, 1, 0);
        libc::munmap(start, length);
    }
}
