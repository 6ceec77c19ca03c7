//! One `METER_GET_READING`, by the lesson's library, and how long it takes once. `compare.c` does the same in C.

use anyhow::{Context, Result};
use crossings_ioctl::{Meter, MeterReading};
use lesson::compare::repeat;
use nix::fcntl::OFlag;

fn main() -> Result<()> {
    let meter = Meter::open(OFlag::O_RDWR).context("open the meter")?;
    repeat(|| {
        meter.get_reading(MeterReading::default()).context("METER_GET_READING")?;
        Ok(())
    })
}
