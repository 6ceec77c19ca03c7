//! Calls that are refused, by our driver and by the kernel around it, and one that should have been.

use super::print::{both, text};
use anyhow::{Context, Result};
use crossings_chardev::{
    copied::Copied,
    mistake::{self, Cliff},
    open, read,
};
use lesson::{kmod, part, show};
use nix::{
    fcntl::OFlag,
    sys::uio::pread,
    unistd::{Whence, lseek, write},
};

// ANCHOR: bad_pointer
pub fn bad_pointer() -> Result<()> {
    part("a bad pointer");
    let (reader, writer) = both(OFlag::O_NONBLOCK)?;
    show("write 5 bytes from a null pointer", mistake::write_from_null(&writer));
    show("then read", read(&reader, &mut [0; 100]).map(text));

    write(&writer, b"hello")?;
    show("read 5 bytes into read-only memory", mistake::read_into_read_only(&reader));
    show("then read", read(&reader, &mut [0; 100]).map(text));

    let cliff = Cliff::new()?;
    show("write 20 bytes, 10 of them valid", cliff.write(&writer, 10, 20));
    show("write the other 10", cliff.write(&writer, 0, 10));
    show("then read", read(&reader, &mut [0; 100]).map(|bytes| bytes.len()));
    Ok(())
}
// ANCHOR_END: bad_pointer

pub fn wrong_mode() -> Result<()> {
    part("the wrong mode");
    let (reader, writer) = both(OFlag::O_NONBLOCK)?;
    show(
        "read from the writer's end",
        read(&writer, &mut [0; 100]).map(|bytes| bytes.len()),
    );
    show("write to the reader's end", write(&reader, b"hello"));
    Ok(())
}

pub fn no_position() -> Result<()> {
    part("no position");
    let reader = open(OFlag::O_RDONLY | OFlag::O_NONBLOCK)?;
    show("lseek", lseek(&reader, 0, Whence::SeekSet));
    show("pread", pread(&reader, &mut [0; 10], 0));
    Ok(())
}

// ANCHOR: in_use
pub fn in_use() -> Result<()> {
    part("in use");
    let reader = open(OFlag::O_RDONLY)?;
    show("unload the module", kmod::unload("crossings_chardev").map(|()| "unloaded"));
    drop(reader);
    Ok(())
}
// ANCHOR_END: in_use

// ANCHOR: the_copied_read
pub fn the_copied_read() -> Result<()> {
    part("the copied read");
    let copied = Copied::load().context("load crossings_chardev_copied.ko")?;
    let (returned, buffer) =
        copied.read(5).context("read /dev/crossings_chardev_copied")?;
    println!("read at most 5 returned: {returned}");
    println!("the buffer: {}", text(&buffer));
    Ok(())
}
// ANCHOR_END: the_copied_read
