//! The story of the chapter: bytes go through a tube; some callers sleep, some refuse to, and some
//! are woken by a signal.

mod story;

use anyhow::Result;
use story::{bytes, inside, mistakes, sleepers};

fn main() -> Result<()> {
    bytes::a_few_bytes()?;
    bytes::no_waiting()?;
    bytes::whose_flag()?;
    sleepers::asleep()?;
    bytes::sixteen_mebibytes()?;
    bytes::two_producers()?;
    bytes::what_poll_says()?;
    bytes::the_end()?;
    sleepers::interrupted()?;
    sleepers::killed()?;
    mistakes::bad_pointer()?;
    mistakes::wrong_mode()?;
    mistakes::no_position()?;
    mistakes::in_use()?;
    mistakes::the_copied_read()?;
    inside::the_path()?;
    inside::the_cost()
}
