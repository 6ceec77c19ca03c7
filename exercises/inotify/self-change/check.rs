//! Watches both attributes. Puts coins in, follows the meter until it has expired, and then sees whether it is quiet. Whom
//! the kernel finds asleep where nobody may sleep, its tracer tells.

use judge::{Context, Result, accepted, bail, ensure, equal, until};
use lesson::{ftrace, kmod};
use nix::{
    errno::Errno,
    sys::inotify::{AddWatchFlags, InitFlags, Inotify},
    unistd::write,
};
use std::{fs, thread, time::Duration};

/// How long somebody who watches a file may be left without news of it.
const PATIENCE: Duration = Duration::from_millis(500);

/// What the meter can hold: enough for a second.
const COINS: usize = 1000;

/// How often the module is loaded and unloaded, to see what it leaves behind.
const LOADS: usize = 12;

pub fn check() -> Result<()> {
    let (left, expired) = (Attribute::watch("left")?, Attribute::watch("expired")?);
    equal("what left reads as before any coin is put in", left.reads()?, 0)?;
    equal("what expired reads as before any coin is put in", expired.reads()?, 1)?;
    stands_still(&left, &expired, "no coin was put in yet")?;
    let scheduled = nobody_sleeps_in_the_timer(&left, &expired)?;
    ticks_until_it_has_expired(&left, &expired)?;
    stands_still(&left, &expired, "the meter has expired and stands still")?;
    drop((left, expired));
    nobody_is_told_when_it_has_gone(&scheduled)?;
    nothing_is_left()
}

/// For each work item that a module has scheduled, somebody says at its end that it must not be done any more, or waits for it.
/// One that nobody minds is nearly always done before that anyway, and so the kernel records who minds it.
fn nobody_is_told_when_it_has_gone(scheduled: &[String]) -> Result<()> {
    let (unloaded, ends) = ftrace::record(&probes(ENDED), || kmod::unload("exercise"))?;
    accepted("delete_module(2) of a module that nobody uses", unloaded)?;
    accepted("finit_module(2)", kmod::load("exercise"))?;
    let ended = |item| ends.iter().any(|line| line.contains(" all: ") || value(line, "work") == item);
    let left = scheduled.iter().find(|line| line.contains("[exercise]") && !ended(value(line, "work")));
    let left = left.and_then(|line| value(line, "does"));
    match left.and_then(|does| does.split('+').next()) {
        Some(does) => bail!("the module has gone, and nobody has cancelled its work: {does} may still be called"),
        None => Ok(()),
    }
}

/// kprobes, as settings; see Documentation/trace/kprobetrace.rst.
fn probes(events: &str) -> [(&str, &str, &str); 2] {
    [("kprobe_events", events, ""), ("events/exercise/enable", "1", "0")]
}

/// Whoever schedules a work item: that, and the function that it is for.
const SCHEDULED: &str = "p:exercise/scheduled queue_work_on work=%dx does=+24(%dx):symbol";

/// Whoever ends one of them, or all of a queue.
const ENDED: &str = "p:exercise/cancelled cancel_work_sync work=%di\n\
    p:exercise/flushed flush_work work=%di\n\
    p:exercise/all __flush_workqueue";

/// What a line says of something.
fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split_once(&format!(" {name}="))?.1.split_whitespace().next()
}

/// Whoever has looked up an attribute has a reference to it, and with it to the folder that it is in.
fn nothing_is_left() -> Result<()> {
    let before = nodes()?;
    for _ in 0..LOADS {
        accepted("delete_module(2) of a module that nobody uses", kmod::unload("exercise"))?;
        accepted("finit_module(2)", kmod::load("exercise"))?;
    }
    let freed = until(Duration::from_millis(100), || Ok((nodes()? < before + LOADS).then_some(())))?;
    ensure!(freed.is_some(), "the module was loaded and unloaded twelve times, and its attributes are still in memory");
    Ok(())
}

/// How many files and folders of /sys are in memory. What the kernel keeps at hand for a processor counts until the cache is
/// shrunk.
fn nodes() -> Result<usize> {
    fs::write("/sys/kernel/slab/kernfs_node_cache/shrink", "1").context("shrink the cache of kernfs_node")?;
    let objects = fs::read_to_string("/sys/kernel/slab/kernfs_node_cache/objects").context("count kernfs_node")?;
    Ok(objects.split_whitespace().next().context("a count")?.parse()?)
}

