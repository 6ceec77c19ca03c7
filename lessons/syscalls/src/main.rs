//! The story of the chapter: a call is made in five ways, fails, is watched, refused,
//! interrupted, and followed into the kernel.

mod story;

use anyhow::{Result, bail};
use std::env;
use story::{copied, inside, numbers, refused, watched, ways};

fn main() -> Result<()> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [] => story(),
        [word, command @ ..] if word == "trace" => watched::trace(command),
        _ => bail!("run me without arguments, or as `trace COMMAND ARGUMENT…`"),
    }
}

fn story() -> Result<()> {
    ways::five_ways()?;
    watched::the_registers()?;
    numbers::the_numbers();
    ways::failing_five_ways()?;
    ways::errno_stays()?;
    ways::a_wrapper();
    numbers::no_such_call();
    numbers::a_bad_pointer();
    ways::the_clock()?;
    watched::a_tracer()?;
    watched::interrupted()?;
    watched::not_interrupted()?;
    refused::a_filter()?;
    refused::the_listing()?;
    refused::what_it_misses()?;
    refused::what_is_lacking();
    refused::who_may()?;
    copied::errno_read_late();
    copied::a_loop()?;
    inside::the_cost()?;
    inside::the_path()
}
