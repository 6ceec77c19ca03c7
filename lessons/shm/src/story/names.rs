//! Finding the memory: keys and names, who may, and for how long.

use super::{NAME, key};
use anyhow::{Context, Result};
use crossings_shm::{
    PAGE_SIZE,
    memory::Memory,
    posix,
    sysv::{self, Removed, Segment},
};
use lesson::{child::Child, part, show, user::as_ordinary_user};
use nix::{
    libc::{IPC_CREAT, IPC_EXCL, IPC_PRIVATE},
    sys::stat::{Mode, umask},
};
use std::{mem, path::Path, sync::atomic::Ordering::Relaxed};

pub fn what_survives() -> Result<()> {
    part("what survives");
    // ANCHOR: what_survives
    let key = key()?;
    Child::start(|| {
        let segment = Segment::create(key, PAGE_SIZE, 0o600)?;
        segment.0.attach()?.word(0).store(7, Relaxed);
        let (object, unlinked) = posix::create(NAME, 0o600)?;
        object.set_size(PAGE_SIZE)?;
        object.map(PAGE_SIZE)?.word(0).store(8, Relaxed);
        // It ends as most programs do: without removing what it has created.
        mem::forget((segment, unlinked));
        Ok(())
    })?
    .wait()?;
    // ANCHOR_END: what_survives
    let segment = Segment::get(key, 0, 0).map(Removed)?;
    println!("a segment: {}", segment.0.attach()?.word(0).load(Relaxed));
    let object = posix::open(NAME)?;
    println!("an object: {}", object.map(PAGE_SIZE)?.word(0).load(Relaxed));
    posix::unlink(NAME)?;
    drop(segment);
    show("the segment, when it is removed", Segment::get(key, 0, 0).map(|_| "found"));
    show("the object, when it is unlinked", posix::open(NAME).map(|_| "found"));
    Ok(())
}

// ANCHOR: the_key
pub fn the_key() -> Result<()> {
    part("the key");
    let key = key()?;
    let get = |call: &str, size, flags| {
        show(call, Segment::get(key, size, flags).map(|_| "found"));
    };
    get("shmget, and nobody has created it", PAGE_SIZE, 0);
    get("create a segment of 0 bytes", 0, IPC_CREAT | 0o600);
    let stranger = Segment::create(key, 1000, 0o600).context("create a segment")?;
    stranger.0.attach()?.word(0).store(99, Relaxed);
    println!("somebody creates it with 1000 bytes, and stores 99");
    get("IPC_CREAT | IPC_EXCL", 1000, IPC_CREAT | IPC_EXCL | 0o600);
    get("IPC_CREAT", 1000, IPC_CREAT | 0o600);
    let ours = Segment::get(key, 100, IPC_CREAT | 0o600)?;
    let word = ours.attach()?.word(0).load(Relaxed);
    println!("IPC_CREAT with 100 bytes: found, {} bytes, {word}", ours.status()?.size);
    get("IPC_CREAT with 1001 bytes", 1001, IPC_CREAT | 0o600);

    let path = std::env::current_exe()?;
    let same = |project| Ok::<_, nix::Error>(sysv::ftok(&path, project)? == key);
    show("ftok with 2 is the key of 1", same(2));
    show("ftok with 257 is the key of 1", same(257));
    show("ftok of a file that is not there", sysv::ftok(Path::new("/nonexistent"), 1));
    let private = || Segment::create(IPC_PRIVATE, PAGE_SIZE, 0o600);
    println!("IPC_PRIVATE twice is two: {}", private()?.0 != private()?.0);
    Ok(())
}
// ANCHOR_END: the_key

pub fn the_name() -> Result<()> {
    part("the name");
    let open = |name| show(&format!("open {name}"), posix::open(name).map(|_| "found"));
    let create = |name| {
        let created = posix::create(name, 0o600);
        show(&format!("create {name}"), created.as_ref().map(|_| "done"));
        created
    };
    open(NAME);
    let first = create(NAME);
    let second = create(NAME);
    open(NAME);
    println!("a file: {}", Path::new("/dev/shm").join(&NAME[1..]).exists());
    drop((first, second));
    let _ = create("/crossings/shm");
    Ok(())
}

// ANCHOR: permissions
pub fn permissions() -> Result<()> {
    part("permissions");
    let key = key()?;
    for mode in [0o600, 0o644] {
        let segment = Segment::create(key, PAGE_SIZE, mode)?;
        println!("a segment of root's, mode {mode:o}, and an ordinary user:");
        as_ordinary_user(|| {
            let get = |flags| Segment::get(key, 0, flags).map(|_| "found");
            show("  shmget, asking for 0600", get(0o600));
            show("  shmget, asking for nothing", get(0));
            show("  attach", segment.0.attach().map(|_| "done"));
            show("  attach with SHM_RDONLY", segment.0.try_read_only().map(|()| "done"));
            show("  IPC_STAT", segment.0.status().map(|_| "done"));
            show("  IPC_RMID", segment.0.remove().map(|()| "done"));
        })?;
    }
    let (_object, _unlinked) = posix::create(NAME, 0o600)?;
    println!("an object of root's, mode 600, and an ordinary user:");
    as_ordinary_user(|| {
        show("  shm_open", posix::open(NAME).map(|_| "done"));
        show("  shm_unlink", posix::unlink(NAME).map(|()| "done"));
    })?;
    drop((_object, _unlinked));

    let before = umask(Mode::from_bits_truncate(0o022));
    let segment = Segment::create(key, PAGE_SIZE, 0o666)?;
    let (object, _unlinked) = posix::create(NAME, 0o666)?;
    umask(before);
    println!("asked for 666 with a umask of 022:");
    println!("  a segment: {:o}", segment.0.status()?.mode);
    println!("  an object: {:o}", object.mode()?);
    Ok(())
}
// ANCHOR_END: permissions
