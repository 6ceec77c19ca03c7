//! Has a child run `errands` and stops it at every system call, as strace(1) does. The child runs it once before, because
//! the first allocations of a program ask the kernel for memory.

use crate::exercise::{CALLS, errands};
use judge::{Result, bail, ensure, traced, within};
use nix::{
    errno::Errno,
    sys::{
        ptrace,
        wait::{WaitStatus, waitpid},
    },
    unistd::Pid,
};
use std::{fs, time::Duration};

const LIST: &str = "/tmp/list";

/// A number that no call has. The child uses it to say that `errands` begins, and that it has ended.
const MARK: libc::c_long = 100_000;

/// The calls that a program of this kind could make.
const NAMES: [(&str, libc::c_long); 60] = [
    ("access", libc::SYS_access),
    ("brk", libc::SYS_brk),
    ("clock_gettime", libc::SYS_clock_gettime),
    ("clone", libc::SYS_clone),
    ("clone3", libc::SYS_clone3),
    ("close", libc::SYS_close),
    ("creat", libc::SYS_creat),
    ("dup", libc::SYS_dup),
    ("execve", libc::SYS_execve),
    ("exit", libc::SYS_exit),
    ("exit_group", libc::SYS_exit_group),
    ("faccessat", libc::SYS_faccessat),
    ("faccessat2", libc::SYS_faccessat2),
    ("fadvise64", libc::SYS_fadvise64),
    ("fallocate", libc::SYS_fallocate),
    ("fcntl", libc::SYS_fcntl),
    ("fdatasync", libc::SYS_fdatasync),
    ("fork", libc::SYS_fork),
    ("fstat", libc::SYS_fstat),
    ("fsync", libc::SYS_fsync),
    ("ftruncate", libc::SYS_ftruncate),
    ("futex", libc::SYS_futex),
    ("getpid", libc::SYS_getpid),
    ("getppid", libc::SYS_getppid),
    ("getrandom", libc::SYS_getrandom),
    ("gettid", libc::SYS_gettid),
    ("gettimeofday", libc::SYS_gettimeofday),
    ("ioctl", libc::SYS_ioctl),
    ("lseek", libc::SYS_lseek),
    ("lstat", libc::SYS_lstat),
    ("madvise", libc::SYS_madvise),
    ("mmap", libc::SYS_mmap),
    ("mprotect", libc::SYS_mprotect),
    ("mremap", libc::SYS_mremap),
    ("munmap", libc::SYS_munmap),
    ("newfstatat", libc::SYS_newfstatat),
    ("open", libc::SYS_open),
    ("openat", libc::SYS_openat),
    ("openat2", libc::SYS_openat2),
    ("poll", libc::SYS_poll),
    ("ppoll", libc::SYS_ppoll),
    ("pread64", libc::SYS_pread64),
    ("pwrite64", libc::SYS_pwrite64),
    ("read", libc::SYS_read),
    ("readlink", libc::SYS_readlink),
    ("readv", libc::SYS_readv),
    ("rename", libc::SYS_rename),
    ("renameat", libc::SYS_renameat),
    ("rt_sigaction", libc::SYS_rt_sigaction),
    ("rt_sigprocmask", libc::SYS_rt_sigprocmask),
    ("sched_yield", libc::SYS_sched_yield),
    ("stat", libc::SYS_stat),
    ("statx", libc::SYS_statx),
    ("sync", libc::SYS_sync),
    ("time", libc::SYS_time),
    ("truncate", libc::SYS_truncate),
    ("unlink", libc::SYS_unlink),
    ("unlinkat", libc::SYS_unlinkat),
    ("write", libc::SYS_write),
    ("writev", libc::SYS_writev),
];

pub fn check() -> Result<()> {
    let made = within(Duration::from_secs(3), "the child that runs errands", trace)??;
    let list = fs::read(LIST).unwrap_or_default();
    ensure!(
        list == b"bread\nmilk\n" && made.len() > 4,
        "errands is another function now: change CALLS and leave it as it is"
    );
    let before = |place: usize| CALLS[..place].join(", ");
    for (place, name) in CALLS.iter().enumerate() {
        let Some((_, number)) = NAMES.iter().find(|(known, _)| known == name) else {
            bail!("{name:?} is no system call that could come here; syscalls(2) has their names");
        };
        match made.get(place) {
            Some(made) if made == number => {}
            Some(_) if place == 0 => bail!("the first call of errands is not {name}"),
            Some(_) => bail!("{} is right so far, and the next call of errands is not {name}", before(place)),
            None => bail!("{} is all that errands calls, and CALLS goes on with {name}", before(place)),
        }
    }
    ensure!(made.len() == CALLS.len(), "{} is right so far, and then errands makes another call", before(CALLS.len()));
    Ok(())
}

/// The numbers of the calls that `errands` makes.
fn trace() -> Result<Vec<libc::c_long>> {
    let child = traced(run)?;
    let (mut calls, mut inside) = (Vec::new(), false);
    while let Some(call) = next_call(child)? {
        match call {
            MARK => inside = !inside,
            call if inside => calls.push(call),
            _ => {}
        }
    }
    Ok(calls)
}

/// What the child does.
fn run() -> nix::Result<()> {
    lesson::errno(errands())?;
    lesson::errno(fs::remove_file(LIST))?;
    mark();
    lesson::errno(errands())?;
    mark();
    Ok(())
}

fn mark() {
    // SAFETY: no call has this number, and so the kernel does nothing.
    let result = Errno::result(unsafe { libc::syscall(MARK) });
    debug_assert_eq!(result, Err(Errno::ENOSYS));
}

/// Lets the child run to its next call. None: it has ended.
fn next_call(child: Pid) -> Result<Option<libc::c_long>> {
    loop {
        ptrace::syscall(child, None)?;
        match waitpid(child, None)? {
            WaitStatus::PtraceSyscall(_) => {}
            WaitStatus::Exited(_, 0) => return Ok(None),
            WaitStatus::Exited(_, code) => bail!("errands fails with {:?}", Errno::from_raw(code)),
            ended @ WaitStatus::Signaled(..) => bail!("the child that runs errands has ended: {ended:?}"),
            _ => continue,
        }
        let info = ptrace::syscall_info(child)?;
        if info.op == libc::PTRACE_SYSCALL_INFO_ENTRY {
            // SAFETY: `op` says that this is the part of the union that the kernel filled in.
            return Ok(Some(unsafe { info.u.entry }.nr as libc::c_long));
        }
    }
}
