//! What the kernel says of processes and their memory.

use anyhow::{Context, Result};
use crossings_procfs::process::{self, field};
use lesson::{errno, part, show, task};
use nix::unistd::Pid;
use procfs::{Current, Meminfo, process::Process};
use std::{
    fs::{self, File},
    hint::black_box,
    sync::atomic::{AtomicU8, Ordering},
};

// ANCHOR: my_status
pub fn my_status() -> Result<()> {
    part("my status");
    let text = fs::read_to_string("/proc/self/status").context("read /proc/self/status")?;
    for key in ["Name", "State", "Uid", "Threads"] {
        println!("{key}: {}", field(&text, key).context("a field of /proc/self/status")?);
    }
    let status = Process::myself()?.status()?;
    println!(
        "the crate agrees on the name: {}",
        field(&text, "Name") == Some(&status.name)
    );
    println!("and on the state: {}", field(&text, "State") == Some(&status.state));
    Ok(())
}
// ANCHOR_END: my_status

// ANCHOR: memory
pub fn memory() -> Result<()> {
    part("memory");
    let text = fs::read_to_string("/proc/meminfo").context("read /proc/meminfo")?;
    let total = field(&text, "MemTotal").context("MemTotal")?;
    let (number, unit) = total.split_once(' ').context("a number and a unit")?;
    println!("the unit of MemTotal: {unit}");
    let meminfo = Meminfo::current()?;
    println!(
        "the crate's number, divided by that: {}",
        meminfo.mem_total / number.parse::<u64>()?
    );
    println!(
        "it is less than 256 MiB, but not by half: {}",
        under(meminfo.mem_total, 256 << 20)
    );

    let before = process::resident()?;
    // black_box: the compiler must not find out that nobody reads it.
    let touched = black_box(vec![1_u8; 16 << 20]);
    let grown = process::resident()?.saturating_sub(before);
    println!(
        "16 MiB more are resident: {}",
        grown.abs_diff(touched.len() as u64) < 1 << 20
    );
    Ok(())
}
// ANCHOR_END: memory

// ANCHOR: my_maps
pub fn my_maps() -> Result<()> {
    part("my maps");
    static COUNT: AtomicU8 = AtomicU8::new(1);
    let local = COUNT.load(Ordering::Relaxed);
    let small = Box::new(local);
    let large = Vec::<u8>::with_capacity(64 << 20);
    for (name, address) in [
        ("a function", my_maps as *const () as usize),
        ("a text", "written in the program".as_ptr() as usize),
        ("a static", COUNT.as_ptr() as usize),
        ("a local variable", &raw const local as usize),
        ("a box of 1 byte", &raw const *small as usize),
        ("a vector of 64 MiB", large.as_ptr() as usize),
    ] {
        let map = process::mapping(address)?.context("a mapping")?;
        println!("{name:18}  {}  {}", map.perms.as_str(), process::backing(&map));
    }
    Ok(())
}
// ANCHOR_END: my_maps

// ANCHOR: a_childs_files
pub fn a_childs_files() -> Result<()> {
    part("a child's files");
    fs::write("/tmp/letter", "dear reader").context("write /tmp/letter")?;
    let letter =
        File::options().append(true).open("/tmp/letter").context("open /tmp/letter")?;
    let child = process::start_child(letter).context("start cat")?;
    // The new program runs a moment before the kernel has closed what it does not inherit.
    let cat = Pid::from_raw(child.id().cast_signed());
    let sleeps = || Ok(task::status(cat, "State")?.starts_with('S').then_some(()));
    task::wait_until(sleeps).context("wait until cat waits for input")?;
    fs::remove_file("/tmp/letter").context("remove /tmp/letter")?;

    let files = process::open_files(&child)?;
    let [(_, pipe), others @ ..] = files.as_slice() else {
        anyhow::bail!("cat has no files")
    };
    let same = Some(pipe) == process::pipe_to(&child)?.as_ref();
    println!("0: the pipe that I write to: {same}");
    for (descriptor, target) in others {
        println!("{descriptor}: {}", process::target(target));
    }
    println!("open 2 through /proc and read: {}", process::read_through(&child, 2)?);

    let (read, open) = process::outlive(child).context("end cat")?;
    show("read its status when it is gone", errno(read));
    show("open its status when it is gone", errno(open.map(|_| "open")));
    Ok(())
}
// ANCHOR_END: a_childs_files

/// Whether a quantity is below its bound, but not by more than half.
fn under(quantity: u64, bound: u64) -> bool {
    (bound / 2..=bound).contains(&quantity)
}
