//! The story of the chapter: two processes send each other messages, wait for them, are told
//! of them, run into the limits, and leave queues behind.

mod story;

use anyhow::Result;
use crossings_mqueue::status;
use nix::unistd::geteuid;
use story::{copied, file, inside, instead, lasting, limits, notified, sending, waiting};

fn main() -> Result<()> {
    sending::two_processes()?;
    sending::priorities()?;
    waiting::asleep()?;
    waiting::full_and_empty()?;
    waiting::poll()?;
    notified::notification()?;
    notified::somebody_waits()?;
    notified::one_at_a_time()?;
    notified::any_descriptor()?;
    notified::too_late()?;
    file::the_file()?;
    lasting::what_survives()?;
    sending::the_size()?;
    sending::refused()?;
    limits::memory()?;
    instead::a_socket_instead()?;
    inside::the_cost()?;
    copied::the_copied_programs()?;

    if status::is_mounted() {
        file::by_path()?;
    } else {
        eprintln!("\"by path\" is left out: mount -t mqueue none {}", status::MOUNT);
    }
    if !geteuid().is_root() {
        eprintln!(
            "\"another user\", \"limits\" and \"the path\" need root: cargo lab run mqueue"
        );
        return Ok(());
    }
    limits::another_user()?;
    limits::limits()?;
    inside::the_path()
}
