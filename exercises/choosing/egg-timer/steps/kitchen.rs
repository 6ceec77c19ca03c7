//! Step 6: the kitchen sees in /sys what there is, and of a closed file there is nothing.

use super::egg::{Egg, LONG, open, set};
use judge::{Result, accepted, anyhow, ensure, equal, refused};
use lesson::kmod;
use nix::errno::Errno;
use std::{fs, os::unix::fs::MetadataExt, thread, time::Duration};

const FOLDER: &str = "/sys/class/misc/exercise";

/// The step.
pub fn the_kitchen_knows() -> Result<()> {
    for name in ["running", "rung"] {
        let path = format!("{FOLDER}/{name}");
        let file = accepted(&format!("stat(2) of {path}"), fs::metadata(&path))?;
        equal(&format!("the permissions of {path}"), format!("{:o}", file.mode() & 0o777), "444".into())?;
    }
    accepted("delete_module(2), while no timer is open,", kmod::unload("exercise"))?;
    accepted("finit_module(2)", kmod::load("exercise"))?;
    equal("rung of a module that was just loaded", kitchen("rung")?, 0)?;
    let device = accepted("stat(2) of /dev/exercise", fs::metadata("/dev/exercise"))?;
    equal("the permissions of /dev/exercise", format!("{:o}", device.mode() & 0o777), "600".into())?;
    equal("running when no timer is set", kitchen("running")?, 0)?;
    let eggs: Vec<Egg> = (0..3).map(|_| Egg::open()).collect::<Result<_>>()?;
    let before = kitchen("rung")?;
    eggs.iter().try_for_each(|egg| egg.set(LONG))?;
    equal("running when three timers are set", kitchen("running")?, 3)?;
    eggs[0].set(LONG / 2)?;
    equal("running when one of three was set again", kitchen("running")?, 3)?;
    eggs[0].set(0)?;
    equal("running when one of three was stopped", kitchen("running")?, 2)?;
    eggs[0].set(0)?;
    equal("running when one of three was stopped twice", kitchen("running")?, 2)?;
    eggs[1].set(1)?;
    eggs[1].is_rung("a timer was set to 1 ms")?;
    equal("running when one of three was stopped and one has rung", kitchen("running")?, 1)?;
    equal("rung after one timer more has rung", kitchen("rung")?, before + 1)?;
    drop(eggs);
    closed_files_ring_no_more()?;
    nothing_is_left()
}

fn closed_files_ring_no_more() -> Result<()> {
    const MANY: usize = 20;
    equal("running when no timer is set", kitchen("running")?, 0)?;
    // Only one, and nothing is opened after it: a timer that runs in memory that is free breaks whatever comes there.
    set_and_close(LONG)?;
    equal("running when the only timer that was set was closed", kitchen("running")?, 0)?;
    (0..MANY).try_for_each(|_| set_and_close(20))?;
    let before = kitchen("rung")?;
    let egg = Egg::open()?;
    egg.set(100)?;
    egg.is_rung("a timer was set to 100 ms")?;
    let more = kitchen("rung")? - before;
    ensure!(more == 1, "20 timers were set to 20 ms and their files closed, and {} have rung after that", more - 1);
    // Now and then a file is closed just when its timer rings.
    for _ in 0..100 {
        let file = open(0)?;
        set(&file, 1)?;
        thread::sleep(Duration::from_micros(fastrand::u64(800..1200)));
    }
    Ok(())
}

fn nothing_is_left() -> Result<()> {
    const MANY: usize = 200;
    let egg = Egg::open()?;
    refused("delete_module(2), while a timer is open,", kmod::unload("exercise"), Errno::EAGAIN)?;
    drop(egg);
    let before = judge::in_use("egg")?;
    (0..MANY).try_for_each(|_| set_and_close(LONG))?;
    let kept = judge::in_use("egg")? - before;
    ensure!(kept < MANY as i64 / 2, "200 files were opened and closed, and the kernel keeps a struct egg of each");
    Ok(())
}

/// A number of the device's in /sys.
fn kitchen(name: &str) -> Result<u64> {
    let text = accepted(&format!("read(2) of {FOLDER}/{name}"), fs::read_to_string(format!("{FOLDER}/{name}")))?;
    text.trim_end().parse().map_err(|_| anyhow!("{FOLDER}/{name} should be a number, and is {text:?}"))
}

/// Sets the timer of a file and closes it at once.
fn set_and_close(ms: u32) -> Result<()> {
    set(&open(0)?, ms)
}
