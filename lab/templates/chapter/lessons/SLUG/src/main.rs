//! The story of the chapter: TODO Tell it in one sentence.

mod story;

use anyhow::Result;
use story::{inside, note};

fn main() -> Result<()> {
    note::hello()?;
    note::past_the_end()?;
    inside::the_path()?;
    inside::the_cost()
}
