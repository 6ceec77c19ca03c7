//! Two orders: `book 1 ann`, `cancel 1`, by the lesson's library, and how long it takes once. `compare.c` does the same in C.

use anyhow::{Context, Result};
use crossings_procfs::Booking;
use lesson::compare::repeat;
use nix::fcntl::OFlag;

fn main() -> Result<()> {
    let booking = Booking::open(OFlag::O_WRONLY).context("open the booking")?;
    repeat(|| {
        booking.order(b"book 1 ann").context("book")?;
        booking.order(b"cancel 1").context("cancel")
    })
}
