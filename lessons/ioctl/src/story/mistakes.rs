//! Calls that are refused, by our driver and by the kernel around it.

use super::open;
use anyhow::{Context, Result};
use crossings_ioctl::{
    Meter, MeterReading,
    mistake::{self, WrongFile},
};
use lesson::{part, show};
use nix::fcntl::OFlag;

pub fn wrong_request() -> Result<()> {
    part("the wrong request");
    let meter = open()?;
    show("request 9 of our type", mistake::no_such_request(&meter));
    show("a terminal's request", mistake::tcgetattr(&meter).map(|_| "a terminal"));
    show("our request to /dev/null", mistake::wrong_file(WrongFile::Null));
    show("our request to a regular file", mistake::wrong_file(WrongFile::Program));
    Ok(())
}

pub fn bad_pointer() -> Result<()> {
    part("a bad pointer");
    let meter = open()?;
    meter.write(b"hello")?;
    show("a null pointer", mistake::null_pointer(&meter));
    show("read and clear into read-only memory", mistake::read_only_memory(&meter));
    println!("taken is still: {}", meter.get_reading(MeterReading::default())?.taken);
    Ok(())
}

pub fn bad_value() -> Result<()> {
    part("a bad value");
    let meter = open()?;
    meter.write(b"hello")?;
    show("a limit of 4 when 5 are taken", meter.set_limit(4).map(|()| "set"));
    show("a limit of 5", meter.set_limit(5).map(|()| "set"));
    let unknown = meter.get_reading(MeterReading::asking(0x8000_0000));
    show("a flag that does not exist", unknown.map(|reading| reading.taken));
    let garbage = meter.get_reading(MeterReading { reserved: 1, ..Default::default() });
    show("reserved is not 0", garbage.map(|reading| reading.taken));
    Ok(())
}

pub fn bad_size() -> Result<()> {
    part("a bad size");
    let meter = open()?;
    meter.write(b"hello")?;
    let pointer = format!("{} bytes, the size of a pointer", size_of::<*mut ()>());
    show(&pointer, mistake::pointer_sized_reading(&meter));
    for extra in [0, 1] {
        let reading = mistake::long_reading(&meter, extra);
        show(&format!("40 bytes, extra is {extra}"), reading.map(|known| known.taken));
    }
    Ok(())
}

pub fn wrong_mode() -> Result<()> {
    part("the wrong mode");
    let meter =
        Meter::open(OFlag::O_RDONLY).context("open /dev/crossings_ioctl read-only")?;
    show("write", meter.write(b"hello"));
    show("set a limit", meter.set_limit(8).map(|()| "set"));
    show("reset", meter.reset().map(|()| "reset"));
    Ok(())
}
