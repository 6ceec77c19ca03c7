//! Calls that are refused, by the C library, by the module, and by the kernel around it.

use anyhow::{Context, Result};
use crossings_semaphores::{
    counter::{COUNTER, Counter, set_patience},
    named::{self, Named},
    unnamed::Unnamed,
};
use lesson::{errno, kmod, part, show, user::as_ordinary_user};
use nix::sys::time::TimeSpec;
use std::ffi::{CStr, CString};

/// The most that a semaphore holds: SEM_VALUE_MAX of limits.h.
const MOST: u32 = i32::MAX as u32;

pub fn refused() -> Result<()> {
    part("refused");
    let name: &CStr = c"/crossings-refused";
    let open = |what: &str, semaphore: nix::Result<Named>| {
        show(what, semaphore.map(|_| "opened"));
    };
    open("open one that does not exist", Named::open(name));
    let _first = Named::create(name, 0o600, 0).context("make a semaphore")?;
    open("create one that exists", Named::create(name, 0o600, 0));
    open("the name /a/b", Named::create(c"/a/b", 0o600, 0));
    open("the name /", Named::create(c"/", 0o600, 0));
    let long = CString::new(format!("/{}", "x".repeat(252)))?;
    open("a name of 252 letters", Named::create(&long, 0o600, 0));
    named::unlink(name).context("unlink it")?;
    show("unlink it once more", named::unlink(name).map(|()| "unlinked"));

    show("one with 2147483648", Unnamed::new(MOST + 1).map(|_| "made"));
    let full = Unnamed::new(MOST).context("make a semaphore")?;
    show("post when it has 2147483647", full.post().map(|()| "posted"));
    let empty = Unnamed::new(0).context("make a semaphore")?;
    let wait = |time| empty.wait_until(TimeSpec::new(0, time)).map(|()| "taken");
    show("wait until 1970", wait(0));
    show("wait until nanosecond 1000000000", wait(1_000_000_000));
    let full = Unnamed::new(1).context("make a semaphore")?;
    let wait = |time| full.wait_until(TimeSpec::new(0, time)).map(|()| "taken");
    show("the same with 1 to take, nanosecond 1000000000", wait(1_000_000_000));
    show("the same with 1 to take, 1970", wait(0));
    Ok(())
}

/// 39 zeros and a 7.
fn forty_digits() -> Vec<u8> {
    format!("{:040}", 7).into_bytes()
}

pub fn by_the_counter() -> Result<()> {
    part("refused by the counter");
    let counter = Counter::open().with_context(|| format!("open {COUNTER}"))?;
    show("open it once more, O_NONBLOCK", Counter::try_open().map(|_| "opened"));
    set_patience(20).context("set the patience to 20 ms")?;
    show("open it once more, within 20 ms", Counter::open().map(|_| "opened"));
    set_patience(0).context("set the patience to 0")?;
    show("write seven", counter.write(b"seven"));
    show("write nothing", counter.write(b""));
    show("write 40 digits, of which the last is 7", counter.write(&forty_digits()));
    show("write 2147483648", counter.write(b"2147483648"));
    show("write from a null pointer", counter.write_from_null());
    show("read to a null pointer", counter.read_to_null());
    show("a patience of 10001 ms", errno(set_patience(10_001)).map(|()| "set"));
    let unload = || kmod::unload("crossings_semaphores").map(|()| "unloaded");
    show("unload the module", unload());
    Ok(())
}

pub fn another_user() -> Result<()> {
    part("another user");
    let name: &CStr = c"/crossings-another-user";
    let _root = Named::create(name, 0o600, 1).context("make a semaphore")?;
    let open = || Named::open(name).map(|_| "opened");
    show("open root's semaphore", as_ordinary_user(open)?);
    show("unlink it", as_ordinary_user(|| named::unlink(name).map(|()| "unlinked"))?);
    show("open the counter", as_ordinary_user(|| Counter::open().map(|_| "opened"))?);
    named::unlink(name).context("unlink it")?;
    Ok(())
}
