//! The story of the chapter: a buffer and a ring are shared with the kernel, misused, and
//! looked at from below.

mod story;

use anyhow::Result;
use story::{buffer, copied, inside, mistakes, refused, ring};

fn main() -> Result<()> {
    buffer::one_memory()?;
    buffer::two_mappings()?;
    buffer::a_private_mapping()?;
    ring::the_ring()?;
    ring::a_full_ring()?;
    ring::a_race()?;
    refused::too_much()?;
    mistakes::a_failed_write()?;
    mistakes::past_the_end()?;
    refused::not_allowed()?;
    mistakes::a_wrong_tail()?;
    refused::still_in_use()?;
    inside::the_pages()?;
    inside::the_path()?;
    inside::the_cost()?;
    copied::the_copied_driver()
}
