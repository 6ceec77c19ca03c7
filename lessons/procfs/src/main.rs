//! The story of the chapter: the kernel is read as text, told what to do as text, and misused.

mod story;

use anyhow::Result;
use story::{copied, inside, knob, mistakes, passengers, processes, readers};

fn main() -> Result<()> {
    processes::my_status()?;
    processes::memory()?;
    processes::my_maps()?;
    processes::a_childs_files()?;
    knob::a_knob()?;
    passengers::a_passenger_list()?;
    passengers::more_than_a_page()?;
    passengers::one_byte_at_a_time()?;
    readers::two_readers()?;
    readers::one_open_file()?;
    readers::a_list_that_changes()?;
    mistakes::refused_orders()?;
    mistakes::a_bad_pointer()?;
    mistakes::an_ordinary_user()?;
    mistakes::the_wrong_mode()?;
    inside::the_path()?;
    inside::debugfs()?;
    inside::the_cost()?;
    copied::the_copied_file()?;
    copied::a_file_without_its_module()
}
