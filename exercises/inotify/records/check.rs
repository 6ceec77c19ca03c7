//! Changes files in a folder that is watched twice. One of the two instances is read by nix, which says what must come out
//! of the bytes that the other one holds.

use crate::exercise::{Record, records};
use judge::{Context, Result, bail, ensure, within};
use nix::{
    sys::inotify::{AddWatchFlags, InitFlags, Inotify},
    unistd::read,
};
use std::{
    ffi::OsStr,
    fs::{self, File, Permissions},
    io,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::Path,
    time::Duration,
};

pub fn check() -> Result<()> {
    let dir = Path::new("/tmp/exercise");
    fs::create_dir(dir).context("make a folder")?;
    let create = |name: &str| File::create(dir.join(name)).map(drop);
    create("itself")?;
    let twins = Twins::watch(dir)?;

    let one = twins.compare("a", || create("a"))?;
    let two = twins.compare("b and notes.txt", || ["b", "notes.txt"].into_iter().try_for_each(create))?;
    twins.compare("two entries and the watched file itself", || {
        create("c")?;
        fs::set_permissions(dir.join("itself"), Permissions::from_mode(0o600))?;
        create("d")
    })?;
    twins.compare("names of 14 to 17, 31, 32 and 255 letters", || {
        [14, 15, 16, 17, 31, 32, 255].into_iter().try_for_each(|length| create(&"n".repeat(length)))
    })?;
    twins.compare("two files that were renamed", || {
        fs::rename(dir.join("a"), dir.join("first"))?;
        fs::rename(dir.join("b"), dir.join("second"))
    })?;
    twins.compare("a name that is no UTF-8", || {
        File::create(dir.join(OsStr::from_bytes(b"sm\xf6rg\xe5s")))?;
        create("e")
    })?;
    whole_events_only(one, 1)?;
    whole_events_only(two, 2)?;
    no_watch()
}

/// Two instances that are told the same.
struct Twins {
    known: Inotify,
    bytes: Inotify,
}

impl Twins {
    /// Watches the folder for what happens to its entries, and one of these for what happens to itself.
    fn watch(dir: &Path) -> Result<Twins> {
        let instance = || -> nix::Result<Inotify> {
            let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)?;
            inotify.add_watch(dir, AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVE)?;
            inotify.add_watch(&dir.join("itself"), AddWatchFlags::IN_ATTRIB)?;
            Ok(inotify)
        };
        Ok(Twins { known: instance()?, bytes: instance()? })
    }

    /// Lets something happen, and compares what nix says about it with what `records` finds in the bytes. Returns these.
    fn compare(&self, what: &str, act: impl FnOnce() -> io::Result<()>) -> Result<Vec<u8>> {
        act().with_context(|| format!("make events: {what}"))?;
        let events = self.known.read_events()?.into_iter();
        let expected: Vec<Record> = events
            .map(|event| Record {
                watch: event.wd.as_raw(),
                mask: event.mask.bits(),
                cookie: event.cookie,
                name: event.name,
            })
            .collect();
        let mut buffer = vec![0; 4096];
        let length = read(&self.bytes, &mut buffer)?;
        buffer.truncate(length);
        let what = format!("one read(2) has brought {} ({what})", count(expected.len()));
        let found = ask(&what, &buffer)?.with_context(|| format!("{what}, and records returns None"))?;
        same(&what, &found, &expected)?;
        Ok(buffer)
    }
}

fn count(events: usize) -> String {
    if events == 1 { "1 event".into() } else { format!("{events} events") }
}

fn same(what: &str, found: &[Record], expected: &[Record]) -> Result<()> {
    let named = expected.iter().filter(|record| record.name.is_some());
    ensure!(
        found.len() == expected.len() || !found.iter().eq(named),
        "{what}, one of them without a name, and records leaves that one out"
    );
    for (place, (found, expected)) in (1..).zip(found.iter().zip(expected)) {
        let which = |field: &str| format!("{what}: the {field} of event {place}");
        judge::equal(&which("watch"), found.watch, expected.watch)?;
        judge::equal(&which("name"), &found.name, &expected.name)?;
        ensure!(found.mask == expected.mask, "{} is another one", which("mask"));
        ensure!(found.cookie == expected.cookie, "{} is another one", which("cookie"));
    }
    ensure!(found.len() == expected.len(), "{what}, and records returns {}", found.len());
    Ok(())
}

/// The kernel never cuts an event off. A program may, by a mistake with its buffer.
fn whole_events_only(buffer: Vec<u8>, events: usize) -> Result<()> {
    let what = "the buffer ends in the middle of an event";
    let accepted = within(Duration::from_secs(1), &format!("{what}: records"), move || {
        (0..buffer.len()).filter(|end| records(&buffer[..*end]).is_some()).count()
    })?;
    // Nothing at all is whole, and so is what ends after any event but the last one.
    ensure!(accepted <= events, "{what}, and records does not return None");
    ensure!(accepted == events, "a buffer ends after an event or has none at all, and records returns None");
    Ok(())
}

fn no_watch() -> Result<()> {
    let mut event = [0; 16];
    event[..4].copy_from_slice(&(-1_i32).to_ne_bytes());
    event[4..8].copy_from_slice(&libc::IN_Q_OVERFLOW.to_ne_bytes());
    let lost = Record { watch: -1, mask: libc::IN_Q_OVERFLOW, cookie: 0, name: None };
    let what = "an event says that others were lost";
    let found = ask(what, &event)?.with_context(|| format!("{what}, and records returns None"))?;
    same(what, &found, &[lost])?;
    event[12..].copy_from_slice(&u32::MAX.to_ne_bytes());
    if ask("an event says that its name has 4294967295 bytes", &event)?.is_some() {
        bail!("an event says that its name has 4294967295 bytes, they are not there, and records does not return None");
    }
    Ok(())
}

fn ask(what: &str, buffer: &[u8]) -> Result<Option<Vec<Record>>> {
    let buffer = buffer.to_vec();
    within(Duration::from_secs(1), &format!("{what}: records"), move || records(&buffer))
}
