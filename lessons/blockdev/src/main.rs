//! The story of the chapter: a disk is measured, written in two ways, filled with a file
//! system, taken away, and watched from inside the kernel.

mod story;

use anyhow::{Context, Result};
use story::{disk, inside, mistakes, mounted, requests};

fn main() -> Result<()> {
    story::stay_on_this_processor().context("stay on one processor")?;
    disk::the_disk()?;
    disk::two_ways()?;
    requests::one_sector()?;
    requests::many_sectors()?;
    requests::flushes()?;
    disk::a_discard()?;
    mistakes::unaligned()?;
    mistakes::the_end()?;
    mistakes::refused_discards()?;
    mounted::a_file_system()?;
    mounted::two_caches()?;
    mounted::in_use()?;
    mounted::gone_and_back()?;
    inside::the_path()?;
    inside::the_cost()?;
    inside::the_copied_names()
}
