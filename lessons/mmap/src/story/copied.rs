//! The widely copied driver, which maps more than it has.

use super::open;
use anyhow::{Context, Result};
use crossings_mmap::{
    PAGE_SIZE,
    copied::{self, Copied},
};
use lesson::{part, show};

// ANCHOR: the_copied_driver
pub fn the_copied_driver() -> Result<()> {
    part("the copied driver");
    let module = Copied::load().context("load crossings_mmap_copied.ko")?;
    let mapping = module.map(2 * PAGE_SIZE).context("map two pages of its one")?;
    println!("page 0: {}", copied::text(&mapping, 0));
    println!("page 1: {}", copied::text(&mapping, PAGE_SIZE));
    copied::set_text(&mapping, PAGE_SIZE, "mine now");
    drop(mapping);
    let mapping = module.map(2 * PAGE_SIZE).context("map two pages again")?;
    println!("page 1, mapped anew: {}", copied::text(&mapping, PAGE_SIZE));
    let megabyte = module.map(1 << 20).context("map a megabyte")?;
    println!("pages in a mapping of a megabyte: {}", megabyte.len() / PAGE_SIZE);
    let far = module.map_from(5 * PAGE_SIZE, PAGE_SIZE).context("map its page 5")?;
    println!("page 5, mapped alone: {}", copied::text(&far, 0));
    show("the same of our buffer", open()?.map(0, 1 << 20).map(|_| "mapped"));
    Ok(())
}
// ANCHOR_END: the_copied_driver
