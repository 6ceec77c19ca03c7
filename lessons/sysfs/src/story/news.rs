//! Those who wait in poll(2) until a value is another one.

use anyhow::{Result, bail};
use crossings_sysfs::Attribute;
use lesson::part;
use nix::poll::{PollFlags, PollTimeout};
use std::{thread, time::Duration};

// ANCHOR: news_for_poll
pub fn news_for_poll() -> Result<()> {
    part("news for poll");
    let writer = Attribute::of_lamp("brightness")?;
    writer.store(b"0")?;
    let mut reader = Attribute::of_lamp("brightness")?;
    let poll = |reader: &Attribute, what: &str, events| {
        let news = reader.poll(events, PollTimeout::ZERO)?;
        let names: Vec<&str> = news.iter_names().map(|(name, _)| name).collect();
        println!(
            "{what}: {}",
            if names.is_empty() { "nothing".to_owned() } else { names.join(" ") }
        );
        anyhow::Ok(())
    };
    poll(&reader, "opened, not read yet", PollFlags::POLLPRI)?;
    println!("read: {}", reader.value()?);
    poll(&reader, "after reading", PollFlags::POLLPRI)?;
    writer.store(b"0")?;
    poll(&reader, "0 was written again", PollFlags::POLLPRI)?;
    writer.store(b"1")?;
    poll(&reader, "1 was written", PollFlags::POLLPRI)?;
    poll(&reader, "asked again, not read", PollFlags::POLLPRI)?;
    println!("read: {}", reader.value()?);
    for value in ["2", "3", "4"] {
        writer.store(value.as_bytes())?;
    }
    poll(&reader, "2, 3 and 4 were written", PollFlags::POLLPRI)?;
    println!("read: {}", reader.value()?);
    poll(&reader, "after reading", PollFlags::POLLPRI)?;
    poll(&reader, "after reading, POLLIN", PollFlags::POLLIN)?;
    Ok(())
}
// ANCHOR_END: news_for_poll

// ANCHOR: a_sleeper
pub fn a_sleeper() -> Result<()> {
    part("a sleeper");
    let writer = Attribute::of_lamp("brightness")?;
    writer.store(b"20")?;
    let mut reader = Attribute::of_lamp("brightness")?;
    println!("it is {}", reader.value()?);
    let ten_seconds = PollTimeout::from(10_000_u16);
    let sleeper = thread::spawn(move || {
        let news = reader.poll(PollFlags::POLLPRI, ten_seconds)?;
        anyhow::Ok((news.contains(PollFlags::POLLPRI), reader.value()?))
    });
    for _ in 0..100 {
        writer.store(b"20")?;
    }
    thread::sleep(Duration::from_millis(20));
    println!("20 written 100 times, it sleeps: {}", !sleeper.is_finished());
    writer.store(b"21")?;
    let Ok(woken) = sleeper.join() else { bail!("the sleeper panicked") };
    let (news, value) = woken?;
    println!("21 written once, it woke up: {news}, and read {value}");
    Ok(())
}
// ANCHOR_END: a_sleeper
