//! The door for 32-bit callers, the path through the kernel, and what it costs.

use super::open;
use anyhow::{Context, Result};
use crossings_ioctl::{MeterReading, compat, trace::FUNCTIONS};
use lesson::{
    cost::{self, costs},
    ftrace::{self, mark},
    lacking, part, show,
};
use nix::unistd::getppid;

pub fn a_32_bit_caller() -> Result<()> {
    part("a 32-bit caller");
    let meter = open()?;
    meter.write(b"hello")?;
    let wide = meter.get_reading(MeterReading::default())?;
    let narrow = compat::get_reading(&meter, MeterReading::default())?;
    println!("taken, asked by the {}-bit door: {}", usize::BITS, wide.taken);
    println!("taken, asked by the 32-bit door: {}", narrow.taken);
    lacking("a door for 64-bit programs");
    println!("all fields are equal: {}", wide == narrow);
    println!("number without `reserved`: {:#x}", compat::NUMBER_WITHOUT_RESERVED);
    let without = compat::get_reading_without_reserved(&meter);
    show("asked with that number", without.map(|()| "read"));
    Ok(())
}

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    part("the path");
    let meter = open()?;
    let lines = ftrace::graph(FUNCTIONS, || {
        mark("METER_GET_TOTAL");
        let _ = meter.get_total();
        mark("FIOCLEX");
        let _ = meter.close_on_exec();
        mark("METER_GET_READING, by the 32-bit door");
        let _ = compat::get_reading(&meter, MeterReading::default());
    });
    println!("{}", lines.context("record the path with function_graph")?.join("\n"));
    Ok(())
}
// ANCHOR_END: the_path

// ANCHOR: the_cost
pub fn the_cost() -> Result<()> {
    part("the cost");
    let meter = open()?;
    let [cheapest, total, reading, opening] = costs(
        30,
        100,
        [
            &mut || _ = getppid(),
            &mut || _ = meter.get_total(),
            &mut || _ = meter.get_reading(MeterReading::default()),
            &mut || _ = open(),
        ],
    );
    cost::table(&[
        ("getppid(2)", cheapest),
        ("METER_GET_TOTAL", total),
        ("METER_GET_READING", reading),
        ("open(2) and close(2)", opening),
    ]);
    Ok(())
}
// ANCHOR_END: the_cost
