//! Measures every crossing and prints a line of JSON for each of them and each length.
//!
//! Takes for how many seconds (20 if none is given), and as a second argument
//! `unprivileged`, which leaves out what needs our module or root. `cargo lab measure` runs
//! it in the lab.

use anyhow::{Context, Result};
use crossings_choosing::{WAYS, Way, measure};
use lesson::processor::OneProcessor;
use std::{env, time::Duration};

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let seconds = match arguments.first() {
        Some(seconds) => {
            seconds.parse().with_context(|| format!("{seconds:?} is not a number"))?
        }
        None => 20,
    };
    let everything = arguments.get(1).is_none_or(|which| which != "unprivileged");
    let ways: Vec<&Way> = WAYS.iter().filter(|way| everything || !way.privileged).collect();
    // Two processes take turns: on one processor no other one has to be woken up for it.
    let _processor = OneProcessor::stay()?;
    for figure in measure::all(&ways, Duration::from_secs(seconds))? {
        println!("{}", serde_json::to_string(&figure)?);
    }
    Ok(())
}
