//! The two halves of a rename, put together.

use inotify::{EventMask, EventOwned, WatchDescriptor};
use std::ffi::OsString;

/// A name in a watched directory.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The directory's watch.
    pub wd: WatchDescriptor,
    /// The name.
    pub name: OsString,
}

// ANCHOR: change
/// What a rename looks like to somebody who watches some directories and not others.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Both names are in watched directories.
    Renamed(Place, Place),
    /// The new name is not. For all we know, the file is gone.
    Left(Place),
    /// The old name was not. For all we know, the file is new.
    Arrived(Place),
}

/// Puts together what belongs together, by cookie. In the order in which it ended, and last
/// what has not ended: a half whose mate was not among `events`.
pub fn pair(events: &[EventOwned]) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut left = Vec::new();
    for event in events {
        let Some(name) = event.name.clone() else { continue };
        let place = Place { wd: event.wd.clone(), name };
        if event.mask.contains(EventMask::MOVED_FROM) {
            left.push((event.cookie, place));
        } else if event.mask.contains(EventMask::MOVED_TO) {
            let mate = left.iter().position(|(cookie, _)| *cookie == event.cookie);
            changes.push(match mate.map(|mate| left.remove(mate)) {
                Some((_, from)) => Change::Renamed(from, place),
                None => Change::Arrived(place),
            });
        }
    }
    changes.extend(left.into_iter().map(|(_, from)| Change::Left(from)));
    changes
}
// ANCHOR_END: change

#[cfg(test)]
mod tests {
    use super::*;
    use inotify::{Inotify, WatchMask};

    fn event(wd: &WatchDescriptor, mask: EventMask, cookie: u32, name: &str) -> EventOwned {
        EventOwned { wd: wd.clone(), mask, cookie, name: Some(name.into()) }
    }

    #[test]
    fn halves_are_paired_by_cookie_and_not_by_their_place() {
        let inotify = Inotify::init().expect("an instance");
        let wd = inotify.watches().add("/", WatchMask::CREATE).expect("a watch");
        let events = [
            event(&wd, EventMask::MOVED_FROM, 1, "a"),
            event(&wd, EventMask::MOVED_FROM, 2, "b"),
            event(&wd, EventMask::CREATE, 0, "other"),
            event(&wd, EventMask::MOVED_TO, 1, "A"),
            event(&wd, EventMask::MOVED_TO, 3, "new"),
            event(&wd, EventMask::MOVED_TO, 2, "B"),
            event(&wd, EventMask::MOVED_FROM, 4, "gone"),
        ];
        let place = |name: &str| Place { wd: wd.clone(), name: name.into() };
        let expected = [
            Change::Renamed(place("a"), place("A")),
            Change::Arrived(place("new")),
            Change::Renamed(place("b"), place("B")),
            Change::Left(place("gone")),
        ];
        assert_eq!(pair(&events), expected);
    }
}
