//! Request numbers: what they are made of, and a widely copied one that is made wrong.

use crossings_ioctl::{
    METER_GET_READING, METER_GET_TOTAL, METER_RESET, METER_SET_LIMIT, number::Number,
};
use lesson::part;
use nix::request_code_read;

pub fn request_numbers() {
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

pub fn the_copied_number() {
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
