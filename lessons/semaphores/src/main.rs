//! The story of the chapter: processes wait for each other, at semaphores of the C library
//! and at one in the kernel.

mod story;

use anyhow::{Result, ensure};
use crossings_semaphores::counter::COUNTER;
use std::path::Path;
use story::{copied, crashed, inside, names, permits, race, refused, turns, waiting};

fn main() -> Result<()> {
    permits::permits()?;
    permits::lock_step()?;
    waiting::waiter_first()?;
    names::names()?;
    race::ten_processes()?;
    race::three_places()?;
    waiting::interrupted()?;
    refused::refused()?;
    crashed::a_crashed_holder()?;
    crashed::a_robust_mutex()?;
    copied::the_copied_programs()?;

    ensure!(
        Path::new(COUNTER).exists(),
        "the other parts need the module and root: cargo lab run semaphores"
    );
    turns::turns()?;
    race::the_kernels_counter()?;
    turns::in_order()?;
    turns::a_signal()?;
    turns::patience()?;
    crashed::a_killed_holder()?;
    turns::somebody_elses_up()?;
    refused::by_the_counter()?;
    refused::another_user()?;
    inside::the_path()?;
    inside::the_kernels_path()?;
    inside::the_cost()?;
    copied::the_copied_module()
}
