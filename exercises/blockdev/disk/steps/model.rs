//! What the disk should have.

use super::device::{CHUNK, Disk, SECTOR, SIZE, sectors};
use judge::{Context, Result, accepted, bail, equal};
use memmap2::MmapMut;
use nix::sys::uio::pread;

/// What the disk should have.
pub struct Model {
    disk: MmapMut,
    /// Each write has letters of its own.
    next: u8,
}

impl Model {
    /// Zeros.
    pub fn new() -> Result<Model> {
        Ok(Model { disk: MmapMut::map_anon(SIZE)?, next: b'a' })
    }

    /// So many sectors.
    pub fn bytes(&self, place: usize, length: usize) -> &[u8] {
        &self.disk[place * SECTOR..][..length * SECTOR]
    }

    /// As after a write of letters, of which this is the first.
    pub fn change(&mut self, place: usize, length: usize, first: u8) {
        for (n, sector) in self.disk[place * SECTOR..][..length * SECTOR].chunks_mut(SECTOR).enumerate() {
            sector.fill(first.wrapping_add((n % 101) as u8).max(1));
        }
    }

    /// As after a discard.
    pub fn zero(&mut self, place: usize, length: usize) {
        self.disk[place * SECTOR..][..length * SECTOR].fill(0);
    }

    /// Writes so many sectors, from memory that begins so many sectors behind the beginning of a page.
    pub fn write(&mut self, disk: &Disk, place: usize, length: usize, start: usize, what: &str) -> Result<()> {
        self.change(place, length, self.next);
        self.next = self.next.wrapping_add(7);
        let mut memory = sectors(0, (start + length) * SECTOR)?;
        memory[start * SECTOR..].copy_from_slice(self.bytes(place, length));
        disk.write((place * SECTOR) as i64, &memory[start * SECTOR..]).with_context(|| what.to_string()).map(drop)
    }

    /// Reads all of the disk, a megabyte at a time.
    pub fn is_on(&self, disk: &Disk, when: &str) -> Result<()> {
        self.is_on_by(disk, when, 1 << 20)
    }

    /// The same in pieces of this length.
    pub fn is_on_by(&self, disk: &Disk, when: &str, length: usize) -> Result<()> {
        let mut memory = sectors(b'r', length)?;
        for place in (0..SIZE).step_by(length) {
            let read = accepted(&format!("a direct read {when}"), pread(&disk.0, &mut memory, place as i64))?;
            equal("how much a direct read has read", read, length)?;
            let expected = &self.disk[place..][..length];
            if memory[..] != *expected {
                let wrong = memory.iter().zip(expected).take_while(|(got, expected)| got == expected).count();
                bail!("{when}, direct reads of {length} bytes bring wrong ones from byte {} on", place + wrong);
            }
        }
        Ok(())
    }

    /// How many chunks have something in them.
    pub fn chunks(&self) -> usize {
        self.disk.chunks(CHUNK).filter(|chunk| chunk.iter().any(|&byte| byte != 0)).count()
    }
}
