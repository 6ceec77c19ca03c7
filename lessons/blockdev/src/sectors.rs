//! Memory that a disk can read and write directly.

use crate::{Disk, PAGE};
use nix::{Result, errno::Errno, libc};
use std::{
    mem::MaybeUninit,
    ops::{Deref, DerefMut},
    os::fd::{AsFd, AsRawFd},
};

// ANCHOR: sectors
/// Bytes that begin at a page, as `O_DIRECT` wants them.
///
/// A `Vec<u8>` may begin anywhere. This one holds almost a page more than is needed, and
/// the bytes begin where the first page does.
pub struct Sectors {
    memory: Box<[u8]>,
    start: usize,
    length: usize,
}

impl Sectors {
    /// `length` times the byte `value`.
    pub fn filled(value: u8, length: usize) -> Sectors {
        let memory = vec![value; length + PAGE - 1].into_boxed_slice();
        let start = memory.as_ptr().addr().wrapping_neg() % PAGE;
        Sectors { memory, start, length }
    }
}

impl Deref for Sectors {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.memory[self.start..][..self.length]
    }
}

impl DerefMut for Sectors {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.memory[self.start..][..self.length]
    }
}
// ANCHOR_END: sectors

// ANCHOR: alignment
/// What a direct transfer must be aligned to, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Alignment {
    /// The address of the memory.
    pub memory: u32,
    /// The place on the disk, and the length.
    pub offset: u32,
}

impl Alignment {
    /// statx(2) with `STATX_DIOALIGN`: asks instead of finding out by EINVAL.
    pub fn of(disk: &Disk) -> Result<Alignment> {
        let fd = disk.as_fd().as_raw_fd();
        let (flags, mask) = (libc::AT_EMPTY_PATH, libc::STATX_DIOALIGN);
        let mut answer = MaybeUninit::<libc::statx>::zeroed();
        // SAFETY: the path is a C string, and the kernel writes one struct statx, which
        // `answer` has room for.
        let result =
            unsafe { libc::statx(fd, c"".as_ptr(), flags, mask, answer.as_mut_ptr()) };
        Errno::result(result)?;
        // SAFETY: a struct of plain numbers, of which zeros are a value, and so is whatever
        // the kernel wrote.
        let answer = unsafe { answer.assume_init() };
        Ok(Alignment {
            memory: answer.stx_dio_mem_align,
            offset: answer.stx_dio_offset_align,
        })
    }
}
// ANCHOR_END: alignment

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sectors_begin_at_a_page_and_have_their_length() {
        for length in [0, 1, 512, PAGE, 3 * PAGE + 512] {
            let sectors = Sectors::filled(7, length);
            assert!(sectors.as_ptr().addr().is_multiple_of(PAGE));
            assert_eq!(*sectors, vec![7; length]);
        }
    }
}
