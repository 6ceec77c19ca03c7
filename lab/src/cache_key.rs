//! Keys of inputs: two things with the same key were made of the same bytes.

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, Metadata},
    os::unix::fs::MetadataExt,
    path::Path,
};
use walkdir::{DirEntry, WalkDir};

/// A key under construction. Each part is hashed with its length, so that parts cannot run into each other.
#[derive(Default, Clone)]
pub struct CacheKey(Sha256);

impl CacheKey {
    /// Adds bytes.
    pub fn bytes(mut self, part: impl AsRef<[u8]>) -> Self {
        self.0.update((part.as_ref().len() as u64).to_le_bytes());
        self.0.update(part);
        self
    }

    /// Adds a file's content.
    pub fn file(self, path: &Path) -> Result<Self> {
        let content = fs::read(path).with_context(|| format!("read {}", path.display()))?;
        Ok(self.bytes(content))
    }

    /// Adds the names and contents of all sources below a folder; a folder that is not there counts as empty.
    pub fn folder(mut self, folder: &Path) -> Result<Self> {
        let files = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter().filter_entry(is_source);
        for entry in files.filter_map(Result::ok).filter(|entry| entry.file_type().is_file()) {
            let name = entry.path().strip_prefix(folder).unwrap_or(entry.path());
            self = self.bytes(name.as_os_str().as_encoded_bytes()).file(entry.path())?;
        }
        Ok(self)
    }

    /// Adds which file this is, without reading it: path, size and time of change. For large programs of the system.
    pub fn identity(self, path: &Path) -> Result<Self> {
        Ok(self.bytes(identity(path)?))
    }

    /// Adds which program this is: that which was started, also when cargo has put another in its place since. See
    /// proc_pid_exe(5).
    pub fn this_program(self) -> Result<Self> {
        let started = fs::metadata("/proc/self/exe").context("look at this program")?;
        Ok(self.bytes(version(&started)))
    }

    /// The finished key: 16 hexadecimal digits.
    pub fn finish(self) -> String {
        self.0.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Whether a file or folder below a folder of sources is one: not what git and editors keep there, nor what tells these how
/// the sources are compiled.
pub fn is_source(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let is_kept = entry.file_type().is_dir() && name.starts_with('.') || name.starts_with("compile_commands.json");
    entry.depth() == 0 || !is_kept
}

fn identity(path: &Path) -> Result<String> {
    let path = path.canonicalize().with_context(|| format!("find {}", path.display()))?;
    let metadata = fs::metadata(&path).with_context(|| format!("look at {}", path.display()))?;
    Ok(format!("{} {}", path.display(), version(&metadata)))
}

/// Size and time of change.
fn version(metadata: &Metadata) -> String {
    format!("{} {}.{}", metadata.len(), metadata.mtime(), metadata.mtime_nsec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let one = CacheKey::default().bytes("ab").bytes("c").finish();
        let other = CacheKey::default().bytes("a").bytes("bc").finish();
        assert_ne!(one, other);
    }

    #[test]
    fn what_an_editor_leaves_does_not_change_the_key() {
        // Itself hidden, as the folder of a tempdir is.
        let folder = tempfile::tempdir().expect("tempdir");
        fs::write(folder.path().join("a"), "x").expect("write");
        let before = CacheKey::default().folder(folder.path()).expect("key").finish();
        fs::create_dir_all(folder.path().join(".cache/clangd")).expect("mkdir");
        fs::write(folder.path().join(".cache/clangd/a.idx"), "index").expect("write");
        fs::write(folder.path().join("compile_commands.json"), "[]").expect("write");
        assert_eq!(before, CacheKey::default().folder(folder.path()).expect("key").finish());
        fs::write(folder.path().join("a"), "y").expect("write");
        assert_ne!(before, CacheKey::default().folder(folder.path()).expect("key").finish());
    }

    #[test]
    fn a_renamed_file_changes_the_key() {
        let folder = tempfile::tempdir().expect("tempdir");
        fs::write(folder.path().join("a"), "x").expect("write");
        let before = CacheKey::default().folder(folder.path()).expect("key").finish();
        fs::rename(folder.path().join("a"), folder.path().join("b")).expect("rename");
        assert_ne!(before, CacheKey::default().folder(folder.path()).expect("key").finish());
    }
}
