//! Texts that are refused, and files that may not be opened.

use super::GUEST;
use anyhow::{Context, Result};
use crossings_sysfs::{Attribute, LAMP};
use lesson::{kmod::Module, part, show, user::as_ordinary_user};
use nix::{
    fcntl::OFlag,
    poll::{PollFlags, PollTimeout},
};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

// ANCHOR: bad_text
pub fn bad_text() -> Result<()> {
    part("bad text");
    let mut brightness = Attribute::of_lamp("brightness")?;
    brightness.store(b"42")?;
    let mut reader = Attribute::of_lamp("brightness")?;
    reader.value()?;
    for text in
        ["bright", "7x", "7 8", "7\n8", " 7", "-1", "0x10", "7.5", "\n", "101", "300"]
    {
        show(&format!("{text:?}"), brightness.store(text.as_bytes()));
    }
    show("\"\"", brightness.store(b""));
    println!("it says {}", brightness.value()?);
    let news = reader.poll(PollFlags::POLLPRI, PollTimeout::ZERO)?;
    println!("poll was woken: {}", !news.is_empty());
    Ok(())
}
// ANCHOR_END: bad_text

// ANCHOR: modes
pub fn modes() -> Result<()> {
    part("modes");
    println!("name           mode root's r  w      other's r  w");
    for name in ["brightness", "max_brightness", "switch", "nvram"] {
        let path = Path::new(LAMP).join(name);
        let mode = fs::metadata(&path)?.permissions().mode() & 0o777;
        let open = || {
            [OFlag::O_RDONLY, OFlag::O_WRONLY].map(|flags| Attribute::open(&path, flags))
        };
        let [root, other] = [open(), as_ordinary_user(open)?].map(|files| {
            files.map(|file| {
                file.map_or_else(|errno| format!("{errno:?}"), |_| "open".to_owned())
            })
        });
        println!(
            "{name:14} {mode:04o} {:8} {:6} {:9} {}",
            root[0], root[1], other[0], other[1]
        );
    }
    let _guest = Module::load(GUEST).context("load crossings_sysfs_guest")?;
    let promise = Attribute::open("/sys/devices/crossings_guest/lamp", OFlag::O_RDWR);
    show("mode 0644 without store, open", promise.as_ref().map(|_| "open"));
    show("and write", promise?.store(b"lamp"));
    Ok(())
}
// ANCHOR_END: modes
