//! The cache folder: what was downloaded, built or booted once and is worth keeping beyond `cargo clean`.
//!
//! Files enter it whole or not at all: they are written without a name (`O_TMPFILE`) and linked in when complete, so a
//! killed tool leaves nothing behind.

use anyhow::{Context, Result};
use std::{
    env,
    fs::{self, DirEntry, File},
    io,
    os::fd::AsRawFd,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// `$CROSSINGS_CACHE`, else `$XDG_CACHE_HOME/crossings`, else `~/.cache/crossings`.
pub fn folder() -> Result<PathBuf> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("CROSSINGS_CACHE")
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("crossings")))
        .or_else(|| Some(variable("HOME")?.join(".cache/crossings")))
        .context("find the cache folder: set HOME or CROSSINGS_CACHE")
}

/// A file without a name in `folder`, which it makes if need be.
pub fn nameless_file(folder: &Path) -> Result<File> {
    fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    tempfile::tempfile_in(folder).with_context(|| format!("create a file in {}", folder.display()))
}

/// What nobody has used for so long goes when the next of its kind is made.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// The files in a folder that nobody has [`used`] for a week.
pub fn unused(folder: &Path) -> Vec<PathBuf> {
    let is_old = |entry: &DirEntry| {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        modified.is_ok_and(|time| time.elapsed().unwrap_or_default() > KEPT)
    };
    fs::read_dir(folder).into_iter().flatten().flatten().filter(is_old).map(|entry| entry.path()).collect()
}

/// Removes them.
pub fn delete_unused(folder: &Path) {
    unused(folder).iter().for_each(|old| drop(fs::remove_file(old)));
}

/// Notes that a file of the cache is used now. Where that is refused, it is made anew one day.
pub fn used(path: &Path) {
    let _ = File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
}

/// Gives a nameless file its name. A file that is there already stays, for names are made of what files contain.
pub fn publish(file: &File, path: &Path) -> Result<()> {
    let unnamed = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    let linked = nix::unistd::linkat(
        nix::fcntl::AT_FDCWD,
        &unnamed,
        nix::fcntl::AT_FDCWD,
        path,
        nix::fcntl::AtFlags::AT_SYMLINK_FOLLOW,
    );
    match linked.map_err(io::Error::from) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // File systems without O_TMPFILE (overlayfs before 6.3) hand out an unlinked file, which cannot be linked again.
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::copy(&unnamed, path).map(drop),
        Err(error) => Err(error),
    }
    .with_context(|| format!("write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_has_used_for_a_week_may_go() {
        let folder = tempfile::tempdir().expect("tempdir");
        let [old, new] = ["old", "new"].map(|name| folder.path().join(name));
        for path in [&old, &new] {
            fs::write(path, "").expect("write");
        }
        let before = SystemTime::now() - KEPT - Duration::from_secs(1);
        File::options().append(true).open(&old).and_then(|file| file.set_modified(before)).expect("set the time");
        assert_eq!(unused(folder.path()), std::slice::from_ref(&old));
        used(&old);
        assert!(unused(folder.path()).is_empty());
    }
}
