//! Which functions the running kernel has.

use std::{collections::BTreeSet, fs, io};

// ANCHOR: present
/// Those of `names` that the kernel lists in /proc/kallsyms, where each line is an address,
/// a type and a name.
pub fn present<'a>(names: &[&'a str]) -> io::Result<BTreeSet<&'a str>> {
    let text = fs::read_to_string("/proc/kallsyms")?;
    let listed = text.lines().filter_map(|line| line.split(' ').nth(2));
    Ok(listed
        .filter_map(|listed| names.iter().copied().find(|name| *name == listed))
        .collect())
}
// ANCHOR_END: present
