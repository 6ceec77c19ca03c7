//! The parts of the story in which the disk carries a file system.

use super::open;
use anyhow::{Context, Result};
use crossings_blockdev::{Disk, SECTOR, sectors::Sectors, sys, volume, volume::Volume};
use lesson::{kmod, part, show};
use nix::{errno::Errno, fcntl::OFlag};
use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::Path,
};

/// The driver's module.
const MODULE: &str = "crossings_blockdev";

// ANCHOR: a_file_system
const DIRECTORY: &str = "/mnt/crossings";

pub fn a_file_system() -> Result<()> {
    part("a file system");
    volume::mke2fs().context("run mke2fs")?;
    let volume = Volume::mount(Path::new(DIRECTORY)).context("mount the disk")?;
    let file = volume.path("note");
    fs::write(&file, "kept over a remount").context("write a file")?;
    volume.unmount().context("unmount the disk")?;
    println!("unmounted, the file exists: {}", file.exists());

    let volume = Volume::mount(Path::new(DIRECTORY)).context("mount the disk again")?;
    println!("mounted again, the file says: {}", fs::read_to_string(volume.path("note"))?);
    println!("its magic number is on the disk: {}", magic()? == 0xef53);
    Ok(())
}
// ANCHOR_END: a_file_system

/// The two bytes by which ext4 is recognised, read directly: offset 56 of the superblock,
/// which begins at 1024.
fn magic() -> Result<u16> {
    let mut sector = Sectors::filled(0, SECTOR);
    open(OFlag::O_RDONLY | OFlag::O_DIRECT)?.read_at(&mut sector, 1024)?;
    Ok(u16::from_le_bytes([sector[56], sector[57]]))
}

// ANCHOR: two_caches
pub fn two_caches() -> Result<()> {
    part("two caches");
    let volume = Volume::mount(Path::new(DIRECTORY)).context("mount the disk")?;
    let file = File::options().read(true).write(true).open(volume.path("note"))?;
    let place = volume::place(&file).context("find the file on the disk")?;
    let (cached, direct) =
        (open(OFlag::O_RDONLY)?, open(OFlag::O_RDONLY | OFlag::O_DIRECT)?);
    let compare = |when: &str| -> Result<()> {
        let mut through_file = [0; 4];
        file.read_exact_at(&mut through_file, 0)?;
        let mut sectors = [Sectors::filled(0, SECTOR), Sectors::filled(0, SECTOR)];
        cached.read_at(&mut sectors[0], place)?;
        direct.read_at(&mut sectors[1], place)?;
        let [file, cached, direct] = [&through_file, &sectors[0][..4], &sectors[1][..4]]
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        println!(
            "{when:15}  the file: {file}  the disk: {cached}  the disk, directly: {direct}"
        );
        Ok(())
    };
    compare("at first")?;
    file.write_all_at(b"next", 0)?;
    file.sync_all().context("fsync the file")?;
    compare("written, fsync")?;
    cached.empty_cache().context("empty the disk's cache")?;
    compare("cache emptied")
}
// ANCHOR_END: two_caches

// ANCHOR: in_use
pub fn in_use() -> Result<()> {
    part("in use");
    let volume = Volume::mount(Path::new(DIRECTORY)).context("mount the disk")?;
    let exclusive = Disk::open(OFlag::O_RDONLY | OFlag::O_EXCL);
    show("open it for myself alone", exclusive.map(|_| "open"));
    show("unload the module", kmod::unload(MODULE).map(|()| "gone"));
    println!("EWOULDBLOCK is EAGAIN: {}", Errno::EWOULDBLOCK == Errno::EAGAIN);
    volume.unmount().context("unmount the disk")?;

    let disk = open(OFlag::O_RDONLY)?;
    show("unmounted, but open", kmod::unload(MODULE).map(|()| "gone"));
    drop(disk);
    show("closed", kmod::unload(MODULE).map(|()| "gone"));
    Ok(())
}
// ANCHOR_END: in_use

// ANCHOR: gone_and_back
pub fn gone_and_back() -> Result<()> {
    part("gone and back");
    show("open the disk", Disk::open(OFlag::O_RDONLY).map(|_| "open"));
    show("unload the module again", kmod::unload(MODULE).map(|()| "gone"));
    show("load it", kmod::load(MODULE).map(|()| "loaded"));
    println!("pages: {}", sys::pages()?);
    show("mount the disk", Volume::mount(Path::new(DIRECTORY)).map(|_| "mounted"));
    Ok(())
}
// ANCHOR_END: gone_and_back
