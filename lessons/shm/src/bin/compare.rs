//! A record to another process, and one back, by the lesson's library, and how long it takes once. `compare.c` does the same in C.

use anyhow::{Context, Result, ensure};
use crossings_shm::{exchange::Exchange, sysv::private};
use lesson::compare::repeat;
use lesson::{child::Child, processor::OneProcessor};

fn main() -> Result<()> {
    // Everybody on one processor, or we would measure how fast the other one wakes up.
    let _here = OneProcessor::stay().context("stay on a processor")?;
    let memories = [private().context("a segment")?, private().context("a segment")?];
    let [there, back] = [&memories[0], &memories[1]].map(Exchange::init);
    let (there, back) = (there.context("sem_init")?, back.context("sem_init")?);
    let echo = || loop {
        back.put(there.take()?.0, || {})?
    };
    let _child = Child::start(echo).context("fork")?;
    repeat(|| {
        there.put(7, || {}).context("put")?;
        ensure!(back.take().context("take")? == (7, 7));
        Ok(())
    })
}
