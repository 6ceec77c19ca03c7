//! Records in a stream of bytes: two bytes say how long a record is, the low one first, and that many bytes follow.

use nix::{errno::Errno, unistd::read};
use std::os::fd::AsFd;

/// Why there is no next record.
#[derive(Debug, PartialEq, Eq)]
pub enum Error {
    /// The stream has ended in the middle of a record.
    Truncated,
    /// What read(2) fails with. A signal is no failure.
    Read(Errno),
}

/// Takes the next record off the stream, and not a byte more. None: the stream has ended where a record would begin.
pub fn next_record(stream: impl AsFd) -> Result<Option<Vec<u8>>, Error> {
    let mut header = [0; 2];
    if read(&stream, &mut header).map_err(Error::Read)? == 0 {
        return Ok(None);
    }
    let mut record = vec![0; u16::from_le_bytes(header).into()];
    let length = read(&stream, &mut record).map_err(Error::Read)?;
    if length < record.len() { Err(Error::Truncated) } else { Ok(Some(record)) }
}
