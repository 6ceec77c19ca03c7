//! What the kernel does meanwhile, and what it costs.

use super::print::both;
use anyhow::{Context, Result};
use crossings_chardev::{
    caller::Caller,
    cost::{Echo, switches},
    read, trace,
};
use lesson::{
    cost::{self, costs},
    ftrace::marked,
    part,
    processor::OneProcessor,
};
use nix::{
    fcntl::OFlag,
    libc::SYS_read,
    unistd::{self, getppid, pipe, write},
};
use std::{
    io,
    os::fd::{AsFd, BorrowedFd},
};

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    part("the path");
    let (reader, writer) = both(OFlag::empty())?;
    let (reading, writing) = (reader.try_clone()?, writer.try_clone()?);
    let lines = trace::record(move || {
        let sleeper = Caller::start("reader", move || {
            marked("read(2)", || read(&reading, &mut [0; 100]).map(drop))
        })?;
        sleeper.asleep_in(SYS_read)?;
        let writer = Caller::start("writer", move || {
            marked("write(2)", || write(&writing, b"hello"))
        })?;
        writer.join()??;
        sleeper.join()?.map_err(io::Error::from)
    });
    println!("{}", lines.context("record the path with function_graph")?.join("\n"));
    Ok(())
}
// ANCHOR_END: the_path

// ANCHOR: the_cost
pub fn the_cost() -> Result<()> {
    part("the cost");
    let _processor = OneProcessor::stay()?;
    let (reader, writer) = both(OFlag::O_NONBLOCK)?;
    let (pipe_reader, pipe_writer) = pipe()?;
    let [cheapest, nothing, piped, one, many] = costs(
        50,
        20,
        [
            &mut || _ = getppid(),
            &mut || _ = read(&reader, &mut [0]),
            &mut || through(pipe_reader.as_fd(), pipe_writer.as_fd(), 1),
            &mut || through(reader.as_fd(), writer.as_fd(), 1),
            &mut || through(reader.as_fd(), writer.as_fd(), 4096),
        ],
    );
    let alone =
        switches(|| (0..100).for_each(|_| through(reader.as_fd(), writer.as_fd(), 1)))?;
    println!("100 bytes in one thread: {} sleeps", alone.sleeps);
    drop((reader, writer));
    let echo = Echo::start()?;
    let asking = switches(|| (0..100).for_each(|_| _ = echo.ask()))?;
    println!("100 requests to a sleeper: 100 switches or more: {}", asking.all >= 100);
    let [request] = costs(50, 20, [&mut || _ = echo.ask()]);
    echo.stop()?;
    println!();
    cost::table(&[
        ("getppid(2)", cheapest),
        ("read(2) that finds nothing: EAGAIN", nothing),
        ("a byte through a pipe(2)", piped),
        ("a byte through the tube", one),
        ("4096 bytes through the tube", many),
        ("a request to a sleeper, answered", request),
    ]);
    Ok(())
}

/// Writes `size` bytes and reads them back.
fn through(reader: BorrowedFd, writer: BorrowedFd, size: usize) {
    let mut bytes = [0; 4096];
    let _ = write(writer, &bytes[..size]);
    let _ = unistd::read(reader, &mut bytes[..size]);
}
// ANCHOR_END: the_cost
