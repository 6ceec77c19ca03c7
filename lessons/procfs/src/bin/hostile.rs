//! Throws nonsense at the files in /proc/crossings: any call with any offset and length and with
//! pointers of every bad kind, and orders good and bad, while others read the list. However the
//! list changes, its seats must rise. At the end, booking must still work.

use anyhow::{Context, Result, ensure};
use crossings_procfs::{Booking, Passengers};
use lesson::hostile::{Pointers, Rng, any_call, run};
use nix::{
    fcntl::{OFlag, open},
    sys::stat::Mode,
};
use std::{
    fs,
    os::fd::AsFd,
    sync::atomic::{AtomicU64, Ordering},
};

fn main() -> Result<()> {
    let disorder = AtomicU64::new(0);
    run(|random, pointers| match random.u8(0..16) {
        0 => {
            if !in_order(random) {
                disorder.fetch_add(1, Ordering::Relaxed);
            }
        }
        1..6 => order(random),
        _ => call(random, pointers),
    })?;
    let disorder = disorder.into_inner();
    ensure!(disorder == 0, "{disorder} times the list was not in order");
    still_works()
}

/// Any call with any arguments, on either file opened in any mode, or on the folder.
fn call(random: &mut Rng, pointers: &Pointers) {
    let path = ["/proc/crossings/passengers", "/proc/crossings/booking", "/proc/crossings"];
    let flags = [OFlag::O_RDONLY, OFlag::O_WRONLY, OFlag::O_RDWR][random.usize(..3)];
    let Ok(file) = open(path[random.usize(..3)], flags, Mode::empty()) else { return };
    for _ in 0..random.u8(1..8) {
        any_call(random, pointers, file.as_fd());
    }
}

/// An order, good or nonsense. Seats 4097 to 4199 do not exist.
fn order(random: &mut Rng) {
    let Ok(booking) = Booking::open(OFlag::O_WRONLY) else { return };
    for _ in 0..random.u8(..32) {
        let seat = random.u16(..4200);
        let order = match random.u16(..2000) {
            0 => b"clear".to_vec(),
            1..500 => format!("cancel {seat}").into_bytes(),
            500..1800 => format!("book {seat} guest{seat}").into_bytes(),
            _ => (0..random.u8(..100)).map(|_| random.u8(..)).collect(),
        };
        let _ = booking.order(&order);
    }
}

/// Reads the list in steps of any size: whole lines, and each seat above the one before.
fn in_order(random: &mut Rng) -> bool {
    let read = |size| Passengers::open()?.read_to_end(size);
    let Ok(pieces) = read(random.usize(1..5000)) else { return false };
    let Ok(list) = String::from_utf8(pieces.concat()) else { return false };
    let seats: Option<Vec<u16>> = list
        .lines()
        .map(|line| line.trim_start().split_once(' ')?.0.parse().ok())
        .collect();
    seats.is_some_and(|seats| seats.is_sorted_by(|one, next| one < next))
}

fn still_works() -> Result<()> {
    let booking = Booking::open(OFlag::O_WRONLY).context("open booking")?;
    booking.order(b"clear").context("clear")?;
    booking.order(b"book 7 anna").context("book 7 anna")?;
    let list = fs::read_to_string("/proc/crossings/passengers")?;
    ensure!(list == "   7 anna\n", "the list says {list:?}");
    let booked = fs::read_to_string("/proc/crossings/booking")?;
    ensure!(booked == "seats 4096\nbooked 1\n", "booking says {booked:?}");
    Ok(())
}
