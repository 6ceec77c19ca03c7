//! The story of the chapter: every way carries the same bytes, says what is too much for it,
//! shows the path that it takes, and what it costs.

mod story;

use anyhow::Result;
use lesson::processor::OneProcessor;
use story::{inside, ways};

fn main() -> Result<()> {
    let _processor = OneProcessor::stay()?;
    ways::there_and_back()?;
    ways::one_locker()?;
    ways::too_long();
    inside::the_path()?;
    inside::the_cost()?;
    inside::the_first_time()
}
