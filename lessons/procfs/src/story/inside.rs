//! What the kernel does meanwhile, and what it costs.

use super::{open_booking, passengers::fill};
use anyhow::{Context, Result};
use crossings_procfs::{Passengers, debug, trace::FUNCTIONS};
use lesson::{
    cost::{self, costs},
    errno,
    ftrace::{self, mark},
    part, show,
    user::as_ordinary_user,
};
use nix::unistd::getppid;
use std::{fs, os::unix::fs::PermissionsExt};

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    part("the path");
    let booking = open_booking()?;
    for order in ["clear", "book 7 anna", "book 12 berta"] {
        booking.order(order.as_bytes()).with_context(|| order.to_owned())?;
    }
    let passengers = Passengers::open()?;
    let mut buffer = [0; 4096];
    let lines = ftrace::graph(FUNCTIONS, || {
        mark("read(2)");
        let _ = passengers.read(&mut buffer);
        mark("read(2), at the end");
        let _ = passengers.read(&mut buffer);
    });
    println!("{}", lines.context("record the path with function_graph")?.join("\n"));
    Ok(())
}
// ANCHOR_END: the_path

// ANCHOR: debugfs
pub fn debugfs() -> Result<()> {
    part("debugfs");
    fill()?;
    let mode = fs::metadata(debug::ROOT)?.permissions().mode() & 0o777;
    println!("the mode of {}: {mode:04o}", debug::ROOT);
    let ordinary = as_ordinary_user(debug::lines_shown)?;
    show("an ordinary user reads lines_shown", errno(ordinary));
    let count = |what: &str, read: &dyn Fn() -> nix::Result<()>| {
        debug::reset().context("write lines_shown")?;
        read()?;
        println!("lines shown for {what}: {}", debug::lines_shown()?);
        anyhow::Ok(())
    };
    let whole = |size| Passengers::open()?.read_to_end(size).map(drop);
    count("the whole list, in steps of 65536", &|| whole(1 << 16))?;
    count("the whole list, in steps of 1", &|| whole(1))?;
    let passengers = Passengers::open()?;
    count("its first byte", &|| passengers.pread(&mut [0], 0).map(drop))?;
    count("its byte 14000", &|| passengers.pread(&mut [0], 14_000).map(drop))
}
// ANCHOR_END: debugfs

// ANCHOR: the_cost
pub fn the_cost() -> Result<()> {
    part("the cost");
    fill()?;
    let passengers = Passengers::open()?;
    let [hundred, status, page, byte] = costs(
        50,
        1,
        [
            &mut || (0..100).for_each(|_| _ = getppid()),
            &mut || _ = fs::read("/proc/self/status"),
            &mut || _ = passengers.pread(&mut [0; 4096], 0),
            &mut || _ = passengers.pread(&mut [0; 1], 14_000),
        ],
    );
    let [at_once, in_steps] = costs(
        5,
        1,
        [
            &mut || {
                _ = Passengers::open().and_then(|passengers| passengers.read_to_end(4096))
            },
            &mut || _ = Passengers::open().and_then(|passengers| passengers.read_to_end(1)),
        ],
    );
    cost::table(&[
        ("getppid(2)", hundred / 100),
        ("/proc/self/status, all of it", status),
        ("the first page of the list", page),
        ("its byte 14000", byte),
        ("the whole list, in steps of 4096", at_once),
        ("the whole list, in steps of 1", in_steps),
    ]);
    Ok(())
}
// ANCHOR_END: the_cost
