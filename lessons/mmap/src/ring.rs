//! The ring: records that the driver puts and the program takes, and neither waits for the
//! other.

use crate::PAGE_SIZE;
use lesson::errno;
use memmap2::{MmapOptions, MmapRaw};
use nix::{
    Result,
    poll::{PollFd, PollFlags, PollTimeout, poll},
};
use std::{
    fs::{File, OpenOptions},
    hint::black_box,
    mem::{offset_of, size_of},
    os::fd::{AsFd, AsRawFd},
    sync::atomic::{
        AtomicU32,
        Ordering::{Acquire, Relaxed, Release},
    },
};

// ANCHOR: layout
/// Records in a ring.
pub const RING_RECORDS: u32 = 2048;

/// `struct ring_consumer`: page 0, ours to write.
#[repr(C)]
pub(crate) struct Consumer {
    pub tail: AtomicU32,
}

/// `struct ring_producer`: page 1, the driver's.
#[repr(C)]
struct Producer {
    head: AtomicU32,
    lost: AtomicU32,
}

/// `struct ring_record`: from page 2 on, the driver's.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// Counts every record made since the ring was opened, lost ones too.
    pub seq: u64,
    /// When it was made: `CLOCK_MONOTONIC`, in nanoseconds.
    pub time: u64,
}

const _: () = assert!(offset_of!(Producer, lost) == 4);
const _: () = assert!(offset_of!(Record, time) == 8);
const _: () = assert!(size_of::<Record>() == 16);
// ANCHOR_END: layout

/// Bytes of pages 1 and following.
pub(crate) const PRODUCER_LENGTH: usize =
    PAGE_SIZE + RING_RECORDS as usize * size_of::<Record>();

pub(crate) mod request {
    nix::ioctl_write_ptr!(ring_start, 0xC5, 0x10, u32);
}

// ANCHOR: open
/// One open file of `/dev/crossings_mmap_ring`, mapped.
pub struct Ring {
    pub(crate) file: File,
    pub(crate) consumer: MmapRaw,
    pub(crate) producer: MmapRaw,
    /// The tail at open(2); the driver does not begin with 0.
    first: u32,
}

impl Ring {
    /// open(2), and mmap(2) of both parts. ENOENT: the module is not loaded. EACCES: you
    /// are not root.
    pub fn open() -> Result<Ring> {
        let file = errno(
            OpenOptions::new().read(true).write(true).open("/dev/crossings_mmap_ring"),
        )?;
        let consumer = errno(MmapOptions::new().len(PAGE_SIZE).map_raw(&file))?;
        let mut rest = MmapOptions::new();
        let producer = errno(
            rest.offset(PAGE_SIZE as u64).len(PRODUCER_LENGTH).map_raw_read_only(&file),
        )?;
        let mut ring = Ring { file, consumer, producer, first: 0 };
        ring.first = ring.consumer().tail.load(Relaxed);
        Ok(ring)
    }
    // ANCHOR_END: open

    /// `RING_START`: has the driver make `count` records. Does not wait. EINVAL: none, or
    /// over a million.
    pub fn start(&self, count: u32) -> Result<()> {
        // SAFETY: the driver reads one u32, and `count` is one u32.
        unsafe { request::ring_start(self.file.as_raw_fd(), &count) }?;
        Ok(())
    }

    // ANCHOR: take
    /// The oldest record that was not taken yet. Makes no system call.
    pub fn take(&mut self) -> Option<Record> {
        // Nobody but us writes the tail.
        let tail = self.consumer().tail.load(Relaxed);
        // Acquire: who sees the driver's new head also sees the record before it.
        if self.producer().head.load(Acquire) == tail {
            return None;
        }
        let slot = (tail % RING_RECORDS) as usize;
        // SAFETY: the records fill the mapping from its second page on, and `slot` is one
        // of them. The driver leaves it alone until our tail has passed it. Any bytes at
        // all would be a record.
        let record = unsafe {
            self.producer.as_ptr().add(PAGE_SIZE).cast::<Record>().add(slot).read_volatile()
        };
        // Release: who sees our new tail knows that we have read the record.
        self.consumer().tail.store(tail.wrapping_add(1), Release);
        Some(record)
    }
    // ANCHOR_END: take

    // ANCHOR: wait
    /// poll(2): sleeps until there is a record to take.
    pub fn wait(&self) -> Result<()> {
        let mut ring = [PollFd::new(self.file.as_fd(), PollFlags::POLLIN)];
        poll(&mut ring, PollTimeout::NONE).map(drop)
    }
    // ANCHOR_END: wait

    /// Records that wait to be taken.
    pub fn unread(&self) -> u32 {
        self.producer().head.load(Acquire).wrapping_sub(self.consumer().tail.load(Relaxed))
    }

    /// Records that the driver had no room for.
    pub fn lost(&self) -> u32 {
        self.producer().lost.load(Relaxed)
    }

    /// Records that the driver has made since the ring was opened, lost ones too, modulo
    /// 2^32.
    pub fn made(&self) -> u32 {
        self.producer()
            .head
            .load(Acquire)
            .wrapping_sub(self.first)
            .wrapping_add(self.lost())
    }

    /// Where the driver's part is mapped.
    pub fn records(&self) -> *const u8 {
        self.producer.as_ptr()
    }

    /// Reads the first byte of each page of the driver's part.
    pub fn touch(&self) {
        for offset in (0..self.producer.len()).step_by(PAGE_SIZE) {
            // SAFETY: inside the mapping; a volatile read does not care who changes the
            // byte.
            black_box(unsafe { self.producer.as_ptr().add(offset).read_volatile() });
        }
    }

    pub(crate) fn consumer(&self) -> &Consumer {
        // SAFETY: page 0 begins with a Consumer and is mapped as long as &self.
        unsafe { &*self.consumer.as_ptr().cast() }
    }

    fn producer(&self) -> &Producer {
        // SAFETY: page 1, the first of this mapping, begins with a Producer.
        unsafe { &*self.producer.as_ptr().cast() }
    }
}
