//! The story of the chapter: gauges are made, read, listed and watched, and the kernel says
//! no in many ways.

mod story;

use anyhow::Result;
use story::{copied, gauges, inside, listeners, messages, refused};

fn main() -> Result<()> {
    messages::a_protocol_of_its_own()?;
    messages::the_family()?;
    messages::a_message()?;
    gauges::a_gauge()?;
    listeners::two_listeners()?;
    gauges::an_echo()?;
    messages::what_new_takes()?;
    refused::refused_by_the_module()?;
    refused::refused_by_the_policy()?;
    refused::refused_by_generic_netlink()?;
    refused::not_allowed()?;
    refused::another_network_namespace()?;
    listeners::an_overrun()?;
    listeners::no_room_for_the_answer()?;
    inside::the_path()?;
    copied::the_copied_client()?;
    copied::the_copied_module()?;

    let mut gauges = gauges::a_thousand_gauges()?;
    gauges::an_interrupted_dump(&mut gauges)?;
    gauges::too_many(&mut gauges)?;
    inside::the_cost(&mut gauges)?;
    Ok(gauges.clear()?)
}
