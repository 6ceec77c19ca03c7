//! What a module is built of: its folder, and what that refers to outside of itself.

use super::references;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    fs,
    os::unix::fs::MetadataExt,
    path::{Component, Path, PathBuf},
};
use walkdir::{DirEntry, WalkDir};

/// A folder that is only referred to is not copied when it holds more files than this, or more bytes.
const FILES: usize = 5000;
const BYTES: u64 = 128 << 20;

/// What belongs to the system is used where it stands.
const SYSTEM: [&str; 8] = ["/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/sys", "/dev"];

/// Names by which make finds what to do in a folder.
pub const MAKEFILES: [&str; 4] = ["GNUmakefile", "makefile", "Makefile", "Kbuild"];

/// What DKMS finds there.
pub const DKMS: &str = "dkms.conf";

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A file: its length, and when it was changed, in seconds and nanoseconds.
    File(u64, i64, i64),
    /// A symbolic link to a relative path.
    Relative(PathBuf),
    /// A symbolic link to an absolute path, of which a copy is made too.
    Absolute(PathBuf),
    /// A symbolic link into the system.
    System(PathBuf),
}

/// All that is copied.
#[derive(Debug, Default)]
pub struct Sources {
    /// What stands at each path.
    pub files: BTreeMap<PathBuf, Kind>,
    /// Folders of other modules whose symbols are used, in the order in which they must be built.
    pub providers: Vec<PathBuf>,
    /// What is referred to and was not copied, and why.
    pub left_out: Vec<String>,
    folders: Vec<PathBuf>,
    seen: BTreeSet<PathBuf>,
}

impl Sources {
    /// Those of these folders, whose paths are absolute.
    pub fn of(folders: &[PathBuf]) -> Result<Self> {
        let mut sources = Sources { folders: folders.to_vec(), ..Sources::default() };
        for folder in folders {
            sources.take(folder)?;
        }
        Ok(sources)
    }

    /// Whether a path is copied.
    pub fn has(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    /// Takes all sources below a folder.
    fn take(&mut self, folder: &Path) -> Result<()> {
        if !self.seen.insert(folder.to_path_buf()) {
            return Ok(());
        }
        for entry in WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(is_source) {
            let entry = entry.with_context(|| format!("read {}", folder.display()))?;
            if !entry.file_type().is_dir() && !is_product(entry.path()) {
                self.take_file(entry.path())?;
            }
        }
        Ok(())
    }

    fn take_file(&mut self, path: &Path) -> Result<()> {
        let metadata = fs::symlink_metadata(path).with_context(|| format!("look at {}", path.display()))?;
        if metadata.is_symlink() {
            return self.take_link(path);
        }
        let kind = Kind::File(metadata.len(), metadata.mtime(), metadata.mtime_nsec());
        if metadata.is_file() && self.files.insert(path.to_path_buf(), kind).is_none() {
            for reference in references::of(path)? {
                self.follow(&reference)?;
            }
        }
        Ok(())
    }

    /// A link is copied as one. One that leads nowhere is none of the sources: editors lock files with such.
    fn take_link(&mut self, path: &Path) -> Result<()> {
        let target = fs::read_link(path).with_context(|| format!("read {}", path.display()))?;
        if !path.exists() {
            return Ok(());
        }
        let leads_to = plain(&path.parent().unwrap_or(path).join(&target));
        let kind = match target.is_absolute() {
            _ if SYSTEM.iter().any(|folder| leads_to.starts_with(folder)) => Kind::System(leads_to.clone()),
            true => Kind::Absolute(leads_to.clone()),
            false => Kind::Relative(target),
        };
        if self.files.insert(path.to_path_buf(), kind.clone()).is_none() && !matches!(kind, Kind::System(_)) {
            self.follow(&leads_to)?;
        }
        Ok(())
    }

    /// Takes what is referred to.
    fn follow(&mut self, path: &Path) -> Result<()> {
        let is_system = SYSTEM.iter().any(|folder| path.starts_with(folder));
        if is_system || self.folders.iter().any(|folder| path.starts_with(folder)) {
            return Ok(());
        }
        if path.file_name() == Some(OsStr::new("Module.symvers")) {
            return path.parent().map_or(Ok(()), |provider| self.provide(provider));
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => self.take_file(path),
            Ok(metadata) if metadata.is_dir() && !self.seen.contains(path) => match too_large(path) {
                None => self.take(path),
                Some(why) => {
                    self.seen.insert(path.to_path_buf());
                    self.left_out.push(format!("{} is referred to, and was not copied: {why}", path.display()));
                    Ok(())
                }
            },
            _ => Ok(()),
        }
    }

    /// Takes another module, whose symbols are used. One that has nothing to build it from is taken as it was built.
    fn provide(&mut self, provider: &Path) -> Result<()> {
        if !self.providers.iter().any(|folder| folder == provider) {
            if has_makefile(provider) && too_large(provider).is_none() {
                self.take(provider)?;
                self.providers.push(provider.to_path_buf());
            } else if provider.join("Module.symvers").is_file() {
                self.take_file(&provider.join("Module.symvers"))?;
            }
        }
        Ok(())
    }
}

/// Whether make or DKMS finds in a folder what to do.
pub fn has_makefile(folder: &Path) -> bool {
    MAKEFILES.iter().chain([&DKMS]).any(|name| folder.join(name).is_file())
}

/// Whether a change of this file may change what is built at all.
pub fn is_makefile(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    MAKEFILES.contains(&name) || name == DKMS || name.ends_with(".mk") || name.starts_with("Makefile.")
}

/// Why a folder that is only referred to is not copied: it holds half of somebody's machine.
fn too_large(folder: &Path) -> Option<String> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    if ["/", "/home", "/tmp", "/root", "/var", "/srv"].iter().any(|shared| folder == Path::new(shared))
        || home.as_deref() == Some(folder)
    {
        return Some("it is nobody's source".into());
    }
    let (mut files, mut bytes) = (0, 0);
    for entry in
        WalkDir::new(folder).into_iter().filter_entry(is_source).flatten().filter(|entry| entry.file_type().is_file())
    {
        files += 1;
        bytes += entry.metadata().map_or(0, |metadata| metadata.len());
        if files > FILES || bytes > BYTES {
            return Some(format!("it holds more than {FILES} files or {} MiB", BYTES >> 20));
        }
    }
    None
}

