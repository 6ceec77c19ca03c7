//! The story of the chapter: files come, change and go, and somebody is told; sometimes of
//! all of it.

mod story;

use anyhow::Result;
use nix::unistd::Uid;
use story::{changes, copied, growing, inside, limits, refused, selves, unseen, watches};

fn main() -> Result<()> {
    changes::one_directory()?;
    changes::renames()?;
    changes::pairs()?;
    changes::half_a_pair()?;
    selves::a_file()?;
    selves::a_directory()?;
    watches::a_removed_watch()?;
    selves::an_editor_saves()?;
    watches::two_names()?;
    watches::flags()?;
    unseen::merged()?;
    unseen::another_name()?;
    unseen::an_open_file()?;
    unseen::memory()?;
    unseen::the_kernel_itself()?;
    growing::mkdir_and_watch()?;
    growing::which_first()?;
    growing::a_busy_tree()?;
    refused::refused()?;
    copied::copied()?;
    inside::the_cost()?;
    if !Uid::effective().is_root() {
        eprintln!("The other parts need root and set limits: cargo lab run inotify");
        return Ok(());
    }
    refused::an_ordinary_user()?;
    selves::unmounted()?;
    limits::overflow()?;
    limits::rescan()?;
    limits::limits()?;
    copied::overflow()?;
    inside::the_path()
}
