//! Orders and calls that are refused, by our module and by the kernel around it.

use super::{open_booking, passengers::fill};
use anyhow::Result;
use crossings_procfs::{Booking, Passengers, mistake};
use lesson::{part, show, user::as_ordinary_user};
use nix::fcntl::OFlag;

// ANCHOR: refused_orders
pub fn refused_orders() -> Result<()> {
    part("refused orders");
    let list = fill()?;
    let booking = open_booking()?;
    for order in [
        "",
        "sail",
        "book",
        "book 7",
        "book seven anna",
        "book 7x anna",
        "book 7 anna maria",
        "book 7 \x07",
        "clear\0",
        "book 0 anna",
        "book 4097 anna",
        "book 99999999999 anna",
        "book 2 anna",
        "cancel 7",
        "book 7 a-name-of-16-let",
    ] {
        show(&format!("{order:?}"), booking.order(order.as_bytes()).map(|()| "obeyed"));
    }
    let (fits, too_long) = ([b' '; 63], [b' '; 64]);
    show("63 spaces", booking.order(&fits).map(|()| "obeyed"));
    show("64 spaces", booking.order(&too_long).map(|()| "obeyed"));
    println!(
        "the list is as it was: {}",
        Passengers::open()?.read_to_end(1 << 16)?.concat() == list
    );
    Ok(())
}
// ANCHOR_END: refused_orders

// ANCHOR: a_bad_pointer
pub fn a_bad_pointer() -> Result<()> {
    part("a bad pointer");
    let list = fill()?;
    show("an order at a null pointer", mistake::null_order(&open_booking()?));
    let passengers = Passengers::open()?;
    show("read into read-only memory", mistake::read_only_buffer(&passengers));
    println!(
        "the same file, read again: {}",
        passengers.read_to_end(1 << 16)?.concat() == list
    );
    Ok(())
}
// ANCHOR_END: a_bad_pointer

// ANCHOR: an_ordinary_user
pub fn an_ordinary_user() -> Result<()> {
    part("an ordinary user");
    let opened = as_ordinary_user(|| {
        [
            ("booking, to read", Booking::open(OFlag::O_RDONLY).map(drop)),
            ("booking, to write", Booking::open(OFlag::O_WRONLY).map(drop)),
            ("passengers, to read", Passengers::open().map(drop)),
            ("passengers, to write", Passengers::open_for(OFlag::O_WRONLY).map(drop)),
        ]
    })?;
    for (file, result) in opened {
        show(&format!("open {file}"), result.map(|()| "open"));
    }
    let booking = open_booking()?;
    let passed_on = as_ordinary_user(|| booking.order(b"book 1 anna"))?;
    show("an order through root's open file", passed_on.map(|()| "obeyed"));
    Ok(())
}
// ANCHOR_END: an_ordinary_user

// ANCHOR: the_wrong_mode
pub fn the_wrong_mode() -> Result<()> {
    part("the wrong mode");
    let passengers = Passengers::open_for(OFlag::O_RDWR);
    show("root opens passengers to write", passengers.as_ref().map(|_| "open"));
    show("write", passengers?.write(b"7 anna"));
    show("read from a file opened to write", open_booking()?.read(&mut [0; 16]));
    Ok(())
}
// ANCHOR_END: the_wrong_mode
