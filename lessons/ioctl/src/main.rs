//! The story of the chapter: a meter is read, set, misused, and watched from inside the kernel.

mod story;

use anyhow::Result;
use story::{inside, meters, mistakes, numbers};

fn main() -> Result<()> {
    numbers::request_numbers();
    meters::a_total()?;
    meters::two_opens()?;
    meters::a_limit()?;
    meters::read_and_clear()?;
    mistakes::wrong_request()?;
    mistakes::bad_pointer()?;
    mistakes::bad_value()?;
    mistakes::bad_size()?;
    mistakes::wrong_mode()?;
    numbers::the_copied_number();
    inside::a_32_bit_caller()?;
    inside::the_path()?;
    inside::the_cost()
}
