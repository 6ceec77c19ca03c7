//! A lamp is found, read and set.

use anyhow::{Context, Result};
use crossings_sysfs::{
    Attribute, LAMP,
    class::{attributes, classes, devices},
};
use lesson::{part, show};
use nix::{
    fcntl::OFlag,
    sys::stat::{major, minor, stat},
};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

// ANCHOR: walk
pub fn walk_the_classes() -> Result<()> {
    part("walk the classes");
    let classes = classes().context("read /sys/class")?;
    println!("crossings is a class: {}", classes.iter().any(|class| class == "crossings"));
    for (name, folder) in devices("crossings").context("read /sys/class/crossings")? {
        println!("{name} is {}", folder.display());
    }
    println!("its subsystem: {}", fs::canonicalize(format!("{LAMP}/subsystem"))?.display());

    let mut elsewhere = 0;
    for class in &classes {
        let devices = devices(class).with_context(|| format!("read /sys/class/{class}"))?;
        elsewhere +=
            devices.iter().filter(|(_, at)| !at.starts_with("/sys/devices")).count();
    }
    println!("devices of all classes that are not in /sys/devices: {elsewhere}");

    println!(
        "dev of mem/null: {}",
        fs::read_to_string("/sys/class/mem/null/dev")?.trim_end()
    );
    let device = stat("/dev/null")?.st_rdev;
    println!("stat(2) of /dev/null: {}:{}", major(device), minor(device));
    Ok(())
}
// ANCHOR_END: walk

// ANCHOR: one_value_a_file
pub fn one_value_a_file() -> Result<()> {
    part("one value a file");
    Attribute::of_lamp("brightness")?.store(b"0")?;
    for name in attributes(Path::new(LAMP)).with_context(|| format!("read {LAMP}"))? {
        let path = Path::new(LAMP).join(&name);
        let file = fs::metadata(&path)?;
        let mode = file.permissions().mode() & 0o777;
        let text = fs::read(&path).map(|bytes| match bytes.contains(&0) {
            true => format!("{} bytes", bytes.len()),
            false => format!("{:?}", String::from_utf8_lossy(&bytes)),
        });
        let text = text.unwrap_or_else(|error| error.kind().to_string());
        println!("{name:14} {mode:04o} {:4} {text}", file.len());
    }
    Ok(())
}
// ANCHOR_END: one_value_a_file

// ANCHOR: read_and_write
pub fn read_and_write() -> Result<()> {
    part("read and write");
    let mut brightness = Attribute::of_lamp("brightness")?;
    for text in ["42", "7\n", "007"] {
        brightness.store(text.as_bytes())?;
        println!("wrote {text:?}, it says {}", brightness.value()?);
    }
    let another = Attribute::of_lamp("brightness")?;
    for text in ["1", "0"] {
        another.store(text.as_bytes())?;
    }
    println!("wrote \"1\" and then \"0\", it says {}", brightness.value()?);
    Ok(())
}
// ANCHOR_END: read_and_write

// ANCHOR: a_switch
pub fn a_switch() -> Result<()> {
    part("a switch");
    let mut brightness = Attribute::of_lamp("brightness")?;
    let switch = Attribute::open(format!("{LAMP}/switch"), OFlag::O_WRONLY)?;
    brightness.store(b"42")?;
    for text in ["off", "on", "0", "yes", "n", "onion", "nonsense"] {
        switch.store(text.as_bytes())?;
        println!("{text}: brightness {}", brightness.value()?);
    }
    show("maybe", switch.store(b"maybe"));
    Ok(())
}
// ANCHOR_END: a_switch

// ANCHOR: binary
pub fn binary() -> Result<()> {
    part("a binary attribute");
    let nvram = Attribute::of_lamp("nvram")?;
    show("write 64 bytes at 0", nvram.write_at(&[0; 64], 0));
    show("write 4 bytes at 10", nvram.write_at(&[1, 0, 255, 10], 10));
    let mut bytes = [0xee; 8];
    let count = nvram.read_at(&mut bytes, 8)?;
    println!("read 8 bytes at 8: {:?}", &bytes[..count]);
    show("write 8 bytes at 60", nvram.write_at(&[7; 8], 60));
    show("write 1 byte at 64", nvram.write_at(&[7], 64));
    show("read 8 bytes at 60", nvram.read_at(&mut bytes, 60));
    show("read 8 bytes at 64", nvram.read_at(&mut bytes, 64));
    Ok(())
}
// ANCHOR_END: binary