/// Whether the walk goes on there: not into what git, editors and kbuild keep.
fn is_source(entry: &DirEntry) -> bool {
    let is_kept = entry.file_type().is_dir() && entry.file_name().as_encoded_bytes().starts_with(b".");
    entry.depth() == 0 || !is_kept
}

/// Whether a file was made by an earlier build, for another kernel as likely as not. An object whose making kbuild has not
/// noted was delivered as it is.
fn is_product(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let beside = |other: &str| path.with_file_name(other).exists();
    let is_noted = name.ends_with(".o") && beside(&format!(".{name}.cmd"));
    let is_symbols = name == "Module.symvers" && beside("modules.order");
    let ends = [".ko", ".mod", ".mod.c", ".mod.o", ".cmd", ".o.d", ".ko.unsigned", ".tmp"];
    is_noted
        || is_symbols
        || name == "modules.order"
        || name == ".module-common.o"
        || name.starts_with("compile_commands.json")
        || ends.iter().any(|end| name.ends_with(end))
}

/// A path without `.` and `..`, and without asking what is a link.
pub fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_build_has_made_is_a_product() {
        let folder = tempfile::tempdir().expect("tempdir");
        let at = |name: &str| folder.path().join(name);
        for name in ["a.o", ".a.o.cmd", "a.ko", "blob.o", "a.c", "Module.symvers"] {
            fs::write(at(name), "").expect("write");
        }
        let products: Vec<&str> = ["a.o", ".a.o.cmd", "a.ko", "blob.o", "a.c", "Module.symvers"]
            .into_iter()
            .filter(|name| is_product(&at(name)))
            .collect();
        assert_eq!(products, ["a.o", ".a.o.cmd", "a.ko"]);
        fs::write(at("modules.order"), "").expect("write");
        assert!(is_product(&at("Module.symvers")));
    }

    #[test]
    fn a_path_is_made_plain() {
        assert_eq!(plain(Path::new("/a/b/../c/./d")), Path::new("/a/c/d"));
    }
}
