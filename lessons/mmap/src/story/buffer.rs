//! A buffer that the driver and its mappings share, or do not.

use super::open;
use anyhow::{Context, Result};
use crossings_mmap::{PAGE_SIZE, buffer::BUFFER_SIZE};
use lesson::part;
use std::{str, sync::atomic::Ordering::Relaxed};

// ANCHOR: one_memory
pub fn one_memory() -> Result<()> {
    part("one memory");
    let buffer = open()?;
    let mapping = buffer.map(0, BUFFER_SIZE).context("map the buffer")?;
    buffer.write_at(b"from write", 0).context("write to the buffer")?;
    let seen: Vec<u8> =
        mapping.bytes()[..10].iter().map(|byte| byte.load(Relaxed)).collect();
    println!("the mapping has: {}", str::from_utf8(&seen)?);

    for (byte, new) in mapping.bytes().iter().zip(b"from store") {
        byte.store(*new, Relaxed);
    }
    let mut bytes = [0; 10];
    buffer.read_at(&mut bytes, 0).context("read from the buffer")?;
    println!("the driver has:  {}", str::from_utf8(&bytes)?);
    Ok(())
}
// ANCHOR_END: one_memory

pub fn two_mappings() -> Result<()> {
    part("two mappings");
    let whole = open()?.map(0, BUFFER_SIZE).context("map the buffer")?;
    let third_page = open()?.map(2 * PAGE_SIZE, PAGE_SIZE).context("map the third page")?;
    println!("both files are closed");
    third_page.bytes()[5].store(b'!', Relaxed);
    println!(
        "byte 5 of the page is: {:?}",
        char::from(third_page.bytes()[5].load(Relaxed))
    );
    println!(
        "byte 8197 of the whole is: {:?}",
        char::from(whole.bytes()[2 * PAGE_SIZE + 5].load(Relaxed))
    );
    println!(
        "they have the same address: {}",
        third_page.bytes().as_ptr() == whole.bytes()[2 * PAGE_SIZE..].as_ptr()
    );
    Ok(())
}

// ANCHOR: a_private_mapping
pub fn a_private_mapping() -> Result<()> {
    part("a private mapping");
    let buffer = open()?;
    let private = buffer.map_private().context("map the buffer privately")?;
    let compare = |when: &str| -> Result<()> {
        for page in [0, 1] {
            let mut driver = [0];
            buffer.read_at(&mut driver, page * PAGE_SIZE)?;
            let ours = char::from(private.bytes()[page * PAGE_SIZE].load(Relaxed));
            println!(
                "{when}: page {page} is {ours} for us and {} for the driver",
                char::from(driver[0])
            );
        }
        Ok(())
    };
    buffer.write_at(b"a", 0)?;
    buffer.write_at(b"b", PAGE_SIZE)?;
    compare("at first")?;
    private.bytes()[0].store(b'X', Relaxed);
    compare("we stored an X in page 0")?;
    buffer.write_at(b"y", 0)?;
    buffer.write_at(b"z", PAGE_SIZE)?;
    compare("the driver got y and z")
}
// ANCHOR_END: a_private_mapping
