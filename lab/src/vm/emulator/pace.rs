//! The time that a guest has had: the wall's, less what its emulator waited for a processor or was held. A time-out that
//! counts this time gives a guest on a busy machine what it gives one on an idle machine.

use procfs::process::Process;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A deadline is never looked at more often than this: the less a guest gets, the slower it comes nearer.
const GLANCE: Duration = Duration::from_millis(10);

/// How an emulator fares. Copies speak of the same one.
#[derive(Clone)]
pub struct Pace {
    emulator: u32,
    started: Instant,
    /// Guards what was seen so far, which whoever waits for the guest brings up to date.
    seen: Arc<Mutex<Seen>>,
}

struct Seen {
    /// What each thread of the emulator has waited for a processor in its life.
    waited: BTreeMap<i32, Duration>,
    /// The time that the guest did not get.
    lost: Duration,
}

/// When a guest will have had so much time.
#[derive(Clone)]
pub struct Deadline {
    pace: Pace,
    end: Duration,
}

impl Pace {
    /// Of an emulator that starts now.
    pub fn of(emulator: u32) -> Self {
        let seen = Seen { waited: waited(emulator), lost: Duration::ZERO };
        Pace { emulator, started: Instant::now(), seen: Arc::new(Mutex::new(seen)) }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The guest did not have this time: its emulator was held.
    pub fn held(&self, time: Duration) {
        self.seen().lost += time;
    }

    /// When the guest will have had `time` from now on.
    pub fn deadline(&self, time: Duration) -> Deadline {
        Deadline { pace: self.clone(), end: self.had() + time }
    }

    /// The time that the guest has had since its emulator started.
    fn had(&self) -> Duration {
        let mut seen = self.seen();
        let waited = waited(self.emulator);
        let since = |thread, time: Duration| time.saturating_sub(seen.waited.get(thread).copied().unwrap_or_default());
        // One thread that waits can hold up the whole guest.
        let longest = waited.iter().map(|(thread, time)| since(thread, *time)).max();
        seen.lost += longest.unwrap_or_default();
        seen.waited = waited;
        self.started.elapsed().saturating_sub(seen.lost)
    }
}

impl Deadline {
    /// The earlier of two deadlines of the same guest.
    pub fn or(self, other: Deadline) -> Deadline {
        if self.end <= other.end { self } else { other }
    }

    /// How long to wait before the next look; `None` when the guest has had its time.
    pub fn left(&self) -> Option<Duration> {
        self.end.checked_sub(self.pace.had()).filter(|left| !left.is_zero()).map(|left| left.max(GLANCE))
    }
}

/// What each thread of a process has waited for a processor; see Documentation/scheduler/sched-stats.rst. Nothing where the
/// kernel does not count it.
fn waited(process: u32) -> BTreeMap<i32, Duration> {
    let threads = i32::try_from(process).ok().and_then(|pid| Process::new(pid).ok()?.tasks().ok());
    let waited = threads.into_iter().flatten().flatten().filter_map(|thread| {
        let nanoseconds = thread.schedstat().ok()?.run_delay;
        Some((thread.tid, Duration::from_nanos(nanoseconds)))
    });
    waited.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{process, thread};

    #[test]
    fn time_in_which_the_guest_was_held_does_not_count() {
        let pace = Pace::of(process::id());
        let deadline = pace.deadline(Duration::from_secs(5));
        pace.held(Duration::from_secs(3600));
        thread::sleep(Duration::from_millis(50));
        assert!(deadline.left().expect("some is left") > Duration::from_secs(4));
    }

    #[test]
    fn a_deadline_passes() {
        let deadline = Pace::of(process::id()).deadline(Duration::from_millis(30));
        while let Some(left) = deadline.left() {
            thread::sleep(left);
        }
    }

    #[test]
    fn waiting_for_a_processor_does_not_count() {
        // More than the machine has processors, so that each of these threads has to wait.
        let crowd = 4 * thread::available_parallelism().expect("processors").get();
        let pace = Pace::of(process::id());
        let (before, started) = (pace.had(), Instant::now());
        thread::scope(|scope| {
            for _ in 0..crowd {
                scope.spawn(|| while started.elapsed() < Duration::from_millis(400) {});
            }
            // Threads that have ended are not seen any more: look while they are there.
            thread::sleep(Duration::from_millis(300));
            let (had, wall) = (pace.had() - before, started.elapsed());
            assert!(had < wall / 2, "{had:?} of {wall:?}");
        });
    }
}
