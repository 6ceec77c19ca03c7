//! Presses keys and reads their events: one by one, many at once, into memory of which a part is missing, and in two places
//! at the same time.

use judge::{
    Result, accepted, bail, ensure, equal, refused,
    stopped::{StoppedRead, meanwhile},
};
use memmap2::{MmapOptions, MmapRaw};
use nix::{
    errno::Errno,
    unistd::{read, write},
};
use std::{fs::File, os::fd::AsRawFd, slice};

const PAGE: usize = 4096;

/// The size of a struct key_event.
const EVENT: usize = 8;

struct Keyboard {
    device: File,
    /// Two pages that events are read into, up to `end`.
    memory: MmapRaw,
    end: usize,
    /// How many keys were pressed.
    pressed: u32,
    /// The number of the event that is read next.
    next: u32,
}

pub fn check() -> Result<()> {
    let memory = MmapOptions::new().len(2 * PAGE).map_anon()?.into();
    let mut keyboard = Keyboard { device: judge::open("/dev/exercise")?, memory, end: 2 * PAGE, pressed: 0, next: 0 };
    keyboard.one_by_one()?;
    keyboard.many_at_once()?;
    keyboard.two_at_once()?;
    keyboard.memory_that_ends()
}

impl Keyboard {
    fn one_by_one(&mut self) -> Result<()> {
        refused("read(2) when no event waits", self.read(0, EVENT)?, Errno::EAGAIN)?;
        self.press(2)?;
        equal("read(2) of nothing", self.read(0, 0)?, Ok(vec![]))?;
        refused("read(2) with room for less than an event", self.read(0, EVENT - 1)?, Errno::EINVAL)?;
        self.take("2 events wait and 1 has room", 0, EVENT, 1)?;
        self.take("1 event waits and has room", 0, EVENT, 1)
    }

    fn many_at_once(&mut self) -> Result<()> {
        self.press(10)?;
        self.take("10 events wait and have room", 0, 10 * EVENT, 10)?;
        self.press(3)?;
        self.take("3 events wait and 10 would have room", 0, 10 * EVENT, 3)?;
        self.press(10)?;
        self.take("10 events wait and 4 have room", 0, 4 * EVENT, 4)?;
        self.take("6 events wait and two and a half have room", 0, 2 * EVENT + EVENT / 2, 2)?;
        self.take("4 events wait and three have room, but for the last byte", 0, 3 * EVENT - 1, 2)?;
        self.take("2 events wait and have room", 0, 2 * EVENT, 2)?;
        // More than once around in the keyboard's own memory.
        for _ in 0..5 {
            self.press(50)?;
            self.take("50 events wait and have room", 0, 50 * EVENT, 50)?;
        }
        Ok(())
    }

    /// A read(2) stands still in the middle of its copy, and another one comes.
    fn two_at_once(&mut self) -> Result<()> {
        self.press(3)?;
        let (one, other) = (judge::open("/dev/exercise")?, judge::open("/dev/exercise")?);
        let one = StoppedRead::begin(one, 3 * EVENT)?;
        let other = meanwhile(libc::SYS_read, move || {
            let mut bytes = vec![0; 3 * EVENT];
            let length = read(&other, &mut bytes)?;
            bytes.truncate(length);
            nix::Result::Ok(bytes)
        })?;
        let mut events = one.end()?;
        match other("a read(2) while another one is under way")? {
            Ok(more) => events.extend(more),
            Err(Errno::EAGAIN) => {}
            Err(errno) => bail!("a read(2) while another one is under way fails with {errno:?}"),
        }
        let expected = (self.next..self.pressed).map(event).collect::<Vec<_>>().concat();
        ensure!(events == expected, "two programs read at the same time, and an event is lost or seen twice");
        self.next = self.pressed;
        Ok(())
    }

    fn memory_that_ends(&mut self) -> Result<()> {
        // SAFETY: page 1 of the mapping, whose bytes nobody looks at any more.
        let result = unsafe { libc::mprotect(self.memory.as_mut_ptr().add(PAGE).cast(), PAGE, libc::PROT_NONE) };
        Errno::result(result)?;
        self.end = PAGE;
        self.press(10)?;
        let what = "10 events wait and the memory ends after two and a half";
        self.take(what, PAGE - 2 * EVENT - EVENT / 2, 10 * EVENT, 2)?;
        for start in [PAGE - EVENT / 2, PAGE] {
            let read = self.read(start, 8 * EVENT)?;
            refused("read(2) into memory that has no room for an event", read, Errno::EFAULT)?;
        }
        self.take("8 events wait and have room", 0, 8 * EVENT, 8)?;
        refused("read(2) when no event waits any more", self.read(0, EVENT)?, Errno::EAGAIN)
    }

    /// Presses so many keys.
    fn press(&mut self, count: u32) -> Result<()> {
        for _ in 0..count {
            let written = accepted("write(2) of a key", write(&self.device, &[key(self.pressed)]))?;
            equal("what write(2) of a key returns", written, 1)?;
            self.pressed += 1;
        }
        Ok(())
    }

    /// That one read(2) returns the next `count` events.
    fn take(&mut self, what: &str, start: usize, room: usize, count: usize) -> Result<()> {
        let next = self.next;
        let events = match self.read(start, room)? {
            Ok(events) => events,
            Err(errno) => bail!("when {what}, read(2) should return {count}, and fails with {errno:?}"),
        };
        let (events, part) = events.as_chunks::<EVENT>();
        ensure!(part.is_empty(), "when {what}, read(2) returns a part of an event");
        let got = events.len();
        ensure!(got == count, "when {what}, read(2) should return {count}, and returns {got}");
        let right = (next..).zip(events).all(|(number, bytes)| *bytes == event(number));
        ensure!(right, "when {what}, read(2) does not return the next ones: an event is lost, wrong, or comes again");
        self.next += count as u32;
        Ok(())
    }

    /// read(2) of at most `room` bytes to a place in the memory; what was read.
    fn read(&self, start: usize, room: usize) -> Result<nix::Result<Vec<u8>>> {
        let memory = self.memory.as_mut_ptr();
        // SAFETY: the place is in the mapping, of which nobody has a reference. The kernel notices if it cannot be
        // written.
        let length = unsafe { libc::read(self.device.as_raw_fd(), memory.add(start).cast(), room) };
        let length = match Errno::result(length) {
            Ok(length) => length.cast_unsigned(),
            Err(errno) => return Ok(Err(errno)),
        };
        ensure!(length <= room, "read(2) with room for {room} bytes returns {length}");
        // It may still be more than there is memory.
        let there = length.min(self.end - start);
        // SAFETY: this part of the mapping can be read, and nobody changes it.
        let mut bytes = unsafe { slice::from_raw_parts(memory.add(start), there) }.to_vec();
        bytes.resize(length, 0);
        Ok(Ok(bytes))
    }
}

/// The event of a key: its number and which key it was.
fn event(number: u32) -> [u8; EVENT] {
    (u64::from(number) | u64::from(key(number)) << 32).to_le_bytes()
}

/// Which key is pressed at that turn.
fn key(number: u32) -> u8 {
    (number % 200) as u8
}
