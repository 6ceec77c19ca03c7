//! A timer as the steps use it.

use judge::{
    Result, accepted, anyhow, bail,
    caller::{Caller, Halt},
    equal, receive, within,
};
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    unistd::{read, write},
};
use std::{
    fs::{File, OpenOptions},
    os::{
        fd::{AsFd, AsRawFd},
        unix::fs::OpenOptionsExt,
    },
    time::Duration,
};

/// How long anything may take that should happen at once.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// The longest time, in milliseconds: nothing here takes so long.
pub const LONG: u32 = 60_000;

/// `struct egg_status`.
#[repr(C)]
#[derive(Debug, Default, Clone, Copy)]
pub struct Status {
    /// Nanoseconds.
    pub left: u64,
    /// Not read yet.
    pub rung: u64,
}

nix::ioctl_read!(egg_status, 0xc5, 0x40, Status);

/// open(2) with these flags besides.
pub fn open(flags: libc::c_int) -> Result<File> {
    let mut options = OpenOptions::new();
    accepted("open /dev/exercise", options.read(true).write(true).custom_flags(flags).open("/dev/exercise"))
}

/// write(2) of so many milliseconds.
pub fn set(file: &File, ms: u32) -> Result<()> {
    let text = ms.to_string();
    equal(&format!("what write(2) of {text:?} returns"), write(file, text.as_bytes()), Ok(text.len()))
}

/// An open file, and its timer. Dropping it stops the timer first: before step 6, closing the file need not do that.
pub struct Egg(pub File);

impl Egg {
    /// open(2).
    pub fn open() -> Result<Self> {
        open(0).map(Egg)
    }

    /// [`set`] of this one.
    pub fn set(&self, ms: u32) -> Result<()> {
        set(&self.0, ms)
    }

    /// That one read(2) gives 1.
    pub fn is_rung(&self, when: &str) -> Result<()> {
        Reader::start(self)?.gives(when, 1)
    }

    /// That poll(2) reports POLLIN, or nothing.
    pub fn is_readable(&self, state: &str, expected: bool) -> Result<()> {
        let file = self.0.try_clone()?;
        let events = within(PATIENCE, "poll(2) with a timeout of 0", move || {
            let mut files = [PollFd::new(file.as_fd(), PollFlags::POLLIN)];
            poll(&mut files, PollTimeout::ZERO).map(|_| files[0].revents())
        })?;
        match (expected, accepted("poll(2)", events)? == Some(PollFlags::POLLIN)) {
            (true, false) => bail!("{state}: a read(2) would not sleep, and poll(2) does not report POLLIN"),
            (false, true) => bail!("{state}: a read(2) would sleep, and poll(2) reports POLLIN"),
            _ => Ok(()),
        }
    }

    /// The answer to EGG_STATUS.
    pub fn status(&self) -> Result<Status> {
        let mut status = Status { left: u64::MAX, rung: u64::MAX };
        // SAFETY: the request writes a Status, and this is one.
        accepted("EGG_STATUS", unsafe { egg_status(self.0.as_raw_fd(), &mut status) })?;
        Ok(status)
    }

    /// That EGG_STATUS says this.
    pub fn has(&self, state: &str, left: u64, rung: u64) -> Result<()> {
        let status = self.status()?;
        equal(&format!("left in the EGG_STATUS of a timer that {state}"), status.left, left)?;
        equal(&format!("rung in the EGG_STATUS of a timer that {state}"), status.rung, rung)
    }
}

impl Drop for Egg {
    fn drop(&mut self) {
        // Whoever cannot be stopped is what the check is about.
        let _ = write(&self.0, b"0");
    }
}

/// A thread in read(2).
pub struct Reader(pub Caller<nix::Result<u64>>);

impl Reader {
    /// Starts one.
    pub fn start(egg: &Egg) -> Result<Self> {
        let file = egg.0.try_clone()?;
        Ok(Reader(Caller::start(move || take(&file))?))
    }

    /// What it has returned. None: it sleeps.
    pub fn halt(&self) -> Result<Option<nix::Result<u64>>> {
        match self.0.halt(libc::SYS_read)? {
            Some(Halt::Returned(result)) => Ok(Some(result)),
            Some(Halt::Asleep) => Ok(None),
            None => bail!("read(2) neither sleeps nor returns"),
        }
    }

    /// That it sleeps.
    pub fn sleeps(&self, when: &str) -> Result<()> {
        match self.halt()? {
            None => Ok(()),
            Some(Ok(rung)) => bail!("{when}: read(2) should sleep, and gives {rung}"),
            Some(Err(errno)) => bail!("{when}: read(2) should sleep, and fails with {errno:?}"),
        }
    }

    /// That it returns, with this number.
    pub fn gives(&self, when: &str, rung: u64) -> Result<()> {
        equal(&format!("what read(2) gives when {when},"), self.result()?, Ok(rung))
    }

    /// What it returns, now that it can.
    pub fn result(&self) -> Result<nix::Result<u64>> {
        receive(&self.0.returned, PATIENCE).map_err(|_| anyhow!("the timer has rung, and read(2) has not returned"))
    }
}

/// read(2) of how often it has rung.
pub fn take(egg: &File) -> nix::Result<u64> {
    let mut rung = [u8::MAX; 16];
    match read(egg, &mut rung)? {
        8 if rung[8..] == [u8::MAX; 8] => Ok(u64::from_ne_bytes(rung[..8].try_into().map_err(|_| Errno::EIO)?)),
        _ => Err(Errno::EMSGSIZE),
    }
}
