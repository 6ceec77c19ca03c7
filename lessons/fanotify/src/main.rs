//! The story of the chapter: somebody works with files, and somebody else is notified, or
//! has to permit it.

mod story;

use anyhow::Result;
use nix::unistd::Uid;
use story::{
    copied, inside, limits, listeners, marks, mount, names, permission, process, refused,
    verdict,
};

fn main() -> Result<()> {
    names::one_directory()?;
    refused::an_ordinary_user()?;
    if !Uid::effective().is_root() {
        eprintln!(
            "What follows needs root, and a kernel to play with: cargo lab run fanotify"
        );
        return Ok(());
    }
    mount::a_mount()?;
    process::a_process_that_has_ended()?;
    process::a_pidfd()?;
    process::a_thread()?;
    permission::allow_and_deny()?;
    permission::read_too()?;
    permission::unanswered()?;
    permission::killed()?;
    listeners::the_listener_closes()?;
    listeners::the_listener_dies()?;
    listeners::the_listener_opens()?;
    verdict::a_verdict_that_lasts()?;
    marks::three_marks()?;
    marks::all_but_one()?;
    marks::flush()?;
    marks::evictable()?;
    names::the_bytes()?;
    names::a_file_system()?;
    names::handles()?;
    limits::overflow()?;
    limits::limits()?;
    limits::no_descriptor_left()?;
    refused::refused()?;
    inside::the_path()?;
    inside::the_cost()?;
    copied::copied()?;
    copied::overflow()?;
    copied::itself()
}
