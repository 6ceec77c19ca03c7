//! What calls cost, compared with each other.

use std::time::{Duration, Instant};

// ANCHOR: costs
/// The time of each of `calls`, the best of ten rounds.
///
/// The rounds take turns and only the best counts, because whatever else the machine does
/// can only add to a time. Compare the results; by themselves they say more about the
/// machine.
pub fn costs<const N: usize>(calls: [&dyn Fn() -> nix::Result<()>; N]) -> [Duration; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..10 {
        for (best, call) in best.iter_mut().zip(calls) {
            let start = Instant::now();
            // Whether a call succeeds has been seen before it is timed.
            let _ = call();
            *best = start.elapsed().min(*best);
        }
    }
    best
}
// ANCHOR_END: costs
