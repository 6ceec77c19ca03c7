//! The copy in which a module is built, so that its author's folder stays as it is. It has that machine's layout below a root
//! of its own, `/home/me/driver` at `ROOT/home/me/driver`: so `../include` leads where it leads there. The copy stays in
//! the cache, and make finds what has not changed since.

use super::sources::{Kind, Sources, is_makefile};
use crate::{cache, cache_key::CacheKey, report::spinner};
use anyhow::{Context, Result};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::ErrorKind,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// So many copies are kept, and each for so long after it was used last.
const COPIES: usize = 8;
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// A copy, which nobody else builds in meanwhile.
pub struct Tree {
    /// Its folder in the cache.
    pub folder: PathBuf,
    _lock: File,
}

impl Tree {
    /// The copy for a build that is made of these parts.
    pub fn open(parts: &[&str]) -> Result<Self> {
        let key = parts.iter().fold(CacheKey::default(), |key, part| key.bytes(part)).finish();
        let copies = cache::folder()?.join("try");
        let folder = copies.join(key);
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        let lock = spinner::lock(&folder.join("lock"), "another run that builds this module")?;
        delete_unused(&copies, &folder);
        Ok(Tree { folder, _lock: lock })
    }

    /// Where the copy has what stands at an absolute path.
    pub fn copy_of(&self, path: &Path) -> PathBuf {
        self.root().join(path.strip_prefix("/").unwrap_or(path))
    }

    fn root(&self) -> PathBuf {
        self.folder.join("root")
    }

    /// What was said in the copy, in terms of the author's own paths.
    pub fn theirs(&self, said: &str) -> String {
        said.replace(&self.root().display().to_string(), "")
    }

    /// Brings the copy up to date. It begins anew if a source has gone or a Makefile has changed: what was built of that
    /// must not stay.
    pub fn update(&self, sources: &Sources) -> Result<()> {
        let list = self.folder.join("sources.json");
        let old: BTreeMap<PathBuf, Kind> =
            fs::read(&list).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let is_stale = |(path, kind): (&PathBuf, &Kind)| {
            !sources.has(path) || is_makefile(path) && sources.files.get(path) != Some(kind)
        };
        let anew = old.is_empty() || old.iter().any(is_stale);
        // Should this be interrupted, the next begins anew.
        let _ = fs::remove_file(&list);
        if anew {
            remove(&self.root())?;
        }
        for (path, kind) in &sources.files {
            if anew || old.get(path) != Some(kind) {
                self.put(path, kind, anew).with_context(|| format!("copy {}", path.display()))?;
            }
        }
        fs::write(&list, serde_json::to_vec(&sources.files)?).with_context(|| format!("write {}", list.display()))
    }

    /// Copies a file or link. In a new copy it is as old as it was, because rules go by that; later it is newer than all
    /// that was built of it.
    fn put(&self, path: &Path, kind: &Kind, as_old: bool) -> Result<()> {
        let copy = self.copy_of(path);
        fs::create_dir_all(copy.parent().context("its folder")?)?;
        match fs::remove_file(&copy) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        match kind {
            Kind::File(..) => {
                fs::copy(path, &copy)?;
                if as_old {
                    let changed = fs::metadata(path)?.modified()?;
                    // A file that its author may only read has a copy that is written by nobody either.
                    let _ = File::open(&copy).and_then(|copy| copy.set_modified(changed));
                }
            }
            Kind::Relative(target) | Kind::System(target) => symlink(target, &copy)?,
            Kind::Absolute(target) => symlink(self.copy_of(target), &copy)?,
        }
        Ok(())
    }
}

/// Deletes copies that nobody has used for long, and the oldest if there are many.
fn delete_unused(copies: &Path, own: &Path) {
    let age = |folder: &Path| {
        let used = fs::metadata(folder.join("lock")).and_then(|metadata| metadata.modified());
        used.map_or(Duration::MAX, |used| SystemTime::now().duration_since(used).unwrap_or_default())
    };
    let entries = fs::read_dir(copies).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut others: Vec<(Duration, PathBuf)> =
        entries.filter(|path| path != own && path.join("lock").exists()).map(|path| (age(&path), path)).collect();
    others.sort();
    for (place, (age, folder)) in others.into_iter().enumerate() {
        let is_used = || File::open(folder.join("lock")).is_ok_and(|lock| lock.try_lock().is_err());
        if (place + 1 >= COPIES || age > KEPT) && !is_used() {
            let _ = fs::remove_dir_all(&folder);
        }
    }
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}
