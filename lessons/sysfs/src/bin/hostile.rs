//! Throws nonsense at the lamp's files: any call with any offset and length and with pointers of
//! every bad kind, values good and bad, while others read. Whatever is written, a reader sees a
//! brightness from 0 to 100, and poll(2) answers. At the end, the lamp must still work.

use anyhow::{Context, Result, ensure};
use crossings_sysfs::{Attribute, LAMP};
use lesson::hostile::{Pointers, Rng, any_call, run};
use nix::{
    fcntl::{OFlag, open},
    poll::{PollFlags, PollTimeout},
    sys::stat::Mode,
};
use std::{
    os::fd::AsFd,
    sync::atomic::{AtomicU64, Ordering},
};

fn main() -> Result<()> {
    let strange = AtomicU64::new(0);
    run(|random, pointers| match random.u8(0..16) {
        0..3 => {
            if !sane() {
                strange.fetch_add(1, Ordering::Relaxed);
            }
        }
        3..8 => store(random),
        _ => call(random, pointers),
    })?;
    let strange = strange.into_inner();
    ensure!(strange == 0, "{strange} times the lamp had no brightness from 0 to 100");
    still_works()
}

/// Any call with any arguments, on any of the files opened in any mode.
fn call(random: &mut Rng, pointers: &Pointers) {
    let name = ["brightness", "max_brightness", "switch", "nvram", "."][random.usize(..5)];
    let flags = [OFlag::O_RDONLY, OFlag::O_WRONLY, OFlag::O_RDWR][random.usize(..3)];
    let path = format!("{LAMP}/{name}");
    let Ok(file) = open(path.as_str(), flags, Mode::empty()) else { return };
    for _ in 0..random.u8(1..8) {
        any_call(random, pointers, file.as_fd());
    }
}

/// A value, good or nonsense, for one of the files that can be written.
fn store(random: &mut Rng) {
    let name = ["brightness", "switch", "nvram"][random.usize(..3)];
    let Ok(file) = Attribute::open(format!("{LAMP}/{name}"), OFlag::O_WRONLY) else {
        return;
    };
    for _ in 0..random.u8(..32) {
        let value = match random.u8(..4) {
            0 => (0..random.usize(..100)).map(|_| random.u8(..)).collect(),
            1 => ["on", "off", "o", ""][random.usize(..4)].into(),
            _ => random.i16(-20..300).to_string().into_bytes(),
        };
        let _ = file.write_at(&value, random.i32(..80).into());
    }
}

/// Whether the brightness is one, after a wait for news.
fn sane() -> bool {
    let read = || {
        let mut file = Attribute::of_lamp("brightness")?;
        file.value()?;
        file.poll(PollFlags::POLLPRI, PollTimeout::from(1_u8))?;
        file.value()
    };
    read().is_ok_and(|text| text.parse::<u8>().is_ok_and(|brightness| brightness <= 100))
}

fn still_works() -> Result<()> {
    let mut brightness = Attribute::of_lamp("brightness").context("open brightness")?;
    brightness.store(b"0").context("store 0")?;
    brightness.value().context("read brightness")?;
    brightness.store(b"55").context("store 55")?;
    let news = brightness.poll(PollFlags::POLLPRI, PollTimeout::ZERO)?;
    ensure!(news.contains(PollFlags::POLLPRI), "a change does not wake poll");
    let value = brightness.value()?;
    ensure!(value == "55", "the brightness is {value}, not 55");
    Ok(())
}
