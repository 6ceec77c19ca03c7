//! The story of the chapter: somebody works with files, and somebody else is told, or
//! asked.

mod observer;
mod story;

use anyhow::Result;
use nix::unistd::Uid;
use story::{
    below, copied, limits, marks, mount, names, permission, process, refused, verdict,
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
    permission::allow_and_deny()?;
    permission::read_too()?;
    permission::unanswered()?;
    permission::killed()?;
    permission::the_listener_closes()?;
    permission::the_listener_dies()?;
    permission::the_listener_opens()?;
    verdict::a_verdict_that_lasts()?;
    marks::three_marks()?;
    marks::all_but_one()?;
    names::a_file_system()?;
    names::handles()?;
    limits::overflow()?;
    limits::limits()?;
    refused::refused()?;
    below::the_path()?;
    below::the_cost()?;
    copied::copied()?;
    copied::overflow()?;
    copied::itself()
}
