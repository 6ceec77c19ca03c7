//! The story of the chapter: processes share memory in three ways, keep in step or do not,
//! and find out what is left of it afterwards.

mod story;

use anyhow::Result;
use nix::unistd::geteuid;
use story::{copied, inside, limits, names, removal, sealed, sharing, sizes};

fn main() -> Result<()> {
    story::remove_leftovers()?;
    sharing::one_memory()?;
    sharing::a_torn_record()?;
    sharing::in_step()?;
    names::what_survives()?;
    names::the_key()?;
    names::the_name()?;
    removal::nattch()?;
    removal::removed_while_attached()?;
    removal::unlinked_while_mapped()?;
    removal::a_sleeper()?;
    sizes::the_size()?;
    sizes::behind_the_end()?;
    sealed::seals()?;
    sealed::what_can_be_sealed()?;
    sealed::a_message()?;
    inside::the_files()?;
    inside::the_cost()?;

    if !geteuid().is_root() {
        eprintln!("the rest changes limits and traces the kernel: cargo lab run shm");
        return Ok(());
    }
    names::permissions()?;
    sealed::a_read_only_descriptor()?;
    sealed::a_hole()?;
    limits::what_is_left()?;
    limits::limits()?;
    limits::a_full_dev_shm()?;
    inside::the_path()?;
    copied::the_copied_programs()
}
