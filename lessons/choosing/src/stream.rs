//! Bytes in a row: a pair of pipes, and a pair of connected Unix sockets.
//!
//! Neither knows where a message ends, so its length goes before it.

use crate::{Crossing, MOST, partner};
use lesson::child::Child;
use std::{
    io::{
        Error, IoSlice, IoSliceMut, PipeReader, PipeWriter, Read, Result, Write,
        pipe as pair,
    },
    os::unix::net::UnixStream,
};

/// The length of a message, as it is sent.
type Length = u32;
const HEADER: usize = size_of::<Length>();

/// Our two ends, and who holds the others.
struct Stream<R, W> {
    from: R,
    to: W,
    _partner: Child,
}

/// Two of pipe(2), one each way.
pub fn pipe() -> Result<Box<dyn Crossing>> {
    let (from, to_us): (PipeReader, PipeWriter) = pair()?;
    let (from_us, to) = pair()?;
    let partner = start(from_us, to_us)?;
    Ok(Box::new(Stream { from, to, _partner: partner }))
}

/// socketpair(2), of type `SOCK_STREAM`.
pub fn socket() -> Result<Box<dyn Crossing>> {
    let (ours, theirs) = UnixStream::pair()?;
    let partner = start(theirs.try_clone()?, theirs)?;
    Ok(Box::new(Stream { from: ours.try_clone()?, to: ours, _partner: partner }))
}

// ANCHOR: stream
/// The partner waits for a whole message, so that the two never both wait to write.
fn start(mut from: impl Read, mut to: impl Write) -> Result<Child> {
    let mut message = vec![0; HEADER + MOST];
    partner::start(move || {
        let mut have = 0;
        let mut end = HEADER;
        while have < end {
            have += some(from.read(&mut message[have..])?)?;
            if let Some(length) = message[..have].first_chunk() {
                end = HEADER + Length::from_ne_bytes(*length) as usize;
            }
        }
        to.write_all(&message[..end])
    })
}

impl<R: Read, W: Write> Crossing for Stream<R, W> {
    fn most(&self) -> usize {
        MOST
    }

    fn round_trip(&mut self, bytes: &[u8], back: &mut [u8]) -> Result<()> {
        let header = (bytes.len() as Length).to_ne_bytes();
        let parts = [IoSlice::new(&header), IoSlice::new(bytes)];
        let sent = self.to.write_vectored(&parts)?;
        self.to.write_all(&bytes[sent.saturating_sub(HEADER)..])?;

        let mut header = [0; HEADER];
        let parts = &mut [IoSliceMut::new(&mut header), IoSliceMut::new(back)];
        let have = some(self.from.read_vectored(parts)?)?;
        self.from.read_exact(&mut back[have.saturating_sub(HEADER)..])
    }
}
// ANCHOR_END: stream

/// No bytes: the other end is gone.
fn some(count: usize) -> Result<usize> {
    match count {
        0 => Err(Error::from(std::io::ErrorKind::UnexpectedEof)),
        count => Ok(count),
    }
}
