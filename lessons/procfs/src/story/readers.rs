//! Those who read the list: two at once, two through one open file, and one while it
//! changes.

use super::{
    open_booking,
    passengers::{fill, lines},
};
use anyhow::{Context, Result};
use crossings_procfs::Passengers;
use lesson::part;
use std::thread;

// ANCHOR: two_readers
pub fn two_readers() -> Result<()> {
    part("two readers");
    let list = fill()?;
    let read = |size| Passengers::open()?.read_to_end(size).map(|pieces| pieces.concat());
    let results = thread::scope(|scope| {
        [7, 1000].map(|size| scope.spawn(move || read(size))).map(|reader| reader.join())
    });
    for (size, result) in [7, 1000].iter().zip(results) {
        let whole = result.is_ok_and(|read| read.is_ok_and(|bytes| bytes == list));
        println!("the one in steps of {size} read the whole list: {whole}");
    }
    Ok(())
}
// ANCHOR_END: two_readers

// ANCHOR: one_open_file
pub fn one_open_file() -> Result<()> {
    part("one open file");
    let list = fill()?;
    let first = Passengers::open()?;
    let second = first.dup()?;
    let mut buffer = [0; 10];
    for (name, reader) in [("first", &first), ("second", &second)] {
        let count = reader.read(&mut buffer)?;
        println!("{name}: {:?}", String::from_utf8_lossy(&buffer[..count]));
    }
    println!("the list: {:?}…", String::from_utf8_lossy(&list[..20]));
    Ok(())
}
// ANCHOR_END: one_open_file

// ANCHOR: a_list_that_changes
pub fn a_list_that_changes() -> Result<()> {
    part("a list that changes");
    let before = fill()?;
    let passengers = Passengers::open()?;
    let mut first = vec![0; 4096];
    let count = passengers.read(&mut first)?;
    let next = lines(&before[count..]).next().context("a second page")?;

    let booking = open_booking()?;
    for order in [
        "cancel 2",
        "cancel 4",
        &format!("cancel {next}"),
        "cancel 1998",
        "book 1 early",
        "book 1999 late",
    ] {
        booking.order(order.as_bytes()).with_context(|| order.to_owned())?;
    }
    let after = passengers.read_to_end(1 << 16)?.concat();
    let read: Vec<u16> = lines(&first[..count]).chain(lines(&after)).collect();

    println!("cancelled, already read: {}", read.contains(&2) && read.contains(&4));
    println!("cancelled, next in line: {}", read.contains(&next));
    println!("cancelled, still to come: {}", read.contains(&1998));
    println!("booked, before the place: {}", read.contains(&1));
    println!("booked, after the place: {}", read.contains(&1999));
    let stayed = lines(&before).filter(|seat| ![2, 4, next, 1998].contains(seat));
    let listed = read.iter().copied().filter(|seat| ![2, 4, 1999].contains(seat));
    println!("all who stayed, once and in order: {}", stayed.eq(listed));
    Ok(())
}
// ANCHOR_END: a_list_that_changes
