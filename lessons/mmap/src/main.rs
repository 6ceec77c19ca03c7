//! The story of the chapter: a buffer and a ring are shared with the kernel, misused, and
//! looked at from below.

use anyhow::{Context, Result};
use crossings_mmap::{
    PAGE_SIZE,
    buffer::{BUFFER_SIZE, Buffer},
    ring::{Record, Ring},
};
use lesson::part;
use nix::{
    sched::sched_yield,
    time::{ClockId, clock_gettime},
};
use std::{hint::spin_loop, iter, str, sync::atomic::Ordering::Relaxed, time::Duration};

mod below;
mod refused;

fn main() -> Result<()> {
    one_memory()?;
    two_mappings()?;
    a_private_mapping()?;
    the_ring()?;
    a_full_ring()?;
    a_race()?;
    refused::too_much()?;
    refused::past_the_end()?;
    refused::not_allowed()?;
    refused::a_wrong_tail()?;
    refused::still_in_use()?;
    below::the_pages()?;
    below::the_path()?;
    below::the_cost()?;
    refused::the_copied_driver()
}

// ANCHOR: one_memory
fn one_memory() -> Result<()> {
    part("one memory");
    let buffer = open()?;
    let mapping = buffer.map(0, BUFFER_SIZE).context("map the buffer")?;
    buffer.write_at(b"from write", 0).context("write to the buffer")?;
    let seen: Vec<u8> =
        mapping.bytes()[..10].iter().map(|byte| byte.load(Relaxed)).collect();
    println!("the mapping has: {}", str::from_utf8(&seen)?);

    for (byte, new) in mapping.bytes().iter().zip(b"from store") {
        byte.store(*new, Relaxed);
    }
    let mut bytes = [0; 10];
    buffer.read_at(&mut bytes, 0).context("read from the buffer")?;
    println!("the driver has:  {}", str::from_utf8(&bytes)?);
    Ok(())
}
// ANCHOR_END: one_memory

fn two_mappings() -> Result<()> {
    part("two mappings");
    let whole = open()?.map(0, BUFFER_SIZE).context("map the buffer")?;
    let third_page = open()?.map(2 * PAGE_SIZE, PAGE_SIZE).context("map the third page")?;
    println!("both files are closed");
    third_page.bytes()[5].store(b'!', Relaxed);
    println!(
        "byte 5 of the page is: {:?}",
        char::from(third_page.bytes()[5].load(Relaxed))
    );
    println!(
        "byte 8197 of the whole is: {:?}",
        char::from(whole.bytes()[2 * PAGE_SIZE + 5].load(Relaxed))
    );
    println!(
        "they have the same address: {}",
        third_page.bytes().as_ptr() == whole.bytes()[2 * PAGE_SIZE..].as_ptr()
    );
    Ok(())
}

// ANCHOR: a_private_mapping
fn a_private_mapping() -> Result<()> {
    part("a private mapping");
    let buffer = open()?;
    let private = buffer.map_private().context("map the buffer privately")?;
    let compare = |when: &str| -> Result<()> {
        for page in [0, 1] {
            let mut driver = [0];
            buffer.read_at(&mut driver, page * PAGE_SIZE)?;
            let ours = char::from(private.bytes()[page * PAGE_SIZE].load(Relaxed));
            println!(
                "{when}: page {page} is {ours} for us and {} for the driver",
                char::from(driver[0])
            );
        }
        Ok(())
    };
    buffer.write_at(b"a", 0)?;
    buffer.write_at(b"b", PAGE_SIZE)?;
    compare("at first")?;
    private.bytes()[0].store(b'X', Relaxed);
    compare("we stored an X in page 0")?;
    buffer.write_at(b"y", 0)?;
    buffer.write_at(b"z", PAGE_SIZE)?;
    compare("the driver got y and z")
}
// ANCHOR_END: a_private_mapping

// ANCHOR: the_ring
fn the_ring() -> Result<()> {
    part("the ring");
    let mut ring = Ring::open().context("open /dev/crossings_mmap_ring")?;
    let start = now()?;
    let mut records = Vec::new();
    for _ in 0..20 {
        ring.start(1000).context("start 1000 records")?;
        let batch = records.len() + 1000;
        while records.len() < batch {
            match ring.take() {
                Some(record) => records.push(record),
                None => ring.wait().context("wait for a record")?,
            }
        }
    }
    println!("records taken: {}, lost: {}", records.len(), ring.lost());
    println!(
        "each has the next number: {}",
        (0..).zip(&records).all(|(n, record)| record.seq == n)
    );
    println!(
        "no time is before the one before: {}",
        records.is_sorted_by_key(|record| record.time)
    );
    let (first, last) = (records[0].time, records[records.len() - 1].time);
    println!("all are between our own two times: {}", start <= first && last <= now()?);
    Ok(())
}
// ANCHOR_END: the_ring

fn a_full_ring() -> Result<()> {
    part("a full ring");
    let mut ring = Ring::open().context("open /dev/crossings_mmap_ring")?;
    start_and_finish(&ring, 3000)?;
    println!("3000 made: {} unread, {} lost", ring.unread(), ring.lost());
    let records = drain(&mut ring);
    println!("taken: {} to {}", records[0].seq, records[records.len() - 1].seq);
    start_and_finish(&ring, 10)?;
    let records = drain(&mut ring);
    println!("10 more: {} to {}", records[0].seq, records[records.len() - 1].seq);
    Ok(())
}

fn a_race() -> Result<()> {
    part("a race");
    let mut ring = Ring::open().context("open /dev/crossings_mmap_ring")?;
    let all = 200_000;
    ring.start(all).context("start the records")?;
    let (mut taken, mut gaps, mut next) = (0, 0, 0);
    while taken + ring.lost() < all {
        match ring.take() {
            Some(record) => {
                taken += 1;
                gaps += record.seq - next;
                next = record.seq + 1;
            }
            None => spin_loop(),
        }
    }
    gaps += u64::from(all) - next;
    println!("taken + lost = {}", taken + ring.lost());
    println!("the numbers that are missing were lost: {}", gaps == u64::from(ring.lost()));
    Ok(())
}

fn open() -> Result<Buffer> {
    Buffer::open().context("open /dev/crossings_mmap")
}

/// Has `count` records made and waits until they are.
fn start_and_finish(ring: &Ring, count: u32) -> Result<()> {
    let before = ring.made();
    ring.start(count).context("start the records")?;
    while ring.made() - before < count {
        sched_yield()?;
    }
    Ok(())
}

/// Takes every record that there is.
fn drain(ring: &mut Ring) -> Vec<Record> {
    iter::from_fn(|| ring.take()).collect()
}

/// The kernel's ktime_get_ns(), as a program asks for it.
fn now() -> Result<u64> {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).context("read the clock")?;
    Ok(Duration::from(time).as_nanos() as u64)
}
