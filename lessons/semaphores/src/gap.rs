//! Many processes at once in the gap between a load and a store: a race that does not
//! depend on luck.

use crate::{asleep, unnamed::Unnamed};
use lesson::child::Child;
use nix::{Result, libc::c_long};
use std::io;

/// A place where each process waits until all others have come here too, or cannot come.
pub struct Gap {
    arrived: Unnamed,
    go_on: Unnamed,
}

// ANCHOR: gap
impl Gap {
    /// Says "I am here", and waits to be told to go on.
    pub fn cross(&self) -> Result<()> {
        self.arrived.post()?;
        self.go_on.wait()
    }

    /// Tells all who are here to go on. Returns how many that are.
    fn open(&self) -> Result<u32> {
        let mut here = 0;
        while self.arrived.try_wait().is_ok() {
            here += 1;
        }
        (0..here).try_for_each(|_| self.go_on.post())?;
        Ok(here)
    }
}

/// So many processes do `work`, which crosses the gap. The gap opens only when each of
/// them sleeps in one of the system calls `waits` or has ended. Returns how many there were
/// in the gap at most.
pub fn together(
    processes: u32,
    waits: &[c_long],
    work: impl Fn(&Gap) -> Result<()>,
) -> io::Result<u32> {
    let gap = Gap { arrived: Unnamed::new(0)?, go_on: Unnamed::new(0)? };
    let start = |_| Child::named(c"racer", || work(&gap));
    let racers = (0..processes).map(start).collect::<Result<Vec<_>>>()?;
    let (mut crossed, mut most) = (0, 0);
    while crossed < processes {
        let ended = racers.iter().map(|racer| asleep::or_ended(racer, waits));
        if ended.collect::<io::Result<Vec<_>>>()?.iter().all(|ended| *ended) {
            break;
        }
        let here = gap.open()?;
        crossed += here;
        most = most.max(here);
    }
    racers.into_iter().try_for_each(Child::wait)?;
    Ok(most)
}
// ANCHOR_END: gap
