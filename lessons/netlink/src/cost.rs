//! What calls cost, compared with each other.

use std::time::{Duration, Instant};

/// The time of one of each of `calls`, which are made as many times in a row as the number
/// says, the best of six rounds.
///
/// The rounds take turns and only the best counts, because whatever else the machine does
/// can only add to a time. Compare the results; by themselves they say more about the
/// machine.
pub fn costs<const N: usize>(calls: [(&dyn Fn(), u32); N]) -> [Duration; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..6 {
        for (best, (call, times)) in best.iter_mut().zip(calls) {
            let start = Instant::now();
            (0..times).for_each(|_| call());
            *best = (start.elapsed() / times).min(*best);
        }
    }
    best
}
