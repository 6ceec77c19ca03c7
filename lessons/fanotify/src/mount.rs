//! A file system of our own, so that nobody else does anything there.

use nix::{
    Result,
    mount::{MntFlags, MsFlags, mount, umount2},
};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A tmpfs on a folder of its own. Dropping it unmounts it.
#[derive(Debug)]
pub struct Mount {
    folder: TempDir,
}

impl Mount {
    /// mount(2) of a new tmpfs. EPERM: you are not root.
    pub fn tmpfs() -> Result<Mount> {
        let none = None::<&Path>;
        Mount::new(|path| mount(Some("tmpfs"), path, Some("tmpfs"), MsFlags::empty(), none))
    }

    /// mount(2) with `MS_BIND`: the same file system in a second place.
    pub fn bind(source: &Path) -> Result<Mount> {
        let none = None::<&Path>;
        Mount::new(|path| mount(Some(source), path, none, MsFlags::MS_BIND, none))
    }

    fn new(mount: impl FnOnce(&Path) -> Result<()>) -> Result<Mount> {
        let folder = lesson::errno(tempfile::tempdir())?;
        mount(folder.path())?;
        Ok(Mount { folder })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A path in it.
    pub fn join(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }

    /// A path as seen from its root, if it is in it.
    pub fn inside<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(self.path()).unwrap_or(path)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // The folder is then still there in the end, which says enough.
        let _ = umount2(self.path(), MntFlags::MNT_DETACH);
    }
}
