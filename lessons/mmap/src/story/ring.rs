//! A ring of records, which the kernel fills and we empty.

use anyhow::{Context, Result};
use crossings_mmap::ring::{Record, Ring};
use lesson::part;
use nix::{
    sched::sched_yield,
    time::{ClockId, clock_gettime},
};
use std::{hint::spin_loop, iter, time::Duration};

// ANCHOR: the_ring
pub fn the_ring() -> Result<()> {
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

pub fn a_full_ring() -> Result<()> {
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

pub fn a_race() -> Result<()> {
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

/// Has `count` records made and waits until they are.
pub fn start_and_finish(ring: &Ring, count: u32) -> Result<()> {
    let before = ring.made();
    ring.start(count).context("start the records")?;
    while ring.made() - before < count {
        sched_yield()?;
    }
    Ok(())
}

/// Takes every record that there is.
pub fn drain(ring: &mut Ring) -> Vec<Record> {
    iter::from_fn(|| ring.take()).collect()
}

/// The kernel's ktime_get_ns(), as a program asks for it.
fn now() -> Result<u64> {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).context("read the clock")?;
    Ok(Duration::from(time).as_nanos() as u64)
}
