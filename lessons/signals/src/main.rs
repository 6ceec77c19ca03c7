//! The story of the chapter: a ticker tells of its ticks in every way there is.

mod story;

use anyhow::Result;
use story::{arrival, gone, inside, refused, senders, waiting};

fn main() -> Result<()> {
    arrival::an_integer()?;
    senders::no_sender()?;
    senders::a_forgery()?;
    arrival::queueing()?;
    arrival::the_order()?;
    waiting::one_at_a_time()?;
    waiting::one_loop()?;
    senders::one_signalfd()?;
    waiting::a_plain_sigio()?;
    waiting::interrupted()?;
    refused::a_full_queue()?;
    refused::refused()?;
    refused::put_back()?;
    gone::a_child_that_ended()?;
    gone::another_user()?;
    gone::nothing_leaks()?;
    inside::the_path()?;
    inside::the_cost()?;
    gone::the_copied_driver()
}
