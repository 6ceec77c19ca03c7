//! The part of the story with the habits of widely copied programs.

use anyhow::{Context, Result};
use crossings_syscalls::{
    copied,
    interrupted::{Pair, interrupt},
};
use lesson::{part, show};
use nix::sys::signal::SaFlags;

pub fn errno_read_late() {
    part("errno, read late");
    show("read at once", copied::read_errno_at_once().map(|()| "success"));
    show("read late", copied::read_errno_late().map(|()| "success"));
}

pub fn a_loop() -> Result<()> {
    part("a loop");
    tell("until poll fails", copied::until_poll_fails)?;
    tell("until one came", copied::until_one_came)
}

fn tell(name: &str, run: fn(&Pair) -> i32) -> Result<()> {
    println!("{name}:");
    let pair = Pair::new(SaFlags::SA_RESTART).context("install a handler")?;
    let lines = interrupt(|| run(&pair)).context("trace a child")?;
    lines.iter().for_each(|line| println!("  {line}"));
    Ok(())
}
