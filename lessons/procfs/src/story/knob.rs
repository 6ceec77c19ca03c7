//! A number of the kernel's that is set by writing text.

use anyhow::{Context, Result};
use lesson::{errno, knob::Knob, part, show, user::as_ordinary_user};
use nix::{
    fcntl::{FcntlArg, fcntl},
    unistd::pipe,
};
use std::fs;

// ANCHOR: a_knob
pub fn a_knob() -> Result<()> {
    part("a knob");
    let path = "/proc/sys/fs/pipe-max-size";
    let before = fs::read_to_string(path).with_context(|| format!("read {path}"))?;
    let knob = Knob::open(path).with_context(|| format!("read {path}"))?;
    knob.set("100000").with_context(|| format!("write {path}"))?;
    println!("I wrote 100000, it says {}", knob.get()?);
    let (_reader, writer) = pipe()?;
    for size in [131_072, 131_073] {
        let answer = as_ordinary_user(|| fcntl(&writer, FcntlArg::F_SETPIPE_SZ(size)))?;
        show(&format!("an ordinary user's pipe of {size}"), answer);
    }
    show("write \"a lot\"", errno(knob.set("a lot").map(|()| "set")));
    let ordinary = as_ordinary_user(|| knob.set("65536"))?;
    show("write as an ordinary user", errno(ordinary.map(|()| "set")));
    drop(knob);
    println!("it is as it was: {}", fs::read_to_string(path)? == before);
    Ok(())
}
// ANCHOR_END: a_knob
