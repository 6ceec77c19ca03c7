//! The part of the story in which there are too many, too long, too large or somebody else's.

use super::done;
use anyhow::{Context, Result};
use crossings_mqueue::{
    limits::{self, Memory, Namespace},
    queue::Queue,
};
use lesson::{errno, part, show, user::as_ordinary_user};
use nix::sys::resource::rlim_t;
use posixmq::OpenOptions;

/// What the kernel counts for each message beside its bytes: a `struct msg_msg` and a
/// `struct posix_msg_tree_node`, of six words each.
const OVERHEAD: rlim_t = (6 + 6) * size_of::<usize>() as rlim_t;

// ANCHOR: memory
pub fn memory() -> Result<()> {
    part("memory");
    let create = |name: &str| Queue::create(name, 10, 1000);
    let made = |queue: &nix::Result<Queue>| queue.as_ref().map(|_| "made").map_err(|e| *e);
    let bytes = 10 * (1000 + OVERHEAD);
    let limit = |bytes| Memory::limit(bytes).context("lower RLIMIT_MSGQUEUE");

    let _memory = limit(bytes - 1)?;
    show(
        &format!("10 messages of 1000 bytes in {}", bytes - 1),
        made(&create("/crossings-1")),
    );
    let _memory = limit(bytes)?;
    let first = create("/crossings-1");
    show(&format!("in {bytes}"), made(&first));
    show("a second one", made(&create("/crossings-2")));
    let first = first?;
    first.unlink()?;
    show("with the first one unlinked", made(&create("/crossings-2")));
    drop(first);
    show("with the first one closed", made(&create("/crossings-2")));
    Ok(())
}
// ANCHOR_END: memory

// ANCHOR: another_user
pub fn another_user() -> Result<()> {
    part("another user");
    let private = Queue::create("/crossings-private", 4, 16)?;
    let name = private.name();
    let opened = || errno(OpenOptions::readonly().open(name)).map(|_| "open");
    show("an ordinary user opens root's queue", as_ordinary_user(opened)?);
    show("and unlinks it", as_ordinary_user(|| private.unlink())?.map(done));
    Ok(())
}
// ANCHOR_END: another_user

// ANCHOR: limits
pub fn limits() -> Result<()> {
    part("limits");
    for limit in ["msg_max", "msg_default", "msgsize_max", "msgsize_default", "queues_max"]
    {
        println!("{limit}: {}", limits::get(limit).context("read a limit")?);
    }
    let _namespace = Namespace::unshare().context("make an IPC namespace")?;
    let create = |name: &str, capacity, size| Queue::create(name, capacity, size);
    limits::set("msg_max", 4).context("set msg_max")?;
    limits::set("msgsize_max", 128).context("set msgsize_max")?;
    limits::set("queues_max", 2).context("set queues_max")?;
    println!("from here on: msg_max 4, msgsize_max 128, queues_max 2");
    show("msg_max of 0", limits::set("msg_max", 0).map(done));

    let both = |what: &str, capacity, size| -> Result<()> {
        let made = || create("/crossings-limit", capacity, size).map(|_| "made");
        show(&format!("{what}, an ordinary user"), as_ordinary_user(made)?);
        show(&format!("{what}, root"), made());
        Ok(())
    };
    both("5 messages", 5, 128)?;
    both("129 bytes", 4, 129)?;
    both("65537 messages", 65537, 1)?;
    let attributes = Queue::with_defaults("/crossings-default")?.attributes()?;
    println!("the default: {} of {}", attributes.capacity, attributes.max_msg_len);
    let _first = create("/crossings-1", 1, 1)?;
    let _second = create("/crossings-2", 1, 1)?;
    both("a third queue", 1, 1)
}
// ANCHOR_END: limits
