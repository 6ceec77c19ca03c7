//! Seals: promises that the kernel keeps.

use super::{NAME, sharing::sockets};
use anyhow::{Context, Result};
use crossings_shm::{
    PAGE_SIZE,
    memfd::{self, Sealed, add_seals, reopen},
    memory::Memory,
    object::Object,
    posix,
};
use lesson::{
    child::{self, Child},
    knob::Knob,
    part, show,
    user::as_ordinary_user,
};
use nix::{
    fcntl::{OFlag, SealFlag},
    unistd::write,
};
use std::{
    fs::OpenOptions, hint::black_box, os::fd::OwnedFd, sync::atomic::Ordering::Relaxed,
};

// ANCHOR: seals
pub fn seals() -> Result<()> {
    part("seals");
    let object = memfd::create("crossings").context("create a memfd")?;
    let seal = |name: &str, seals| show(name, add_seals(&object, seals).map(|()| "done"));
    let size = |to: usize| {
        show(&format!("  ftruncate to {to}"), object.set_size(to).map(|()| "done"));
    };
    object.set_size(2 * PAGE_SIZE)?;
    seal("F_SEAL_SHRINK", SealFlag::F_SEAL_SHRINK);
    size(PAGE_SIZE);
    size(3 * PAGE_SIZE);
    seal("F_SEAL_GROW", SealFlag::F_SEAL_GROW);
    size(4 * PAGE_SIZE);
    let mapping = object.map(PAGE_SIZE)?;
    seal("F_SEAL_WRITE, and it is mapped", SealFlag::F_SEAL_WRITE);
    seal("F_SEAL_FUTURE_WRITE", SealFlag::F_SEAL_FUTURE_WRITE);
    mapping.word(0).store(7, Relaxed);
    println!("  a store to the mapping there was: {}", mapping.word(0).load(Relaxed));
    show("  another mapping", object.map(PAGE_SIZE).map(|_| "done"));
    drop(mapping);
    seal("F_SEAL_WRITE, and it is not", SealFlag::F_SEAL_WRITE);
    show("  write", write(&object, b"x"));
    show("  a mapping", object.map(PAGE_SIZE).map(|_| "done"));
    seal("F_SEAL_SEAL", SealFlag::F_SEAL_SEAL);
    seal("  another seal", SealFlag::F_SEAL_WRITE);
    Ok(())
}
// ANCHOR_END: seals

pub fn what_can_be_sealed() -> Result<()> {
    part("what can be sealed");
    let shrink = |what: &str, object: &Object| {
        show(what, add_seals(object, SealFlag::F_SEAL_SHRINK).map(|()| "done"));
    };
    shrink("a memfd", &memfd::create("crossings")?);
    shrink("a memfd without MFD_ALLOW_SEALING", &memfd::create_unsealable("crossings")?);
    let (object, _unlinked) = posix::create(NAME, 0o600)?;
    shrink("a POSIX object", &object);
    let null =
        OpenOptions::new().write(true).open("/dev/null").context("open /dev/null")?;
    let seals = add_seals(&null, SealFlag::F_SEAL_SHRINK);
    show("/dev/null", seals.map(|()| "done"));
    Ok(())
}

// ANCHOR: a_message
pub fn a_message() -> Result<()> {
    part("a message");
    for seals in [SealFlag::empty(), SealFlag::F_SEAL_WRITE | SealFlag::F_SEAL_SHRINK] {
        let (ours, theirs) = sockets()?;
        let mut sender = Child::start(|| send_and_shrink(&theirs, seals))?;
        let object = Object::receive(&ours).context("receive the message")?;
        println!("received, with {seals:?}");
        let message = Sealed::new(&object);
        show("  accepted", message.as_deref().map(String::from_utf8_lossy));
        // A careless receiver maps it without looking at the seals.
        let careless = object.map_private(PAGE_SIZE)?;
        sender.stopped()?;
        sender.go_on()?;
        show("  the sender makes it empty", sender.fate());
        let reader = Child::start(|| {
            careless.word(0).load(Relaxed);
            Ok(())
        });
        show("  a careless receiver loads a word", reader.and_then(Child::fate));
        show("  the message", message.as_deref().map(String::from_utf8_lossy));
    }
    Ok(())
}
// ANCHOR_END: a_message

/// Sends a message, waits, and then takes the memory away.
fn send_and_shrink(socket: &OwnedFd, seals: SealFlag) -> nix::Result<()> {
    let object = memfd::create("crossings")?;
    write(&object, b"hello")?;
    add_seals(&object, seals)?;
    object.send(socket)?;
    child::stop();
    object.set_size(0)
}

// ANCHOR: a_read_only_descriptor
pub fn a_read_only_descriptor() -> Result<()> {
    part("a read-only descriptor");
    let (object, _unlinked) = posix::create(NAME, 0o600)?;
    let memfd = memfd::create("crossings").context("create a memfd")?;
    let try_to_write = |object: &Object| -> Result<()> {
        let read_only = reopen(object, OFlag::O_RDONLY)?;
        as_ordinary_user(|| {
            show("  an ordinary user writes", write(&read_only, b"x"));
            let again = reopen(&read_only, OFlag::O_RDWR);
            show("  and opens it anew, and writes", again.and_then(|it| write(&it, b"x")));
        })?;
        Ok(())
    };
    println!("an object of root's, mode {:o}, open for reading", object.mode()?);
    try_to_write(&object)?;
    println!("a memfd of root's, mode {:o}, open for reading", memfd.mode()?);
    try_to_write(&memfd)?;
    println!("the same memfd with F_SEAL_FUTURE_WRITE");
    add_seals(&memfd, SealFlag::F_SEAL_FUTURE_WRITE)?;
    try_to_write(&memfd)
}
// ANCHOR_END: a_read_only_descriptor

// ANCHOR: a_hole
pub fn a_hole() -> Result<()> {
    part("a hole");
    let object = memfd::create("crossings").context("create a memfd")?;
    object.set_size(2 * PAGE_SIZE)?;
    add_seals(&object, SealFlag::F_SEAL_WRITE | SealFlag::F_SEAL_SHRINK)?;
    let message = Sealed::new(&object).context("accept the message")?;
    println!("sealed, {} bytes, in memory: {}", message.len(), object.in_memory()?);
    let first = black_box(message[0]);
    println!("byte 0: {first}, in memory: {}", object.in_memory()?);

    let mut reader = Child::start(|| {
        child::stop();
        black_box(message[PAGE_SIZE]);
        Ok(())
    })?;
    reader.stopped()?;
    // From here on the kernel promises no more memory, to nobody.
    let promised = Knob::turned("/proc/sys/vm/overcommit_ratio", "0")?;
    let strict = Knob::turned("/proc/sys/vm/overcommit_memory", "2")?;
    reader.go_on()?;
    let fate = reader.fate();
    drop((strict, promised));
    show("byte 4096, when there is no memory left", fate);
    Ok(())
}
// ANCHOR_END: a_hole
