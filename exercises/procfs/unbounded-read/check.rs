//! Reads the notice with little room and with much, to its end and from behind it, and looks at what lies behind the room.
//! Then puts up another notice in the middle of a read(2), whose memory is not there yet.

use judge::{
    Result, accepted, ensure, equal, refused,
    stopped::{StoppedRead, meanwhile},
};
use memmap2::MmapMut;
use nix::{
    errno::Errno,
    sys::uio::pread,
    unistd::{Whence, lseek, write},
};
use std::{fs::File, os::fd::AsRawFd, ptr};

const LONG: [u8; 200] = [b'L'; 200];
const SHORT: &[u8] = b"The ferry leaves at noon.\n";

pub fn check() -> Result<()> {
    let mut memory = Memory::new()?;
    let board = open()?;
    put_up(&board, SHORT)?;
    let read = accepted("a read(2) with room for a page", memory.read(&board, 4096)?)?;
    ensure!(read == SHORT, "a read(2) with room for a page does not return the notice");

    let read = accepted("a read(2) with room for 4 bytes", memory.read(&open()?, 4)?)?;
    ensure!(read == SHORT[..4], "a read(2) with room for 4 bytes does not return the first 4");

    for room in [4, 2, 7, 25, 26, 27, 4096] {
        to_the_end(&mut memory, room)?;
    }
    two_readers(&mut memory)?;
    a_bad_pointer(&mut memory)?;
    behind_the_end(&mut memory)?;
    put_up(&board, b"")?;
    let read = accepted("a read(2) from the empty board", memory.read(&open()?, 4096)?)?;
    ensure!(read.is_empty(), "a read(2) from the empty board returns bytes");
    in_the_middle_of_a_read()
}

/// Reads the short notice from beginning to end with room for so many bytes.
fn to_the_end(memory: &mut Memory, room: usize) -> Result<()> {
    let what = format!("read(2) with room for {room} bytes at a time");
    let (board, mut read) = (open()?, Vec::new());
    loop {
        let part = accepted(&what, memory.read(&board, room)?)?;
        if part.is_empty() {
            break;
        }
        read.extend(part);
        ensure!(read.len() <= 10 * SHORT.len(), "{what} goes on for ever: the end of the notice never comes");
    }
    ensure!(read.len() >= SHORT.len(), "{what} comes to the end before it has the whole notice");
    ensure!(read == SHORT, "{what} returns something else than the notice");
    Ok(())
}

fn two_readers(memory: &mut Memory) -> Result<()> {
    let (one, other) = (open()?, open()?);
    for step in SHORT.chunks(10) {
        for board in [&one, &other] {
            let read = accepted("a read(2) by one of two readers", memory.read(board, 10)?)?;
            ensure!(read == step, "two readers, each with an open file of its own, disturb each other");
        }
    }
    Ok(())
}

/// A read that fails must not move the position.
fn a_bad_pointer(memory: &mut Memory) -> Result<()> {
    let board = open()?;
    // SAFETY: nothing may be written at address 0, and so this read(2) writes nothing.
    let failed = Errno::result(unsafe { libc::read(board.as_raw_fd(), ptr::null_mut(), 10) });
    refused("a read(2) into a bad pointer", failed, Errno::EFAULT)?;
    let read = accepted("the read(2) after one that failed", memory.read(&board, 4096)?)?;
    ensure!(read == SHORT, "a read(2) that failed with EFAULT has moved the position");
    Ok(())
}

fn behind_the_end(memory: &mut Memory) -> Result<()> {
    let board = open()?;
    put_up(&board, &LONG)?;
    lseek(&board, 100, Whence::SeekSet)?;
    equal("a read(2) in the middle of a long notice", memory.read(&board, 50)?.map(|read| read.len()), Ok(50))?;
    put_up(&open()?, SHORT)?;
    let read = accepted("a read(2) after a shorter notice was put up", memory.read(&board, 50)?)?;
    ensure!(
        read.is_empty(),
        "a shorter notice was put up, a reader is behind its end, and read(2) still brings it bytes"
    );
    equal("a pread(2) at 4 GiB", pread(&board, &mut [0; 8], 1 << 32), Ok(0))
}

/// While a read(2) stands still because its memory is not there, a notice is put up. Whether that waits for the reader or
/// not is the module's own affair; what the reader gets is not.
fn in_the_middle_of_a_read() -> Result<()> {
    put_up(&open()?, &LONG)?;
    let reader = StoppedRead::begin(open()?, LONG.len())?;
    let writer = open()?;
    let written = meanwhile(libc::SYS_write, move || write(&writer, SHORT))?;
    let read = reader.end()?;
    let what = "a write(2) in the middle of a read(2)";
    equal(what, written(what)?, Ok(SHORT.len()))?;
    ensure!(
        read == LONG || read == SHORT,
        "a notice was put up in the middle of a read(2), which returns neither the old one nor the new one"
    );
    Ok(())
}

fn open() -> Result<File> {
    judge::open("/proc/exercise")
}

fn put_up(board: &File, text: &[u8]) -> Result<()> {
    equal("a write(2) of a notice", write(board, text), Ok(text.len()))
}

/// Much more memory than any notice has, to read into the first bytes of it.
struct Memory(MmapMut);

impl Memory {
    fn new() -> Result<Memory> {
        Ok(Memory(MmapMut::map_anon(1 << 16)?))
    }

    /// What one read(2) with room for so many bytes returns. What lies behind them must stay as it was.
    fn read(&mut self, file: &File, room: usize) -> Result<nix::Result<Vec<u8>>> {
        self.0.fill(b'#');
        // SAFETY: the memory is the call's, and has room for more than it is told.
        let result = Errno::result(unsafe { libc::read(file.as_raw_fd(), self.0.as_mut_ptr().cast(), room) });
        let (buffer, behind) = self.0.split_at(room);
        ensure!(
            behind.iter().all(|byte| *byte == b'#'),
            "a read(2) with room for {room} bytes has overwritten the caller's memory behind them"
        );
        let length = match result {
            Ok(length) => length.cast_unsigned(),
            Err(errno) => return Ok(Err(errno)),
        };
        ensure!(length <= room, "a read(2) with room for {room} bytes says that it has read more");
        Ok(Ok(buffer[..length].to_vec()))
    }
}
