//! The cache folder: what was downloaded, built or booted once and is worth keeping beyond `cargo clean`.
//!
//! Files enter it whole or not at all: they are written without a name (`O_TMPFILE`) and linked in when complete, so a
//! killed tool leaves nothing behind.

use anyhow::{Context, Result};
use std::{
    env,
    fs::{self, File},
    io,
    os::fd::AsRawFd,
    path::{Path, PathBuf},
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
