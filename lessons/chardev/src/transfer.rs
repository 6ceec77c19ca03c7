//! Many bytes through the tube, with a checksum at each end.

use crate::CAPACITY;
use crc32fast::Hasher;
use std::{
    fs::File,
    io::{Read, Result, Write},
};

/// What went through one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// How many bytes.
    pub bytes: usize,
    /// Their CRC-32.
    pub crc: u32,
}

// ANCHOR: send
/// Writes `length` bytes of noise, the same each time, in pieces of any size up to three
/// times what the tube holds.
pub fn send(mut tube: File, length: usize) -> Result<Sum> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut noise = vec![0; 3 * CAPACITY];
    let (mut sent, mut crc) = (0, Hasher::new());
    while sent < length {
        let size = random.u64(1..=noise.len() as u64) as usize;
        let size = size.min(length - sent);
        let piece = &mut noise[..size];
        random.fill(piece);
        tube.write_all(piece)?;
        crc.update(piece);
        sent += size;
    }
    Ok(Sum { bytes: sent, crc: crc.finalize() })
}
// ANCHOR_END: send

// ANCHOR: receive
/// Reads until the last writer has gone.
pub fn receive(mut tube: File) -> Result<Sum> {
    let mut buffer = vec![0; 3 * CAPACITY];
    let (mut received, mut crc) = (0, Hasher::new());
    loop {
        let length = tube.read(&mut buffer)?;
        if length == 0 {
            return Ok(Sum { bytes: received, crc: crc.finalize() });
        }
        crc.update(&buffer[..length]);
        received += length;
    }
}
// ANCHOR_END: receive
