//! The story of the chapter: a lamp is found, read, set, misused, and watched.

mod story;

use anyhow::Result;
use story::{copied, inside, lamp, mistakes, news, removal, uevents};

fn main() -> Result<()> {
    lamp::walk_the_classes()?;
    lamp::one_value_a_file()?;
    lamp::read_and_write()?;
    lamp::a_switch()?;
    lamp::binary()?;
    news::news_for_poll()?;
    news::a_sleeper()?;
    uevents::a_uevent()?;
    uevents::a_uevent_on_request()?;
    uevents::network_namespaces()?;
    uevents::lost_uevents()?;
    mistakes::bad_text()?;
    mistakes::modes()?;
    inside::the_path()?;
    inside::the_cost()?;
    copied::the_copied_file()?;
    removal::a_file_without_its_module()?;
    removal::a_late_reference()
}
