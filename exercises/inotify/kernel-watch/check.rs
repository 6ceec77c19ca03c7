//! Has the porter watch one folder after another, of which some cannot be watched, some are removed, and one is in a file
//! system that is unmounted. Counts the marks that the kernel keeps.

use judge::{Context, Result, accepted, bail, ensure, equal, refused, until};
use nix::{
    errno::Errno,
    unistd::{read, write},
};
use std::{
    ffi::CString,
    fs::{self, File},
    io,
    os::unix::fs::symlink,
    ptr,
    time::Duration,
};

const MANY: usize = 100;

/// How long the kernel may take to free a mark.
const PATIENCE: Duration = Duration::from_millis(150);

pub fn check() -> Result<()> {
    equal("what read(2) gives before any folder is watched", newest()?.as_str(), "")?;
    for folder in ["/tmp/one", "/tmp/other"] {
        fs::create_dir(folder).with_context(|| format!("make {folder}"))?;
    }
    newcomers_are_seen()?;
    what_cannot_be_watched()?;
    a_file_system_can_be_unmounted()?;
    a_folder_can_be_removed()?;
    no_mark_is_left()
}

fn newcomers_are_seen() -> Result<()> {
    accepted("a write(2) of the folder one", watch("/tmp/one"))?;
    equal("what read(2) gives before anybody has come", newest()?.as_str(), "")?;
    File::create("/tmp/one/file")?;
    equal("what read(2) gives after a file was made", newest()?.as_str(), "file")?;
    fs::create_dir("/tmp/one/folder")?;
    equal("what read(2) gives after a folder was made", newest()?.as_str(), "folder")?;
    File::create("/tmp/one/folder/inner")?;
    File::create("/tmp/other/stranger")?;
    equal("what read(2) gives after files were made elsewhere", newest()?.as_str(), "folder")?;
    fs::rename("/tmp/other/stranger", "/tmp/one/guest")?;
    equal("what read(2) gives after a file has moved in", newest()?.as_str(), "guest")?;

    accepted("a write(2) of the folder other, while one is watched", watch("/tmp/other"))?;
    equal("what read(2) gives before anybody has come to the second folder", newest()?.as_str(), "")?;
    File::create("/tmp/one/late")?;
    equal("what read(2) gives after a file was made in a folder that was watched before", newest()?.as_str(), "")?;
    File::create("/tmp/other/file")?;
    equal("what read(2) gives after a file was made in the second folder", newest()?.as_str(), "file")?;
    accepted("a write(2) of the folder one, which was watched before other was,", watch("/tmp/one"))?;
    File::create("/tmp/one/again")?;
    equal("what read(2) gives after a file was made in the first folder again", newest()?.as_str(), "again")?;
    symlink("/tmp/other", "/tmp/link")?;
    accepted("a write(2) of a symbolic link to the second folder", watch("/tmp/link"))?;
    File::create("/tmp/other/linked")?;
    equal("what read(2) gives after a file was made where the link leads", newest()?.as_str(), "linked")?;
    accepted("a write(2) of the folder one once more", watch("/tmp/one"))
}

fn what_cannot_be_watched() -> Result<()> {
    refused("a write(2) of a path that is not there", watch("/tmp/nowhere"), Errno::ENOENT)?;
    refused("a write(2) of a file's path", watch("/tmp/one/file"), Errno::ENOTDIR)?;
    refused("a write(2) of the folder that is watched already", watch("/tmp/one"), Errno::EEXIST)?;
    File::create("/tmp/one/still")?;
    equal("what read(2) gives of the folder one after others were refused", newest()?.as_str(), "still")
}

fn a_file_system_can_be_unmounted() -> Result<()> {
    mount()?;
    accepted("a write(2) of a folder in a file system of its own", watch("/tmp/mount"))?;
    unmounts("a folder is watched, and its file system cannot be unmounted")?;
    accepted("a write(2) of another folder, after that has gone", watch("/tmp/one"))?;

    mount()?;
    accepted("a write(2) of a folder in a file system of its own", watch("/tmp/mount"))?;
    refused("a write(2) of the same once more", watch("/tmp/mount"), Errno::EEXIST)?;
    unmounts("a second watch of a folder was refused with EEXIST, and its file system cannot be unmounted")?;
    accepted("a write(2) of another folder, after that has gone", watch("/tmp/other"))
}

fn a_folder_can_be_removed() -> Result<()> {
    fs::create_dir("/tmp/short")?;
    accepted("a write(2) of a third folder", watch("/tmp/short"))?;
    fs::remove_dir("/tmp/short").context("remove a folder that is watched")?;
    fs::create_dir("/tmp/short")?;
    File::create("/tmp/short/file")?;
    equal("what read(2) gives of a folder that was removed and made again", newest()?.as_str(), "")?;
    accepted("a write(2) of the folder one, after the one that was watched has gone", watch("/tmp/one"))
}

fn no_mark_is_left() -> Result<()> {
    let before = marks()?;
    for folder in ["/tmp/other", "/tmp/one"].into_iter().cycle().take(MANY) {
        accepted("a write(2) of a folder", watch(folder))?;
    }
    no_more_than(before, "a hundred folders were watched, one after the other, and the kernel keeps a mark for each")?;
    for _ in 0..MANY {
        refused("a write(2) of the folder that is watched already", watch("/tmp/one"), Errno::EEXIST)?;
    }
    no_more_than(before, "a hundred watches were refused with EEXIST, and the kernel keeps a mark for each")
}

fn no_more_than(before: usize, finding: &str) -> Result<()> {
    let freed = until(PATIENCE, || Ok((marks()? < before + MANY / 2).then_some(())))?;
    ensure!(freed.is_some(), "{finding}");
    Ok(())
}

/// How many marks the module has. What the kernel keeps at hand for a processor counts until the cache is shrunk.
fn marks() -> Result<usize> {
    fs::write("/sys/kernel/slab/watch/shrink", "1").context("shrink the module's cache of watches")?;
    let objects = fs::read_to_string("/sys/kernel/slab/watch/objects").context("count the module's watches")?;
    Ok(objects.split_whitespace().next().context("a count")?.parse()?)
}

fn watch(folder: &str) -> nix::Result<()> {
    let porter = fs::OpenOptions::new().write(true).open("/dev/exercise").map_err(|_| Errno::ENODEV)?;
    write(&porter, folder.as_bytes()).map(drop)
}

fn newest() -> Result<String> {
    let porter = File::open("/dev/exercise").context("open /dev/exercise")?;
    let mut name = [0; 256];
    let length = accepted("read(2)", read(&porter, &mut name))?;
    Ok(String::from_utf8_lossy(&name[..length]).into_owned())
}

/// mount(2) of a new tmpfs.
fn mount() -> Result<()> {
    fs::create_dir_all("/tmp/mount")?;
    let (what, place) = (CString::new("tmpfs")?, CString::new("/tmp/mount")?);
    // SAFETY: three strings that end with a zero, and no data.
    let mounted = unsafe { libc::mount(what.as_ptr(), place.as_ptr(), what.as_ptr(), 0, ptr::null()) };
    ensure!(mounted == 0, "mount a tmpfs: {}", io::Error::last_os_error());
    Ok(())
}

/// umount(2).
fn unmounts(finding: &str) -> Result<()> {
    let place = CString::new("/tmp/mount")?;
    // SAFETY: a string that ends with a zero.
    match Errno::result(unsafe { libc::umount2(place.as_ptr(), 0) }) {
        Ok(_) => Ok(()),
        Err(errno) => bail!("{finding}: umount(2) fails with {errno:?}"),
    }
}
