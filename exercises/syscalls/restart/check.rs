//! Lets a reader wait and a signal come, with a handler that has SA_RESTART and with one that has not, when nothing has come yet
//! and when a part has, without a time limit and with one. Then lets time limits end, also while bytes come one by one.

use judge::{
    Result, accepted, bail,
    caller::{Caller, Halt},
    ensure, equal, receive, refused,
};
use nix::{
    errno::Errno,
    sys::signal::Signal,
    unistd::{read, write},
};
use std::{fs::File, os::fd::AsRawFd, ptr, time::Duration};

/// How long a reader may take to return, or to go to sleep.
const PATIENCE: Duration = Duration::from_secs(1);

/// Much longer than anything here takes.
const LONG: u32 = 60_000;

/// What the kernel uses for a call that is to be made again.
const ERESTARTSYS: i32 = 512;

/// The signals, and what their handlers are like.
const INTERRUPTS: (Signal, &str) = (Signal::SIGUSR1, "a handler without SA_RESTART");
const RESTARTS: (Signal, &str) = (Signal::SIGUSR2, "a handler with SA_RESTART");

nix::ioctl_write_ptr!(tube_limit, 0xc5, 0x20, u32);

pub fn check() -> Result<()> {
    judge::let_signals_interrupt()?;
    judge::let_signals_restart()?;
    without_a_signal()?;
    more_than_is_wanted()?;
    bad_memory()?;
    before_anything_has_come()?;
    when_a_part_has_come()?;
    with_a_limit()?;
    a_limit_for_the_whole_call()
}

fn without_a_signal() -> Result<()> {
    let reader = Reader::start(5, None)?;
    reader.sleeps("nothing has come")?;
    put(b"he")?;
    reader.sleeps("2 of 5 bytes have come")?;
    put(b"llo")?;
    reader.returns("5 of 5 bytes have come", b"hello")
}

fn more_than_is_wanted() -> Result<()> {
    put(b"hello, and more")?;
    Reader::start(5, None)?.returns("15 bytes have come, and 5 are wanted", b"hello")?;
    Reader::start(10, None)?.returns("10 bytes are left, and wanted", b", and more")
}

fn bad_memory() -> Result<()> {
    put(b"hello")?;
    let tube = judge::open("/dev/exercise")?;
    // SAFETY: nothing is mapped at address 0, so nothing is written there.
    let call = move || Errno::result(unsafe { libc::read(tube.as_raw_fd(), ptr::null_mut(), 5) });
    let returned = receive(&Caller::start(call)?.returned, PATIENCE);
    // Who tries again and again would keep this program from ending, as long as there are bytes.
    Reader::start(5, Some(LONG))?.returns("a read(2) to a null pointer was before it", b"hello")?;
    match returned {
        Ok(result) => refused("a read(2) to a null pointer", result, Errno::EFAULT),
        Err(_) => bail!("a read(2) to a null pointer should fail with EFAULT, and has not returned"),
    }
}

fn before_anything_has_come() -> Result<()> {
    let reader = Reader::start(5, None)?;
    reader.sleeps("nothing has come")?;
    reader.fails("nothing has come", INTERRUPTS, "")?;

    let reader = Reader::start(5, None)?;
    reader.sleeps("nothing has come")?;
    match reader.after(RESTARTS)? {
        Some(result) => bail!(
            "nothing had come to a read(2) without a limit, and a handler with SA_RESTART ran: it should be made again, and {}",
            outcome(&result)
        ),
        None => put(b"again")?,
    }
    reader.returns("5 of 5 bytes have come", b"again")
}

fn when_a_part_has_come() -> Result<()> {
    for handler in [RESTARTS, INTERRUPTS] {
        for limit in [None, Some(LONG)] {
            let reader = Reader::start(8, limit)?;
            put(b"abc")?;
            reader.sleeps("3 of 8 bytes have come")?;
            let when = format!("3 of 8 bytes had come, and {} ran", handler.1);
            match reader.after(handler)? {
                Some(Ok(bytes)) => equal(&format!("what read(2) gives when {when},"), text(&bytes), text(b"abc"))?,
                Some(result) => bail!("{when}: read(2) should return 3, and {}", outcome(&result)),
                None => bail!("{when}: read(2) should return 3, and waits for 8 bytes again"),
            }
            put(b"defgh")?;
            let rest = Reader::start(5, limit)?;
            rest.returns("the other 5 have come", b"defgh")?;
        }
    }
    Ok(())
}

fn with_a_limit() -> Result<()> {
    let reader = Reader::start(5, Some(50))?;
    refused("a read(2) with a limit of 50 ms, to which nothing comes,", reader.result()?, Errno::EAGAIN)?;
    put(b"abc")?;
    let reader = Reader::start(5, Some(50))?;
    reader.returns("a limit of 50 ms is over and 3 of 5 bytes have come", b"abc")?;
    for handler in [INTERRUPTS, RESTARTS] {
        let reader = Reader::start(5, Some(LONG))?;
        reader.sleeps("nothing has come")?;
        reader.fails("nothing has come to a read with a limit", handler, ", with the whole limit before it again")?;
    }
    Ok(())
}

