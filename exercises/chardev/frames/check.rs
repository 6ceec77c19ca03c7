//! Sends records through a pipe: several with one write, then one in pieces, each of them when the reader sleeps. Some
//! streams end in the middle, and one has a signal in the middle.

use crate::exercise::{Error, next_record};
use judge::{Result, bail, caller::Caller, equal, is_asleep, until, within};
use nix::{
    errno::Errno,
    sys::signal::Signal,
    unistd::{pipe, write},
};
use std::{
    os::fd::{AsFd, AsRawFd, OwnedFd},
    sync::Arc,
    thread,
    time::Duration,
};

/// How long something may take that must happen.
const PATIENCE: Duration = Duration::from_secs(1);

/// What `next_record` returns, with the record as text.
type Answer = Result<Option<String>, Error>;

pub fn check() -> Result<()> {
    records_stay_apart()?;
    a_record_in_pieces_is_whole()?;
    a_long_record_is_whole()?;
    a_signal_is_no_failure()?;
    an_end_in_the_middle_is_an_error()?;
    let (_reader, writer) = pipe()?;
    equal(
        "what next_record returns for a file that is not open for reading",
        ask(writer)?,
        Err(Error::Read(Errno::EBADF)),
    )
}

fn records_stay_apart() -> Result<()> {
    let reader = Arc::new(stream(b"\x03\x00abc\x00\x00\x02\x00hi")?);
    let expected = [Some("abc"), Some(""), Some("hi"), None];
    let whats = [
        "for the first of three records",
        "for the second of three records, an empty one,",
        "for the third",
        "at the end",
    ];
    for (what, text) in whats.into_iter().zip(expected) {
        let said = ask(reader.clone())?;
        equal(&format!("what next_record returns {what}"), said, Ok(text.map(String::from)))?;
    }
    Ok(())
}

fn a_record_in_pieces_is_whole() -> Result<()> {
    let pieces: [(&str, &[&[u8]]); 3] = [
        ("whose bytes come in two pieces", &[b"\x05\x00he", b"llo"]),
        ("whose length comes in two pieces", &[b"\x05", b"\x00hello"]),
        ("that comes byte by byte", &[b"\x05", b"\x00", b"h", b"e", b"l", b"l", b"o"]),
    ];
    for (how, pieces) in pieces {
        let (reader, writer) = pipe()?;
        let mut call = Call::of(reader)?;
        for piece in pieces {
            call.wants_more(&writer)?;
            write(&writer, piece)?;
        }
        equal(&format!("what next_record returns for a record {how}"), call.answer()?, whole("hello"))?;
    }
    Ok(())
}

fn a_long_record_is_whole() -> Result<()> {
    let text = "0123456789abcdef".repeat(4096);
    let text = &text[1..];
    let (reader, writer) = pipe()?;
    let mut call = Call::of(reader)?;
    let bytes = [&u16::MAX.to_le_bytes(), text.as_bytes()].concat();
    thread::spawn(move || bytes.chunks(4095).try_for_each(|part| write(&writer, part).map(drop)));
    match call.answer()? == whole(text) {
        true => Ok(()),
        false => bail!("a record of 65535 bytes was sent, and next_record returns something else"),
    }
}

fn a_signal_is_no_failure() -> Result<()> {
    judge::let_signals_interrupt()?;
    let (reader, writer) = pipe()?;
    let mut call = Call::of(reader)?;
    for piece in [&b"\x05\x00"[..], b"hel", b"lo"] {
        call.wants_more(&writer)?;
        call.caller.signal(Signal::SIGUSR1)?;
        call.wants_more(&writer)?;
        write(&writer, piece)?;
    }
    equal("what next_record returns for a record while signals arrive", call.answer()?, whole("hello"))
}

fn an_end_in_the_middle_is_an_error() -> Result<()> {
    let ends: [(&str, &[u8]); 4] = [
        ("in the middle of a record's bytes", b"\x05\x00hel"),
        ("before a record's bytes", b"\x05\x00"),
        ("in the middle of a record's length", b"\x05"),
        ("in the middle of a length of which the first byte is 0", b"\x00"),
    ];
    for (place, bytes) in ends {
        let said = ask(stream(bytes)?)?;
        equal(&format!("what next_record returns for a stream that ends {place}"), said, Err(Error::Truncated))?;
    }
    Ok(())
}

fn whole(text: &str) -> Answer {
    Ok(Some(text.into()))
}

/// A stream that ends after these bytes.
fn stream(bytes: &[u8]) -> Result<OwnedFd> {
    let (reader, writer) = pipe()?;
    write(&writer, bytes)?;
    Ok(reader)
}

/// `next_record` of a stream that has all that it will ever have.
fn ask(stream: impl AsFd + Send + 'static) -> Result<Answer> {
    within(PATIENCE, "next_record", move || text(next_record(stream)))
}

fn text(record: Result<Option<Vec<u8>>, Error>) -> Answer {
    record.map(|record| record.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// A call of `next_record` in a thread of its own.
struct Call {
    caller: Caller<Answer>,
    answer: Option<Answer>,
    /// Who writes to a pipe without a reader is ended by SIGPIPE.
    _stream: Arc<OwnedFd>,
}

impl Call {
    fn of(stream: OwnedFd) -> Result<Self> {
        let stream = Arc::new(stream);
        let theirs = stream.clone();
        let caller = Caller::start(move || text(next_record(&theirs)))?;
        Ok(Call { caller, answer: None, _stream: stream })
    }

    /// Waits until it has taken all that is in the pipe and sleeps, or has returned.
    fn wants_more(&mut self, writer: &OwnedFd) -> Result<()> {
        let wants_more = until(PATIENCE, || {
            self.answer = self.answer.take().or_else(|| self.caller.returned.try_recv().ok());
            let wants_more = self.answer.is_some() || in_pipe(writer)? == 0 && is_asleep(self.caller.task)?;
            Ok(wants_more.then_some(()))
        })?;
        match wants_more {
            Some(()) => Ok(()),
            None => bail!("a part of a record was sent, and next_record neither returns nor waits for the rest"),
        }
    }

    fn answer(&mut self) -> Result<Answer> {
        match self.answer.take().map_or_else(|| judge::receive(&self.caller.returned, PATIENCE), Ok) {
            Ok(answer) => Ok(answer),
            Err(_) => bail!("a whole record was sent, and next_record has not returned"),
        }
    }
}

/// How many bytes a pipe holds; see pipe(7).
fn in_pipe(pipe: &OwnedFd) -> nix::Result<libc::c_int> {
    let mut count = 0;
    // SAFETY: FIONREAD writes one int, to a variable that is one.
    Errno::result(unsafe { libc::ioctl(pipe.as_raw_fd(), libc::FIONREAD, &raw mut count) })?;
    Ok(count)
}
