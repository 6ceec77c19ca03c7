//! Has processes put records into a slot and take them out, and stops the writer when it has stored half of a record.

use crate::exercise::Slot;
use judge::{Result, ensure, equal, rests, until};
use lesson::child::Child;
use memmap2::{MmapOptions, MmapRaw};
use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::memfd::{MFdFlags, memfd_create},
    unistd::{ftruncate, pipe, read, write},
};
use std::{
    os::fd::{AsFd, OwnedFd},
    sync::atomic::Ordering::Relaxed,
    time::Duration,
};

/// How long nothing must happen, and how long something may take that must.
const CALM: Duration = Duration::from_millis(400);
const PATIENCE: Duration = Duration::from_secs(1);

const RECORDS: u64 = 300;

pub fn check() -> Result<()> {
    a_record_is_whole()?;
    a_record_stays()?;
    many_records()
}

fn a_record_is_whole() -> Result<()> {
    let memory = memory()?;
    let writer = Process::start(|line| {
        slot(&memory).put(|record| {
            record[0].store(7, Relaxed);
            line.tell(b"half");
            line.listen();
            record[1].store(7, Relaxed);
        });
        line.tell(b"done");
    })?;
    ensure!(writer.hear(PATIENCE)? == b"half", "put into an empty slot has not called fill");
    let reader = Process::start(|line| line.tell(&bytes(slot(&memory).take())))?;
    ensure!(
        reader.hear(CALM)?.is_empty(),
        "fill has stored half of a record and is not done, and take has returned that half and one of the record before"
    );
    reader.sleeps("a reader waits for a record")?;
    writer.go()?;
    ensure!(writer.hear(PATIENCE)? == b"done", "put has not returned after fill has");
    let record = reader.hear(PATIENCE)?;
    ensure!(!record.is_empty(), "the record is whole, and the reader that waits for it still sleeps");
    ensure!(record == bytes([7, 7]), "take returns something else than the record that was put");
    Ok(())
}

fn a_record_stays() -> Result<()> {
    let memory = memory()?;
    let writer = Process::start(|line| {
        for number in 1..=3 {
            put(slot(&memory), number);
            line.tell(b"put");
        }
    })?;
    let told = writer.hear(PATIENCE)?;
    ensure!(!told.is_empty(), "put into an empty slot has not returned");
    let alone = told == b"put" && writer.hear(CALM)?.is_empty();
    ensure!(alone, "a second record was put, and nobody has taken the first");
    writer.sleeps("a writer waits for an empty slot")?;
    for number in 1..=3 {
        let reader = Process::start(|line| line.tell(&bytes(slot(&memory).take())))?;
        let record = reader.hear(PATIENCE)?;
        ensure!(!record.is_empty(), "the slot was full, a record was taken, and the writer that waits still sleeps");
        ensure!(record == bytes([number; 2]), "take returns something else than the record that was put");
    }
    Ok(())
}

fn many_records() -> Result<()> {
    let memory = memory()?;
    let _writer = Process::start(|_| (1..=RECORDS).for_each(|number| put(slot(&memory), number)))?;
    let reader = Process::start(|line| {
        let whole = (1..=RECORDS).take_while(|number| slot(&memory).take() == [*number; 2]).count();
        line.tell(&(whole as u64).to_ne_bytes());
    })?;
    let whole = reader.hear(2 * PATIENCE)?;
    ensure!(!whole.is_empty(), "a writer and a reader work as fast as they can, and after some records both wait");
    equal("the count of records that were put, and taken in their order,", whole, RECORDS.to_ne_bytes().to_vec())
}

fn put(slot: &Slot, number: u64) {
    slot.put(|record| record.iter().for_each(|word| word.store(number, Relaxed)));
}

fn bytes(record: [u64; 2]) -> Vec<u8> {
    record.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// New memory that processes share.
fn memory() -> Result<MmapRaw> {
    let file = memfd_create("exercise", MFdFlags::MFD_CLOEXEC)?;
    ftruncate(&file, size_of::<Slot>() as i64)?;
    Ok(MmapOptions::new().map_raw(&file)?)
}

fn slot(memory: &MmapRaw) -> &Slot {
    // SAFETY: it is large enough, aligned as a page is, and mapped as long as `memory` is borrowed. A slot is made of
    // atomics, so any bytes are one, and others may change them.
    unsafe { &*memory.as_ptr().cast() }
}

/// A process that does some work, and is killed if it is not done when it is dropped.
struct Process {
    child: Child,
    /// What it tells us.
    reader: OwnedFd,
    /// What makes it go on.
    writer: OwnedFd,
}

/// The process's end of the line.
struct Line {
    reader: OwnedFd,
    writer: OwnedFd,
}

impl Line {
    fn tell(&self, what: &[u8]) {
        let _ = write(&self.writer, what);
    }

    fn listen(&self) {
        let _ = read(&self.reader, &mut [0]);
    }
}

impl Process {
    fn start(work: impl FnOnce(&Line)) -> Result<Process> {
        let ((reader, to_us), (from_us, writer)) = (pipe()?, pipe()?);
        let child = Child::start(|| {
            work(&Line { reader: from_us, writer: to_us });
            Ok(())
        })?;
        Ok(Process { child, reader, writer })
    }

    fn go(&self) -> Result<()> {
        write(&self.writer, b"!")?;
        Ok(())
    }

    /// What it tells, or nothing if it does not for so long.
    fn hear(&self, patience: Duration) -> Result<Vec<u8>> {
        let told = until(patience, || {
            let mut told = vec![0; 64];
            if poll(&mut [PollFd::new(self.reader.as_fd(), PollFlags::POLLIN)], PollTimeout::ZERO)? == 0 {
                return Ok(None);
            }
            let length = read(&self.reader, &mut told)?;
            told.truncate(length);
            Ok(Some(told))
        })?;
        Ok(told.unwrap_or_default())
    }

    /// That it sleeps and is not even woken.
    fn sleeps(&self, what: &str) -> Result<()> {
        ensure!(rests(self.child.pid(), CALM / 4)?, "{what}, and does not sleep meanwhile: it looks again and again");
        Ok(())
    }
}
