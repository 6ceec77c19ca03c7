//! Reads the list in steps, and lets customers come and leave between two of them.

use judge::{Context, Result, accepted, ensure, equal, refused, within};
use nix::{errno::Errno, unistd::read};
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    ops::RangeInclusive,
    time::Duration,
};

pub fn check() -> Result<()> {
    for _ in 0..2 {
        equal("the list of an empty queue", rest_of(open()?)?, vec![])?;
    }
    (1..=9).try_for_each(|_| come())?;
    for room in 1..=4 {
        let reader = open()?;
        let mut text = String::new();
        while text.len() <= 100 {
            match step(&reader, room)? {
                part if part.is_empty() => break,
                part => text.push_str(&part),
            }
        }
        equal(&format!("a list that is read {room} bytes at a time"), tickets(&text)?, (1..=9).collect())?;
    }
    too_long()?;
    somebody_behind_leaves()?;
    the_next_one_leaves()?;
    all_others_leave()
}

/// The number is read as a whole or not at all: the first 34 of these digits are zeros.
fn too_long() -> Result<()> {
    for text in [format!("{:040}", 3), format!("{:040}", 0)] {
        let given = order(&text).map_err(|error| Errno::try_from(error).unwrap_or(Errno::UnknownErrno));
        refused(&format!("a write(2) of {} digits", text.len()), given, Errno::E2BIG)?;
    }
    equal("the list after a refused order", rest_of(open()?)?, (1..=9).collect())
}

fn somebody_behind_leaves() -> Result<()> {
    let reader = open_after(1..=2)?;
    leave(1)?;
    goes_on_with(3..=9, reader, "somebody has left who had been listed already")
}

fn the_next_one_leaves() -> Result<()> {
    let reader = open_after(2..=3)?;
    leave(4)?;
    goes_on_with(5..=9, reader, "the one who was to be listed next has left")
}

fn all_others_leave() -> Result<()> {
    let reader = open_after(2..=3)?;
    (5..=9).try_for_each(leave)?;
    let rest = rest_of(reader)?;
    ensure!(rest.is_empty(), "all who had not been listed yet have left, and the list goes on");
    (2..=3).try_for_each(leave)?;
    equal("the list of an empty queue", rest_of(open()?)?, vec![])
}

/// That a list goes on with these tickets after what has happened.
fn goes_on_with(expected: RangeInclusive<u32>, reader: File, happened: &str) -> Result<()> {
    let rest = rest_of(reader).with_context(|| happened.to_string())?;
    let missing = expected.clone().find(|ticket| !rest.contains(ticket));
    ensure!(missing.is_none(), "{happened}: a customer who is there all the time is missing from the list");
    let stranger = rest.iter().any(|ticket| !expected.contains(ticket));
    ensure!(!stranger, "{happened}: the list goes on with a customer who is not there, or was listed already");
    ensure!(rest.len() == expected.count(), "{happened}: the list has a customer twice");
    Ok(())
}

fn open() -> Result<File> {
    accepted("open(2) to read", File::open("/proc/exercise"))
}

/// An open file from which the first tickets have been read.
fn open_after(first: RangeInclusive<u32>) -> Result<File> {
    let reader = open()?;
    equal("the beginning of the list", tickets(&step(&reader, 4)?)?, first.collect())?;
    Ok(reader)
}

fn come() -> Result<()> {
    accepted("a write(2) of 0", order("0"))
}

/// The order must not have to wait for those who read.
fn leave(ticket: u32) -> Result<()> {
    let what = "an order that is given while somebody else has the list open";
    let given = within(Duration::from_secs(1), what, move || order(&ticket.to_string()))?;
    accepted("a write(2) of a ticket", given)
}

fn order(text: &str) -> io::Result<()> {
    OpenOptions::new().write(true).open("/proc/exercise")?.write_all(text.as_bytes())
}

/// One read(2).
fn step(reader: &File, room: usize) -> Result<String> {
    let mut buffer = vec![0; room];
    let length = accepted("a read(2) of the list", read(reader, &mut buffer))?;
    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

/// All that read(2) brings from now on.
fn rest_of(reader: File) -> Result<Vec<u32>> {
    let read_on = move || -> Result<String> {
        let mut text = String::new();
        loop {
            match step(&reader, 4096)? {
                part if part.is_empty() => return Ok(text),
                part => text.push_str(&part),
            }
            ensure!(text.len() <= 100, "the list has no end");
        }
    };
    tickets(&within(Duration::from_secs(1), "a read(2) of the list, to its end,", read_on)??)
}

fn tickets(text: &str) -> Result<Vec<u32>> {
    let ticket = |line: &str| line.parse().with_context(|| format!("there is a line {line:?} in the list"));
    text.lines().map(ticket).collect()
}
