//! A list that is longer than one read.

use super::open_booking;
use anyhow::{Context, Result};
use crossings_procfs::Passengers;
use lesson::part;
use std::fs;

// ANCHOR: a_passenger_list
pub fn a_passenger_list() -> Result<()> {
    part("a passenger list");
    let booking = open_booking()?;
    for order in ["clear", "book 12 berta", "book 4096 carl", "book 7 anna\n", "cancel 12"]
    {
        booking.order(order.as_bytes()).with_context(|| order.to_owned())?;
    }
    print!("{}", fs::read_to_string("/proc/crossings/passengers")?);
    print!("{}", fs::read_to_string("/proc/crossings/booking")?);
    Ok(())
}
// ANCHOR_END: a_passenger_list

// ANCHOR: fill
/// Books the seats 2, 4, 6, … 2000, and returns the list.
pub fn fill() -> Result<Vec<u8>> {
    let booking = open_booking()?;
    booking.order(b"clear")?;
    for seat in (2..=2000).step_by(2) {
        booking.order(format!("book {seat} guest{seat}").as_bytes())?;
    }
    Ok(Passengers::open()?.read_to_end(1 << 16)?.concat())
}
// ANCHOR_END: fill

// ANCHOR: more_than_a_page
pub fn more_than_a_page() -> Result<()> {
    part("more than a page");
    let list = fill()?;
    println!("lines: {}, bytes: {}", lines(&list).count(), list.len());
    let pieces = Passengers::open()?.read_to_end(1 << 16)?;
    let sizes: Vec<usize> = pieces.iter().map(Vec::len).collect();
    println!("reads with room for 65536: {sizes:?}");
    println!(
        "each ends with a whole line: {}",
        pieces.iter().all(|piece| piece.ends_with(b"\n"))
    );
    println!(
        "size according to stat(2): {}",
        fs::metadata("/proc/crossings/passengers")?.len()
    );
    Ok(())
}
// ANCHOR_END: more_than_a_page

// ANCHOR: one_byte_at_a_time
pub fn one_byte_at_a_time() -> Result<()> {
    part("one byte at a time");
    let list = fill()?;
    let pieces = Passengers::open()?.read_to_end(1)?;
    println!("reads that returned a byte: {}", pieces.len());
    println!("together they equal the list: {}", pieces.concat() == list);
    let mut middle = [0; 100];
    let count = Passengers::open()?.pread(&mut middle, 7000)?;
    println!("100 bytes from 7000 are the list's: {}", middle[..count] == list[7000..7100]);
    Ok(())
}
// ANCHOR_END: one_byte_at_a_time

/// The seats of a list, line by line.
pub fn lines(list: &[u8]) -> impl Iterator<Item = u16> {
    let lines = list.split(|byte| *byte == b'\n');
    lines.filter_map(|line| {
        str::from_utf8(line).ok()?.split_whitespace().next()?.parse().ok()
    })
}
