//! Mistakes that nobody refuses: half a write, a page that does not exist, and a forged
//! tail.

use super::{
    open,
    ring::{drain, start_and_finish},
};
use anyhow::{Context, Result};
use crossings_mmap::{
    buffer::BUFFER_SIZE,
    mistake,
    ring::{RING_RECORDS, Ring},
    sigbus,
};
use lesson::{part, show};
use nix::libc::BUS_ADRERR;
use std::sync::atomic::Ordering::Relaxed;

// ANCHOR: a_failed_write
pub fn a_failed_write() -> Result<()> {
    part("a failed write");
    let buffer = open()?;
    let mapping = buffer.map(0, BUFFER_SIZE).context("map the buffer")?;
    buffer.write_at(&[b'a'; BUFFER_SIZE], 0).context("fill the buffer")?;
    for valid in [0, 16] {
        show(
            &format!("write 65536 bytes, of which {valid} exist"),
            mistake::write_from_too_little(&buffer, valid),
        );
        let kept = mapping.bytes().iter().filter(|byte| byte.load(Relaxed) == b'a').count();
        println!("of 65536 times the letter a, the mapping still has {kept}");
    }
    Ok(())
}
// ANCHOR_END: a_failed_write

// ANCHOR: past_the_end
pub fn past_the_end() -> Result<()> {
    part("past the end");
    let mapping = open()?.map(0, BUFFER_SIZE).context("map the buffer")?;
    let longer = mistake::grow(mapping).context("grow the mapping")?;
    println!("grown to 17 pages");
    let (_, none) = sigbus::catch(|| longer.read(BUFFER_SIZE - 1))?;
    println!(
        "the last byte of page 16: {}",
        if none.is_none() { "no signal" } else { "SIGBUS" }
    );
    show("a pipe gets the first byte of page 17", longer.write_to_pipe(BUFFER_SIZE));
    let (value, bus) = sigbus::catch(|| longer.read(BUFFER_SIZE + 42))?;
    let bus = bus.context("a page that does not exist raised no signal")?;
    println!("we read byte 42 of page 17: SIGBUS");
    println!("  the code is BUS_ADRERR: {}", bus.code == BUS_ADRERR);
    println!(
        "  the address is that of byte 42: {}",
        bus.address == longer.start() as usize + BUFFER_SIZE + 42
    );
    println!("  after the handler we read: {value}");
    let ring = Ring::open().context("open /dev/crossings_mmap_ring")?;
    show("grow the ring's records", mistake::grow_ring(ring).map(|()| "grown"));
    Ok(())
}
// ANCHOR_END: past_the_end

pub fn a_wrong_tail() -> Result<()> {
    part("a wrong tail");
    let ring = Ring::open().context("open /dev/crossings_mmap_ring")?;
    mistake::forge_tail(&ring, 1);
    start_and_finish(&ring, 100)?;
    println!("100 made: {} lost", ring.lost());
    let mut other = Ring::open().context("open another ring")?;
    start_and_finish(&other, 100)?;
    println!("another ring: {} taken, {} lost", drain(&mut other).len(), other.lost());

    let mut full = Ring::open().context("open a third ring")?;
    start_and_finish(&full, RING_RECORDS)?;
    mistake::skip(&full, 10);
    start_and_finish(&full, 10)?;
    println!("a full ring, 10 skipped, 10 more made: {} lost", full.lost());
    let records = drain(&mut full);
    println!("taken: {} to {}", records[0].seq, records[records.len() - 1].seq);
    Ok(())
}