/// Bytes come one by one, so each wait is short, and a read of all of them takes twice the limit.
fn a_limit_for_the_whole_call() -> Result<()> {
    const BYTES: usize = 100;
    let reader = Reader::start(BYTES, Some(500))?;
    for _ in 0..BYTES {
        put(b"x")?;
        if let Ok(result) = receive(&reader.0.returned, Duration::from_millis(10)) {
            let bytes = accepted("a read(2) with a limit of 500 ms, to which bytes come one by one,", result?)?;
            return ensure_some(&bytes, BYTES);
        }
    }
    ensure_some(
        &accepted("a read(2) with a limit of 500 ms, to which bytes come one by one,", reader.result()?)?,
        BYTES,
    )
}

fn ensure_some(bytes: &[u8], all: usize) -> Result<()> {
    ensure!(
        bytes.len() < all,
        "a read(2) had a limit of 500 ms, one byte came every 10 ms, and it has waited for all of {all}: each wait had the whole \
         limit again"
    );
    ensure!(!bytes.is_empty(), "a read(2) had a limit of 500 ms, one byte came every 10 ms, and it returns 0");
    Ok(())
}

/// A thread in read(2).
struct Reader(Caller<Result<nix::Result<Vec<u8>>>>);

impl Reader {
    /// Starts one that wants so many bytes, and has so many milliseconds.
    fn start(count: usize, limit: Option<u32>) -> Result<Self> {
        let tube = judge::open("/dev/exercise")?;
        if let Some(limit) = limit {
            // SAFETY: the request reads a u32, and this is one.
            accepted("TUBE_LIMIT", unsafe { tube_limit(tube.as_raw_fd(), &limit) })?;
        }
        Ok(Reader(Caller::start(move || take(&tube, count))?))
    }

    /// What it has returned. None: it sleeps.
    fn halt(&self) -> Result<Option<nix::Result<Vec<u8>>>> {
        match self.0.halt(libc::SYS_read)? {
            Some(Halt::Returned(result)) => Ok(Some(result?)),
            Some(Halt::Asleep) => Ok(None),
            None => bail!("read(2) neither sleeps nor returns"),
        }
    }

    fn sleeps(&self, when: &str) -> Result<()> {
        match self.halt()? {
            None => Ok(()),
            Some(result) => bail!("{when}: read(2) should sleep, and {}", outcome(&result)),
        }
    }

    /// What it returns when it has been sent a signal. None: it sleeps again.
    fn after(&self, (signal, _): (Signal, &str)) -> Result<Option<nix::Result<Vec<u8>>>> {
        self.0.signal(signal)?;
        self.halt()
    }

    /// That a signal makes it fail with EINTR, and not wait on, which would be wrong in some way.
    fn fails(&self, when: &str, handler: (Signal, &str), wrong: &str) -> Result<()> {
        let call = format!("{when}, and {} ran: read(2)", handler.1);
        match self.after(handler)? {
            Some(result) => refused(&call, result, Errno::EINTR),
            None => {
                // A reader that no signal can wake would keep this program from ending.
                put(&[b'x'; 64])?;
                bail!("{call} should fail with EINTR, and waits on{wrong}")
            }
        }
    }

    fn returns(&self, when: &str, expected: &[u8]) -> Result<()> {
        let bytes = accepted(&format!("{when}: read(2)"), self.result()?)?;
        equal(&format!("what read(2) gives when {when},"), text(&bytes), text(expected))
    }

    fn result(&self) -> Result<nix::Result<Vec<u8>>> {
        match receive(&self.0.returned, PATIENCE) {
            Ok(result) => result,
            Err(_) => bail!("read(2) has not returned"),
        }
    }
}

fn take(tube: &File, count: usize) -> Result<nix::Result<Vec<u8>>> {
    let mut bytes = vec![0; count];
    let length = match read(tube, &mut bytes) {
        Err(Errno::UnknownErrno) if std::io::Error::last_os_error().raw_os_error() == Some(ERESTARTSYS) => {
            bail!(
                "read(2) fails with errno 512. That is ERESTARTSYS, which no program may ever see: no signal was pending"
            )
        }
        Err(errno) => return Ok(Err(errno)),
        Ok(length) => length,
    };
    ensure!(length <= count, "read(2) with room for {count} bytes returns {length}");
    bytes.truncate(length);
    Ok(Ok(bytes))
}

fn put(bytes: &[u8]) -> Result<()> {
    let tube = judge::open("/dev/exercise")?;
    let count = bytes.len();
    equal(&format!("what write(2) of {count} bytes returns"), write(&tube, bytes), Ok(count))
}

/// What a read(2) has done, as the end of a sentence.
fn outcome(result: &nix::Result<Vec<u8>>) -> String {
    match result {
        Ok(bytes) => format!("returns {}", bytes.len()),
        Err(errno) => format!("fails with {errno:?}"),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
