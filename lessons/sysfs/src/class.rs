//! Classes and their devices.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

// ANCHOR: devices
/// The classes of devices that this kernel has.
pub fn classes() -> io::Result<Vec<String>> {
    names(Path::new("/sys/class"))
}

/// The devices of a class: their names, and the folders that the names are links to. Some classes
/// have a plain file or two besides, which are passed over.
pub fn devices(class: &str) -> io::Result<Vec<(String, PathBuf)>> {
    let folder = Path::new("/sys/class").join(class);
    let mut devices = Vec::new();
    for name in names(&folder)? {
        let link = folder.join(&name);
        if link.is_symlink() {
            devices.push((name, fs::canonicalize(link)?));
        }
    }
    Ok(devices)
}
// ANCHOR_END: devices

/// The names of the plain files of a device: its attributes.
pub fn attributes(device: &Path) -> io::Result<Vec<String>> {
    let names = names(device)?.into_iter();
    Ok(names
        .filter(|name| {
            fs::symlink_metadata(device.join(name)).is_ok_and(|file| file.is_file())
        })
        .collect())
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
