//! Step 2: a read(2) sleeps until the timer has rung.

use super::egg::{Egg, LONG, PATIENCE, Reader};
use judge::{Context, Result, bail, caller::Caller, ensure, equal, receive, refused, rests, until, within};
use lesson::page::AbsentPage;
use nix::{errno::Errno, unistd::read};
use std::{
    os::fd::AsRawFd,
    ptr,
    time::{Duration, Instant},
};

/// How long who sleeps must not wake up.
const SOUND: Duration = Duration::from_millis(50);

/// The step.
pub fn read_waits_for_it() -> Result<()> {
    it_rings_in_time()?;
    each_file_has_its_own()?;
    one_ring_for_one_reader()?;
    the_last_setting_counts()?;
    let egg = Egg::open()?;
    let small = within(PATIENCE, "a read(2) with room for 7 bytes", {
        let file = egg.0.try_clone()?;
        move || read(&file, &mut [0; 7])
    })?;
    refused("a read(2) with room for 7 bytes", small, Errno::EINVAL)?;
    egg.set(1)?;
    let just_enough = within(PATIENCE, "a read(2) with room for 8 bytes", {
        let file = egg.0.try_clone()?;
        move || read(&file, &mut [0; 8])
    })?;
    equal("what a read(2) with room for 8 bytes returns, when the timer has rung,", just_enough, Ok(8))?;
    bad_memory_takes_nothing()?;
    what_was_not_given_is_for_others()
}

fn it_rings_in_time() -> Result<()> {
    let (egg, before) = (Egg::open()?, Instant::now());
    egg.set(100)?;
    egg.is_rung("a timer was set to 100 ms")?;
    let took = before.elapsed();
    ensure!(
        took >= Duration::from_millis(100),
        "a timer was set to 100 ms, and read(2) has returned after {} ms",
        took.as_millis()
    );
    let reader = Reader::start(&egg)?;
    let sound = rests(reader.0.task, SOUND)?;
    reader.sleeps("a timer has rung once and was read once")?;
    ensure!(
        sound,
        "a timer is not set, and read(2) wakes up again and again to look: nothing but the timer should wake it"
    );
    egg.set(1)?;
    reader.gives("the timer of a read(2) that sleeps has rung", 1)
}

fn each_file_has_its_own() -> Result<()> {
    let (one, other) = (Egg::open()?, Egg::open()?);
    let reader = Reader::start(&one)?;
    reader.sleeps("its timer is not set")?;
    other.set(1)?;
    ensure!(
        receive(&reader.0.returned, SOUND).is_err(),
        "two files are open, and the timer of one was set to 1 ms: a read(2) of the other one has returned"
    );
    other.is_rung("a second timer was set to 1 ms")?;
    reader.sleeps("another open file's timer has rung, and its own is not set")?;
    one.set(1)?;
    reader.gives("its own timer has rung too", 1)
}

fn one_ring_for_one_reader() -> Result<()> {
    let egg = Egg::open()?;
    let readers = [Reader::start(&egg)?, Reader::start(&egg)?];
    readers.iter().try_for_each(|reader| reader.sleeps("its timer is not set"))?;
    let returned = || Ok(readers.iter().find_map(|reader| reader.0.returned.try_recv().ok()));
    egg.set(1)?;
    equal("what one of two read(2) that slept gives when the timer has rung", until(PATIENCE, returned)?, Some(Ok(1)))?;
    let again = until(SOUND, returned)?;
    ensure!(again.is_none(), "two read(2) slept, the timer has rung once, and both have returned: {again:?}");
    egg.set(1)?;
    equal("what the other one gives when the timer has rung again", until(PATIENCE, returned)?, Some(Ok(1)))
}

fn the_last_setting_counts() -> Result<()> {
    let egg = Egg::open()?;
    egg.set(LONG)?;
    egg.set(1)?;
    egg.is_rung("a timer was set to 60000 ms, and then to 1 ms")?;
    let time = Duration::from_millis(200);
    for _ in 0..20 {
        let (egg, before) = (Egg::open()?, Instant::now());
        egg.set(200)?;
        egg.set(0)?;
        if before.elapsed() >= time {
            // It may have rung: this machine was busy.
            continue;
        }
        let reader = Reader::start(&egg)?;
        let other = Egg::open()?;
        other.set(300)?;
        other.is_rung("a timer was set to 300 ms")?;
        reader.sleeps("its timer was set to 200 ms and stopped, and another one has rung that was set to 300 ms")?;
        egg.set(1)?;
        return reader.gives("its timer was stopped, and then set to 1 ms", 1);
    }
    bail!("no timer could be stopped within 200 ms")
}

fn bad_memory_takes_nothing() -> Result<()> {
    let egg = Egg::open()?;
    egg.set(1)?;
    let result = within(PATIENCE, "a read(2) to a null pointer", {
        let file = egg.0.try_clone()?;
        // SAFETY: nothing is mapped at address 0, so nothing is written there.
        move || Errno::result(unsafe { libc::read(file.as_raw_fd(), ptr::null_mut(), 8) })
    })?;
    refused("a read(2) to a null pointer, when the timer has rung,", result, Errno::EFAULT)?;
    egg.is_rung("a timer has rung, and one read(2) of it has failed with EFAULT")
}

/// A reader has taken the ring, and stands still because its memory is not there yet. Another one finds nothing, and sleeps.
/// Then that memory is gone.
fn what_was_not_given_is_for_others() -> Result<()> {
    let (egg, page) = (Egg::open()?, AbsentPage::new().context("make a page that is not there")?);
    egg.set(1)?;
    let (file, address) = (egg.0.try_clone()?, page.address());
    let first = Caller::start(move || {
        // SAFETY: nobody has a reference to that memory, and the kernel notices if it cannot be written.
        Errno::result(unsafe { libc::read(file.as_raw_fd(), ptr::with_exposed_provenance_mut(address), 8) })
    })?;
    page.touched().context("a timer has rung, and a read(2) does not touch its memory")?;
    let second = Reader::start(&egg)?;
    second.sleeps("the timer has rung, and another read(2) is taking that")?;
    drop(page);
    let failed = receive(&first.returned, PATIENCE)
        .context("a read(2), whose memory was unmapped meanwhile, has not returned")?;
    refused("a read(2) whose memory was unmapped meanwhile", failed, Errno::EFAULT)?;
    second.gives("the timer has rung, and another read(2) has failed with EFAULT", 1)
}
