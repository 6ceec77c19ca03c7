//! Sharing, out of step and in step.

use super::{NAME, key};
use anyhow::{Context, Result};
use crossings_shm::{
    PAGE_SIZE, exchange::Exchange, memfd, memory::Memory, object::Object, posix,
    sysv::Segment,
};
use lesson::{
    child::{self, Child},
    part,
};
use nix::{
    libc,
    sys::socket::{AddressFamily, SockFlag, SockType, socketpair},
};
use std::{os::fd::OwnedFd, sync::atomic::Ordering::Relaxed};

pub fn one_memory() -> Result<()> {
    part("one memory");
    // ANCHOR: one_memory
    let key = key()?;
    let segment = Segment::create(key, PAGE_SIZE, 0o600).context("create a segment")?;
    let memory = segment.0.attach().context("attach the segment")?;
    Child::start(|| {
        let memory = Segment::get(key, 0, 0)?.attach()?;
        memory.word(0).store(7, Relaxed);
        Ok(())
    })?
    .wait()?;
    println!("System V, found by its key: {}", memory.word(0).load(Relaxed));

    let (object, _unlinked) =
        posix::create(NAME, 0o600).with_context(|| format!("create {NAME}"))?;
    object.set_size(PAGE_SIZE)?;
    let memory = object.map(PAGE_SIZE).with_context(|| format!("map {NAME}"))?;
    Child::start(|| {
        let memory = posix::open(NAME)?.map(PAGE_SIZE)?;
        memory.word(0).store(8, Relaxed);
        Ok(())
    })?
    .wait()?;
    println!("POSIX, found by its name: {}", memory.word(0).load(Relaxed));

    let (ours, theirs) = sockets()?;
    Child::start(|| {
        let object = memfd::create("crossings")?;
        object.set_size(PAGE_SIZE)?;
        object.map(PAGE_SIZE)?.word(0).store(9, Relaxed);
        object.send(&theirs)
    })?
    .wait()?;
    let memory = Object::receive(&ours).context("receive a memfd")?.map(PAGE_SIZE)?;
    println!("memfd, received by a socket: {}", memory.word(0).load(Relaxed));
    // ANCHOR_END: one_memory
    Ok(())
}

/// socketpair(2): two ends, one for each process.
pub fn sockets() -> nix::Result<(OwnedFd, OwnedFd)> {
    socketpair(AddressFamily::Unix, SockType::Stream, None, SockFlag::SOCK_CLOEXEC)
}

// ANCHOR: a_torn_record
pub fn a_torn_record() -> Result<()> {
    part("a torn record");
    let segment = Segment::create(libc::IPC_PRIVATE, PAGE_SIZE, 0o600)?;
    let memory = segment.0.attach()?;
    let record = &Exchange::init(&memory)?.record;
    record.write(1, || {});
    println!("before: {:?}", record.read());
    let mut writer = Child::start(|| {
        record.write(2, child::stop);
        Ok(())
    })?;
    writer.stopped().context("wait for the writer to stop")?;
    println!("the writer is between the halves: {:?}", record.read());
    writer.go_on()?;
    writer.wait()?;
    println!("after: {:?}", record.read());
    Ok(())
}
// ANCHOR_END: a_torn_record

/// How many records are exchanged in step.
const RECORDS: u64 = 1000;

// ANCHOR: in_step
pub fn in_step() -> Result<()> {
    part("in step");
    let key = key()?;
    let segment = Segment::create(key, PAGE_SIZE, 0o600)?;
    let memory = segment.0.attach()?;
    let exchange = Exchange::init(&memory).context("prepare the semaphores")?;
    let mut writer = Child::start(|| {
        exchange.put(1, child::stop)?;
        (2..=RECORDS).try_for_each(|n| exchange.put(n, || {}))
    })?;
    writer.stopped()?;
    println!("the writer is between the halves");

    let reader = Child::start(|| {
        let memory = Segment::get(key, 0, 0)?.attach()?;
        let exchange = Exchange::find(&memory)?;
        println!("the reader has found the memory");
        println!("the reader got {:?}", exchange.take()?);
        let mut wrong = 0;
        for n in 2..=RECORDS {
            wrong += u32::from(exchange.take()? != (n, n));
        }
        println!("{RECORDS} records, of which torn or out of order: {wrong}");
        Ok(())
    })?;
    reader.asleep_in(libc::SYS_futex).context("wait for the reader to sleep")?;
    println!("the reader sleeps in futex");
    writer.go_on()?;
    writer.wait()?;
    reader.wait()?;
    Ok(())
}
// ANCHOR_END: in_step
