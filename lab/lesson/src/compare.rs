//! What the programs `compare` share, in which a lesson's library does the same work as its `compare.c` does in plain C.

use std::{env, time::Instant};

/// Does the `work` as often as the command line says, and prints how many nanoseconds it takes once.
pub fn repeat<E>(mut work: impl FnMut() -> Result<(), E>) -> Result<(), E> {
    let times: u32 = env::args()
        .nth(1)
        .map_or(1000, |times| times.parse().expect("how often, as a number"));
    let start = Instant::now();
    for _ in 0..times {
        work()?;
    }
    println!("{:.1}", start.elapsed().as_nanos() as f64 / f64::from(times));
    Ok(())
}
