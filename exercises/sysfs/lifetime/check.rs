//! Exchanges media while programs have the drive open. All runs on one processor, so that memory that is freed too early
//! goes to the next medium at once.

use judge::{Context, Result, accepted, ensure, equal, refused, within};
use nix::{
    errno::Errno,
    fcntl::{self, OFlag},
    sched::{CpuSet, sched_setaffinity},
    sys::{stat::Mode, uio::pread},
    unistd::{Pid, write},
};
use std::{
    fs::{File, OpenOptions},
    path::Path,
    time::Duration,
};

const MEDIUM: &str = "/sys/class/misc/exercise/medium";

pub fn check() -> Result<()> {
    let mut processor = CpuSet::new();
    processor.set(0)?;
    sched_setaffinity(Pid::from_raw(0), &processor)?;

    refused("open(2) of an empty drive", open_drive(), Errno::ENOMEDIUM)?;
    exchange("first")?;
    ensure!(is_device(1), "the first medium is in the drive, and there is no device exercise1");
    equal("what the drive reads as with the first medium in it", label(&open()?)?.as_str(), "first")?;

    let one = open()?;
    exchange("second")?;
    ensure!(is_device(2), "the second medium is in the drive, and there is no device exercise2");
    ensure!(!is_device(1), "the first medium was taken out, and its device exercise1 is still there");
    let other = open()?;
    equal("what the drive reads as with the second medium in it", label(&other)?.as_str(), "second")?;
    exchange("third")?;
    for (reader, expected) in [(&one, "first"), (&other, "second")] {
        let got = label(reader)?;
        ensure!(
            got == expected,
            "a program has the {expected} medium open, others were put in since, and it reads the label {got:?}"
        );
    }
    drop((one, other));
    ["fourth", "fifth", "sixth"].into_iter().try_for_each(exchange)?;
    equal("what the drive reads as with the sixth medium in it", label(&open()?)?.as_str(), "sixth")?;

    refused("a write(2) of a label of 16 bytes", put_in("0123456789abcdef")?, Errno::E2BIG)?;
    equal("what the drive reads as after a label was refused", label(&open()?)?.as_str(), "sixth")?;
    // As long as a label may be.
    let longest = "seventh-medium!";
    exchange(longest)?;
    ensure!(is_device(7), "a label was refused before the seventh medium was put in, and there is no device exercise7");
    equal("what the drive reads as after a label of 15 bytes", label(&open()?)?.as_str(), longest)
}

fn is_device(number: u32) -> bool {
    Path::new(&format!("/sys/devices/exercise{number}")).exists()
}

fn exchange(label: &'static str) -> Result<()> {
    equal(&format!("what a write(2) of the label {label:?} returns"), put_in(label)?, Ok(label.len()))
}

fn put_in(label: &'static str) -> Result<nix::Result<usize>> {
    let drive = OpenOptions::new().write(true).open(MEDIUM).with_context(|| format!("open {MEDIUM}"))?;
    within(Duration::from_secs(1), "a write(2) of a label", move || write(&drive, label.as_bytes()))
}

fn open() -> Result<File> {
    accepted("open(2) of the drive", open_drive())
}

fn open_drive() -> nix::Result<File> {
    fcntl::open("/dev/exercise", OFlag::O_RDONLY, Mode::empty()).map(File::from)
}

fn label(drive: &File) -> Result<String> {
    let mut text = [0; 64];
    let length = accepted("a read(2) of the label", pread(drive, &mut text, 0))?;
    Ok(String::from_utf8_lossy(&text[..length]).into_owned())
}
