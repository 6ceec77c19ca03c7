//! What calls cost, compared with each other.

use std::time::{Duration, Instant};

// ANCHOR: costs
/// The time of each of `calls`, the best of so many `rounds`.
///
/// The calls take turns and only the best counts, because whatever else the machine does can only
/// add to a time. Compare the results; by themselves they say more about the machine.
pub fn costs<const N: usize>(rounds: u32, calls: [&dyn Fn(); N]) -> [Duration; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..rounds {
        for (best, call) in best.iter_mut().zip(calls) {
            let start = Instant::now();
            call();
            *best = start.elapsed().min(*best);
        }
    }
    best
}
// ANCHOR_END: costs
