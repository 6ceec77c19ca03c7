//! Callers that sleep: until they are woken, interrupted, or killed.

use super::print::{both, names, text};
use anyhow::Result;
use crossings_chardev::{
    CAPACITY, TUBE,
    caller::{Caller, handle, handled, wait_until_handled},
    fill, open, read,
    ready::{events, produce, wait_for},
};
use lesson::{part, show, task::asleep_in};
use nix::{
    fcntl::OFlag,
    libc::{SYS_poll, SYS_read, SYS_write},
    poll::{PollFlags, PollTimeout},
    sys::signal::SaFlags,
    unistd::{Pid, write},
};
use std::{
    os::{fd::AsFd, unix::process::ExitStatusExt},
    process::{Command, Stdio},
};

// ANCHOR: asleep
pub fn asleep() -> Result<()> {
    part("asleep");
    let (reader, writer) = both(OFlag::empty())?;
    let reading = reader.try_clone()?;
    let sleeper = Caller::start("reader", move || read(&reading, &mut [0; 100]).map(text))?;
    println!("the reader sleeps in {}", sleeper.asleep_in(SYS_read)?);
    write(&writer, b"hello")?;
    println!("it woke up and read: {}", sleeper.join()??);

    let writing = writer.try_clone()?;
    write(&writer, &[0; CAPACITY])?;
    let sleeper = Caller::start("writer", move || write(&writing, b"one more"))?;
    println!("the writer sleeps in {}", sleeper.asleep_in(SYS_write)?);
    read(&reader, &mut [0; 3])?;
    println!("there was room for 3; it woke up and wrote: {}", sleeper.join()??);
    Ok(())
}
// ANCHOR_END: asleep

// ANCHOR: interrupted
pub fn interrupted() -> Result<()> {
    part("interrupted");
    let (reader, writer) = both(OFlag::empty())?;
    let call = || -> Result<_> {
        let reader = reader.try_clone()?;
        Ok(Caller::start("reader", move || read(&reader, &mut [0; 100]).map(text))?)
    };

    handle(SaFlags::empty())?;
    let sleeper = call()?;
    sleeper.asleep_in(SYS_read)?;
    sleeper.signal()?;
    show("read, without SA_RESTART", sleeper.join()?);

    handle(SaFlags::SA_RESTART)?;
    let sleeper = call()?;
    sleeper.asleep_in(SYS_read)?;
    let before = handled();
    sleeper.signal()?;
    wait_until_handled(before + 1)?;
    println!(
        "read, with SA_RESTART: the handler ran, and it sleeps in {}",
        sleeper.asleep_in(SYS_read)?
    );
    write(&writer, b"hello")?;
    show("read, with SA_RESTART", sleeper.join()?);

    let waiting = reader.try_clone()?;
    let sleeper = Caller::start("waiter", move || {
        wait_for(waiting.as_fd(), PollFlags::POLLIN, PollTimeout::NONE).map(names)
    })?;
    sleeper.asleep_in(SYS_poll)?;
    sleeper.signal()?;
    show("poll, with SA_RESTART", sleeper.join()?);
    drop((reader, writer));

    let (reader, writer) = both(OFlag::O_NONBLOCK)?;
    fill(&writer)?;
    let sleeper = Caller::start("producer", move || produce(&writer, &[0; 100]))?;
    sleeper.asleep_in(SYS_poll)?;
    let before = handled();
    sleeper.signal()?;
    wait_until_handled(before + 1)?;
    sleeper.asleep_in(SYS_poll)?;
    println!("produce: the handler ran, and it sleeps in poll again");
    read(&reader, &mut [0; 100])?;
    show("produce", sleeper.join()?.map(|()| "all bytes are in the tube"));
    Ok(())
}
// ANCHOR_END: interrupted

// ANCHOR: killed
pub fn killed() -> Result<()> {
    part("killed");
    let writer = open(OFlag::O_WRONLY)?;
    let mut cat = Command::new("cat").arg(TUBE).stdout(Stdio::null()).spawn()?;
    println!("cat sleeps in {}", asleep_in(Pid::from_raw(cat.id() as i32), SYS_read)?);
    println!("the writer polls: {}", names(events(&writer)?));
    cat.kill()?;
    println!("cat was killed by signal {}", cat.wait()?.signal().unwrap_or(0));
    println!("the writer polls: {}", names(events(&writer)?));
    show("write", write(&writer, b"hello"));
    Ok(())
}
// ANCHOR_END: killed
