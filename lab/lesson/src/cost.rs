//! What calls cost, compared with each other.

use std::time::{Duration, Instant};

/// The time that one of each of `calls` takes, from the best of so many `rounds`, in each of
/// which it is made so many `times` in a row.
///
/// The calls take turns and only the best round counts, because whatever else the machine
/// does can only add to a time. Compare the results; by themselves they say more about the
/// machine. Whether a call succeeds is to be seen before it is timed.
pub fn costs<const N: usize>(
    rounds: u32,
    times: u32,
    mut calls: [&mut dyn FnMut(); N],
) -> [Duration; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..rounds {
        for (best, call) in best.iter_mut().zip(&mut calls) {
            let start = Instant::now();
            (0..times).for_each(|_| call());
            *best = (start.elapsed() / times).min(*best);
        }
    }
    best
}