/// sysfs_notify(9) takes a semaphore when it looks for the attribute. Mostly nobody has that, and so whoever calls it where
/// nobody may sleep gets away with it for a long time. The function in which it does so is recorded.
/// Returns the record, in which is also who has scheduled work.
fn nobody_sleeps_in_the_timer(left: &Attribute, expired: &Attribute) -> Result<Vec<String>> {
    let settings = [("set_ftrace_filter", "kernfs_find_and_get_ns", ""), ("current_tracer", "function", "nop")];
    let (put, lines) = ftrace::record(&[probes(SCHEDULED), settings].concat(), || {
        coins_are_put_in(left, expired)?;
        thread::sleep(Duration::from_millis(20));
        Ok(())
    })?;
    for (place, states, where_it_is) in
        [(2, "hHsS", "the timer's function, an interrupt, calls it"), (0, "dD", "it is called with a spinlock held")]
    {
        let calls = lines.iter().filter(|line| line.contains("kernfs_find_and_get_ns"));
        let found = calls.clone().find(|line| state(line, place).is_some_and(|state| states.contains(state)));
        if let Some(line) = found {
            bail!("sysfs_notify may sleep, and {where_it_is}: {}", line.trim());
        }
    }
    put.map(|()| lines)
}

/// One of the letters that say in what state a function was called. `task-1234  [000] d.h1.  12.345: function <-caller` is
/// with interrupts off, in an interrupt, with a lock held.
fn state(line: &str, place: usize) -> Option<char> {
    line.split_once("] ")?.1.chars().nth(place)
}

fn coins_are_put_in(left: &Attribute, expired: &Attribute) -> Result<()> {
    let meter = judge::open("/dev/exercise")?;
    equal("what write(2) of 1000 coins returns", accepted("write(2)", write(&meter, &[0; COINS]))?, COINS)?;
    for (attribute, what) in [(left, "left"), (expired, "expired")] {
        let told = attribute.is_told()?;
        // The timer changes it too, when the last coin is used up, and tells of that.
        let late = attribute.name == "expired" && left.reads()? == 0;
        ensure!(told && !late, "coins were put in, {what} has changed, and who watches it is not told");
    }
    Ok(())
}

fn ticks_until_it_has_expired(left: &Attribute, expired: &Attribute) -> Result<()> {
    let mut seen = left.reads()?;
    while seen > 0 {
        let told = left.is_told()?;
        let now = left.reads()?;
        if !told {
            ensure!(now != seen, "coins are in the meter, and left stands still");
            bail!("left has changed by itself, and who watches it is not told");
        }
        let again = expired.has_news()?;
        if left.reads()? > 0 {
            ensure!(!again, "expired has been 0 all the time, and who watches it is told that it has changed");
        } else if again {
            // Told of the end, a moment before this looked.
            return equal("what expired reads as when all coins are used up", expired.reads()?, 1);
        }
        seen = now;
    }
    ensure!(expired.is_told()?, "the last coin is used up, expired has changed, and who watches it is not told");
    equal("what expired reads as when all coins are used up", expired.reads()?, 1)
}

/// That nobody is told of anything, while nothing changes.
fn stands_still(left: &Attribute, expired: &Attribute, when: &str) -> Result<()> {
    // What has happened before may be told late.
    until(Duration::from_millis(200), || {
        left.has_news()?;
        expired.has_news()?;
        Ok(None::<()>)
    })?;
    for attribute in [left, expired] {
        let again = until(Duration::from_millis(100), || Ok(attribute.has_news()?.then_some(())))?;
        ensure!(again.is_none(), "{when}, and who watches {} is told that it has changed", attribute.name);
    }
    Ok(())
}

/// An attribute of the meter, and who watches it.
struct Attribute {
    name: &'static str,
    watch: Inotify,
}

impl Attribute {
    fn watch(name: &'static str) -> Result<Self> {
        let watch = Inotify::init(InitFlags::IN_NONBLOCK)?;
        watch.add_watch(path(name).as_str(), AddWatchFlags::IN_MODIFY).with_context(|| format!("watch {name}"))?;
        Ok(Attribute { name, watch })
    }

    fn reads(&self) -> Result<usize> {
        let text = fs::read_to_string(path(self.name)).with_context(|| format!("read {}", self.name))?;
        text.trim().parse().with_context(|| format!("{} reads as {text:?}", self.name))
    }

    /// Whether there are events. They are taken.
    fn has_news(&self) -> Result<bool> {
        match self.watch.read_events() {
            Ok(_) => Ok(true),
            Err(Errno::EAGAIN) => Ok(false),
            Err(errno) => Err(errno).context("read events"),
        }
    }

    /// Waits for an event.
    fn is_told(&self) -> Result<bool> {
        Ok(until(PATIENCE, || Ok(self.has_news()?.then_some(())))?.is_some())
    }
}

fn path(attribute: &str) -> String {
    format!("/sys/class/misc/exercise/{attribute}")
}
