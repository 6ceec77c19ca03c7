//! Meters: what they count, and what two opens share.

use super::open;
use anyhow::Result;
use crossings_ioctl::{METER_READING_CLEAR, MeterReading};
use lesson::{part, show};

// ANCHOR: a_total
pub fn a_total() -> Result<()> {
    part("a total");
    let meter = open()?;
    meter.reset()?;
    println!("the meter took: {}", meter.write(b"hello")?);
    println!("the total is: {}", meter.get_total()?);
    meter.reset()?;
    println!("after a reset it is: {}", meter.get_total()?);
    Ok(())
}
// ANCHOR_END: a_total

// ANCHOR: two_opens
pub fn two_opens() -> Result<()> {
    part("two opens");
    let (first, second) = (open()?, open()?);
    let duplicate = first.dup()?;
    first.write(b"one")?;
    second.write(b"three")?;
    let meters = [("first", &first), ("second", &second), ("duplicate", &duplicate)];
    for (name, meter) in meters {
        let reading = meter.get_reading(MeterReading::default())?;
        println!("{name}: taken {}, total {}", reading.taken, reading.total);
    }
    Ok(())
}
// ANCHOR_END: two_opens

pub fn a_limit() -> Result<()> {
    part("a limit");
    let (meter, other) = (open()?, open()?);
    meter.set_limit(8)?;
    for _ in 0..3 {
        show("write 5 bytes", meter.write(b"hello"));
    }
    show("write 5 bytes through another open", other.write(b"hello"));
    Ok(())
}

pub fn read_and_clear() -> Result<()> {
    part("read and clear");
    let meter = open()?;
    meter.reset()?;
    meter.write(b"hello")?;
    for flags in [0, METER_READING_CLEAR, 0] {
        let reading = meter.get_reading(MeterReading::asking(flags))?;
        println!("flags {flags}: taken {}, total {}", reading.taken, reading.total);
    }
    Ok(())
}
