//! Starts and stops programs with odd names, and has `parse` read what the kernel says about each of them.

use crate::exercise::{Stat, parse};
use judge::{Context, Result, ensure, equal, within};
use nix::{
    sys::{
        signal::{Signal, kill},
        wait::{WaitPidFlag, waitpid},
    },
    unistd::Pid,
};
use std::{
    fs,
    os::unix::{fs::symlink, process::CommandExt},
    process::{self, Command},
    time::Duration,
};

/// Names of programs. The kernel keeps 15 bytes of a name, and of the last one that is all but half of the `ü`.
const NAMES: [&str; 6] = ["sleep", "two words", "a) Z 1 (b", "(sd-pam)", ") (", "smörgåsbord-ü"];

pub fn check() -> Result<()> {
    NAMES.into_iter().try_for_each(a_program)?;
    a_longer_line()?;
    [&b""[..], b"7", b"7 sleep T 1", b"7 (sleep", b"7 )sleep( T 1", b"7 (sleep)", b"7 (sleep) T", b"7 (sleep) T me 1"]
        .into_iter()
        .try_for_each(no_line)
}

/// Asks about a program that has this name and is stopped.
fn a_program(name: &'static str) -> Result<()> {
    let line = line_of(name)?;
    let what = format!("of a program that is called {name:?}");
    let stat = ask(&what, line)?;
    let stat = stat.with_context(|| format!("parse returns None for the line {what}"))?;
    equal(&format!("the state {what}"), stat.state, 'T')?;
    ensure!(stat.parent == process::id().cast_signed(), "the parent {what} should be the process that started it");
    let kept = &name.as_bytes()[..name.len().min(15)];
    ensure!(stat.name == kept, "the name {what} comes out as {:?}", String::from_utf8_lossy(&stat.name));
    Ok(())
}

/// The line of /proc/PID/stat of such a program.
fn line_of(name: &str) -> Result<Vec<u8>> {
    let path = format!("/tmp/{name}");
    symlink("/bin/busybox", &path).with_context(|| format!("make {path}"))?;
    let mut child = Command::new(&path).arg0("sleep").arg("60").spawn().with_context(|| format!("start {path}"))?;
    let pid = Pid::from_raw(child.id().cast_signed());
    // It has its name before it can stop.
    kill(pid, Signal::SIGSTOP)?;
    waitpid(pid, Some(WaitPidFlag::WUNTRACED))?;
    let line = fs::read(format!("/proc/{pid}/stat"));
    child.kill()?;
    child.wait()?;
    Ok(line?)
}

/// A kernel may append fields to the line, and has done so before.
fn a_longer_line() -> Result<()> {
    let mut line = fs::read("/proc/1/stat")?.trim_ascii_end().to_vec();
    let before = ask("of process 1", line.clone())?;
    line.extend(b" 17 4\n");
    let after = ask("that has two more fields at its end", line)?;
    ensure!(
        after == before && before.is_some(),
        "parse finds something else when the line has two more fields at its end, as it may have on a newer kernel"
    );
    Ok(())
}

fn no_line(line: &'static [u8]) -> Result<()> {
    let text = String::from_utf8_lossy(line);
    let found = ask(&format!("{text:?}"), line.to_vec())?;
    ensure!(found.is_none(), "the line {text:?} is not complete, and parse returns a Stat");
    Ok(())
}

fn ask(what: &str, line: Vec<u8>) -> Result<Option<Stat>> {
    within(Duration::from_secs(1), &format!("parse of the line {what}"), move || parse(&line))
}
