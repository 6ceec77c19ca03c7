//! The story of the chapter: a meter is read, set, misused, and watched from inside the kernel.

use anyhow::{Context, Result};
use crossings_ioctl::{
    METER_GET_READING, METER_GET_TOTAL, METER_READING_CLEAR, METER_RESET, METER_SET_LIMIT,
    Meter, MeterReading, compat,
    mistake::{self, WrongFile},
    number::Number,
    trace::FUNCTIONS,
};
use lesson::{cost::costs, ftrace, part, show};
use nix::{fcntl::OFlag, request_code_read, unistd::getppid};

fn main() -> Result<()> {
    request_numbers();
    a_total()?;
    two_opens()?;
    a_limit()?;
    read_and_clear()?;
    wrong_request()?;
    bad_pointer()?;
    bad_value()?;
    bad_size()?;
    wrong_mode()?;
    the_copied_number();
    a_32_bit_caller()?;
    the_path()?;
    the_cost()
}

fn request_numbers() {
    part("request numbers");
    println!("name              number     dir   size type nr");
    for (name, number) in [
        ("METER_GET_TOTAL", METER_GET_TOTAL),
        ("METER_SET_LIMIT", METER_SET_LIMIT),
        ("METER_GET_READING", METER_GET_READING),
        ("METER_RESET", METER_RESET),
    ] {
        let Number { dir, size, kind, nr } = number.into();
        println!("{name:17} {number:#010x} {dir:5} {size:4} {kind:#x} {nr:2}");
    }
}

// ANCHOR: a_total
fn a_total() -> Result<()> {
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
fn two_opens() -> Result<()> {
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

fn a_limit() -> Result<()> {
    part("a limit");
    let (meter, other) = (open()?, open()?);
    meter.set_limit(8)?;
    for _ in 0..3 {
        show("write 5 bytes", meter.write(b"hello"));
    }
    show("write 5 bytes through another open", other.write(b"hello"));
    Ok(())
}

fn read_and_clear() -> Result<()> {
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

fn wrong_request() -> Result<()> {
    part("the wrong request");
    let meter = open()?;
    show("request 9 of our type", mistake::no_such_request(&meter));
    show("a terminal's request", mistake::tcgetattr(&meter).map(|_| "a terminal"));
    show("our request to /dev/null", mistake::wrong_file(WrongFile::Null));
    show("our request to a regular file", mistake::wrong_file(WrongFile::Program));
    Ok(())
}

fn bad_pointer() -> Result<()> {
    part("a bad pointer");
    let meter = open()?;
    meter.write(b"hello")?;
    show("a null pointer", mistake::null_pointer(&meter));
    show("read and clear into read-only memory", mistake::read_only_memory(&meter));
    println!("taken is still: {}", meter.get_reading(MeterReading::default())?.taken);
    Ok(())
}

fn bad_value() -> Result<()> {
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

fn bad_size() -> Result<()> {
    part("a bad size");
    let meter = open()?;
    meter.write(b"hello")?;
    show("8 bytes, the size of a pointer", mistake::pointer_sized_reading(&meter));
    for extra in [0, 1] {
        let reading = mistake::long_reading(&meter, extra);
        show(&format!("40 bytes, extra is {extra}"), reading.map(|known| known.taken));
    }
    Ok(())
}

fn wrong_mode() -> Result<()> {
    part("the wrong mode");
    let meter =
        Meter::open(OFlag::O_RDONLY).context("open /dev/crossings_ioctl read-only")?;
    show("write", meter.write(b"hello"));
    show("set a limit", meter.set_limit(8).map(|()| "set"));
    show("reset", meter.reset().map(|()| "reset"));
    Ok(())
}

fn the_copied_number() {
    part("the copied number");
    let copied = request_code_read!(b'a', 1, size_of::<*mut i32>()) as u32;
    let meant = request_code_read!(b'a', 1, size_of::<i32>()) as u32;
    println!("_IOR('a', 1, int32_t *)  {copied:#x}");
    println!("_IOR('a', 1, int32_t)    {meant:#x}");
    println!();
    let (copied, meant) =
        (Number::from(copied).to_string(), Number::from(meant).to_string());
    println!("{copied}\n{meant}");
    let pairs = copied.chars().zip(meant.chars());
    let marks: String = pairs.map(|(a, b)| if a == b { ' ' } else { '^' }).collect();
    println!("{}", marks.trim_end());
}

fn a_32_bit_caller() -> Result<()> {
    part("a 32-bit caller");
    let meter = open()?;
    meter.write(b"hello")?;
    let wide = meter.get_reading(MeterReading::default())?;
    let narrow = compat::get_reading(&meter, MeterReading::default())?;
    println!("taken, asked by the 64-bit door: {}", wide.taken);
    println!("taken, asked by the 32-bit door: {}", narrow.taken);
    println!("all fields are equal: {}", wide == narrow);
    println!("number without `reserved`: {:#x}", compat::NUMBER_WITHOUT_RESERVED);
    let without = compat::get_reading_without_reserved(&meter);
    show("asked with that number", without.map(|()| "read"));
    Ok(())
}

// ANCHOR: the_path
fn the_path() -> Result<()> {
    part("the path");
    let meter = open()?;
    let lines = ftrace::graph(FUNCTIONS, || {
        let _ = meter.get_total();
        let _ = meter.close_on_exec();
        let _ = compat::get_reading(&meter, MeterReading::default());
    });
    println!("{}", lines.context("record the path with function_graph")?.join("\n"));
    Ok(())
}
// ANCHOR_END: the_path

// ANCHOR: the_cost
fn the_cost() -> Result<()> {
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
    for (name, cost) in [("METER_GET_TOTAL", total), ("METER_GET_READING", reading)] {
        println!("{name} costs");
        println!("  less than 10 getppid(2): {}", cost < 10 * cheapest);
        println!("  less than open(2) and close(2): {}", cost < opening);
    }
    Ok(())
}
// ANCHOR_END: the_cost

fn open() -> Result<Meter> {
    Meter::open(OFlag::O_RDWR).context("open /dev/crossings_ioctl")
}
