//! Waits for what the group of a child process says in its `cgroup.events`, and changes it meanwhile.

use crate::exercise::wait_for;
use judge::{Context, Result, accepted, bail, caller::Caller, ensure, is_asleep, receive, rests, until};
use std::{
    fs::{self, File},
    io::Read,
    process::{Child, Command},
    sync::mpsc::RecvTimeoutError,
    time::Duration,
};

const GROUP: &str = "/sys/fs/cgroup/exercise";

pub fn check() -> Result<()> {
    fs::create_dir(GROUP).with_context(|| format!("make {GROUP}"))?;
    let mut child = Command::new("sleep").arg("60").spawn().context("start sleep")?;
    let checked = with_child(&mut child);
    child.kill()?;
    child.wait()?;
    checked
}

fn with_child(child: &mut Child) -> Result<()> {
    set("cgroup.procs", &child.id().to_string())?;
    Waiter::start(events()?, "populated 1")?
        .returns("the file has the line from the start, nobody has read it before, and wait_for does not return")?;

    let waiter = Waiter::start(events_read_before()?, "frozen 1")?;
    set("cgroup.freeze", "1")?;
    waiter.returns("the attribute has changed, it has the line now, and wait_for does not return")?;

    let waiter = Waiter::start(events()?, "populated 0")?;
    waiter.sleeps()?;
    set("cgroup.freeze", "0")?;
    waiter.goes_on("another line of the file has changed, and wait_for returns without the one that it waits for")?;
    child.kill()?;
    waiter.returns("the attribute has changed twice, it has the line now, and wait_for does not return")?;

    // The kernel may tell of a change 10 ms late, if another one has just been. Nobody knows when it has told of all.
    until::<()>(Duration::from_millis(50), || Ok(None))?;
    Waiter::start(events_read_before()?, "populated 0")?
        .returns("the file has the line from the start, somebody has read it before, and wait_for does not return")
}

/// The attribute says whether a process is in the group, and whether the group is frozen.
fn events() -> Result<File> {
    let path = format!("{GROUP}/cgroup.events");
    File::open(&path).with_context(|| format!("open {path}"))
}

/// The same, read to its end.
fn events_read_before() -> Result<File> {
    let mut events = events()?;
    events.read_to_end(&mut Vec::new())?;
    Ok(events)
}

fn set(attribute: &str, value: &str) -> Result<()> {
    fs::write(format!("{GROUP}/{attribute}"), value).with_context(|| format!("write {attribute}"))
}

/// A thread that calls `wait_for`.
struct Waiter(Caller<nix::Result<()>>);

impl Waiter {
    fn start(file: File, line: &'static str) -> Result<Waiter> {
        Ok(Waiter(Caller::start(move || wait_for(&file, line))?))
    }

    /// It returns soon.
    fn returns(self, otherwise: &'static str) -> Result<()> {
        match receive(&self.0.returned, Duration::from_secs(1)) {
            Ok(result) => accepted("wait_for", result),
            Err(RecvTimeoutError::Timeout) => bail!(otherwise),
            Err(RecvTimeoutError::Disconnected) => bail!("wait_for panicked"),
        }
    }

    /// It has not returned after a moment.
    fn goes_on(&self, otherwise: &'static str) -> Result<()> {
        if let Ok(result) = receive(&self.0.returned, Duration::from_millis(100)) {
            accepted("wait_for", result)?;
            bail!(otherwise);
        }
        Ok(())
    }

    /// It sleeps as long as nothing changes, and does not only seem to.
    fn sleeps(&self) -> Result<()> {
        self.goes_on("nothing has changed, and wait_for returns")?;
        let rests = rests(self.0.task, Duration::from_millis(300))?;
        self.goes_on("nothing has changed, and wait_for returns")?;
        if !rests {
            let sleeps = until(Duration::from_millis(50), || Ok(is_asleep(self.0.task)?.then_some(())))?;
            ensure!(sleeps.is_some(), "nothing changes, and wait_for does not sleep: it keeps a processor busy");
            bail!("nothing changes, and wait_for wakes up again and again");
        }
        Ok(())
    }
}
