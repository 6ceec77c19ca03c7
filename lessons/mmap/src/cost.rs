//! What things cost, compared with each other.

use crate::{
    buffer::{BUFFER_SIZE, Buffer, Mapping},
    ring::Ring,
};
use nix::{Result, sched::sched_yield, unistd::getppid};
use std::{
    hint::black_box,
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};

// ANCHOR: sums
/// Adds up the words of the buffer where they are.
pub fn sum_mapped(mapping: &Mapping) -> u64 {
    mapping.words().iter().fold(0, |sum, word| sum.wrapping_add(word.load(Relaxed)))
}

/// Adds up the words of the buffer, fetched by read(2) in pieces as large as `piece`.
pub fn sum_read(buffer: &Buffer, piece: &mut [u8]) -> Result<u64> {
    let mut sum = 0_u64;
    for offset in (0..BUFFER_SIZE).step_by(piece.len()) {
        let count = buffer.read_at(piece, offset)?;
        let (words, _) = piece[..count].as_chunks();
        sum =
            words.iter().fold(sum, |sum, word| sum.wrapping_add(u64::from_ne_bytes(*word)));
    }
    Ok(sum)
}
// ANCHOR_END: sums

/// Stores a number in every word of the buffer. Returns how many.
pub fn fill_mapped(mapping: &Mapping) -> u64 {
    let words = mapping.words();
    words.iter().zip(0..).for_each(|(word, n)| word.store(n, Relaxed));
    words.len() as u64
}

/// Fills the buffer by write(2) in pieces as large as `piece`. Returns how many there were.
pub fn fill_written(buffer: &Buffer, piece: &[u8]) -> Result<u64> {
    let mut pieces = 0;
    for offset in (0..BUFFER_SIZE).step_by(piece.len()) {
        buffer.write_at(piece, offset)?;
        pieces += 1;
    }
    Ok(pieces)
}

/// The time to take one of 2000 records that are there, and that of one of 2000 calls of
/// getppid(2), the best of ten rounds each.
pub fn of_taking() -> Result<(Duration, Duration)> {
    const RECORDS: u32 = 2000;
    let mut ring = Ring::open()?;
    let (mut taking, mut calling) = (Duration::MAX, Duration::MAX);
    for _ in 0..10 {
        ring.start(RECORDS)?;
        while ring.unread() < RECORDS {
            sched_yield()?;
        }
        let start = Instant::now();
        while let Some(record) = ring.take() {
            black_box(record.seq);
        }
        taking = taking.min(start.elapsed());
        let start = Instant::now();
        (0..RECORDS).for_each(|_| _ = getppid());
        calling = calling.min(start.elapsed());
    }
    Ok((taking / RECORDS, calling / RECORDS))
}
