//! Measures every crossing and prints a line of JSON for each of them and each length.
//!
//! Takes for how many seconds (20 if none is given), and after that which ways:
//! `unprivileged` leaves out what needs our module or root, `apart` takes the ways between
//! processes with each of the two on a processor of its own, and `only WAY` takes one.
//! `cargo lab dev measure` runs it in the lab.

use anyhow::{Context, Result, bail};
use crossings_choosing::{POLLING, To, WAYS, Way, measure, measure::Partners};
use lesson::processor::OneProcessor;
use std::{env, time::Duration};

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let seconds = match arguments.next() {
        Some(seconds) => {
            seconds.parse().with_context(|| format!("{seconds:?} is not a number"))?
        }
        None => 20,
    };
    let (mut unprivileged, mut apart, mut only) = (false, false, None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "unprivileged" => unprivileged = true,
            "apart" => apart = true,
            "only" => only = Some(arguments.next().context("only which way?")?),
            _ => bail!("{argument:?} is none of `unprivileged`, `apart` and `only`"),
        }
    }
    // On one processor two processes take turns. That is left to no scheduler's mood.
    let us = OneProcessor::stay()?;
    let wanted = |way: &&Way| {
        !(unprivileged && way.privileged)
            && (!apart || way.to == To::Process)
            && only.as_ref().is_none_or(|name| way.name == name)
    };
    let mut ways: Vec<&Way> = WAYS.iter().filter(wanted).collect();
    let partners = if apart { Partners::Apart(&us) } else { Partners::Here };
    if apart {
        ways.push(&POLLING);
    }
    if ways.is_empty() {
        bail!("there is no such way");
    }
    for figure in measure::all(&ways, partners, Duration::from_secs(seconds))? {
        println!("{}", serde_json::to_string(&figure)?);
    }
    Ok(())
}
