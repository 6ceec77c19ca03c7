//! The folder in which evcxr builds a notebook's cells. It stays in the cache, so that the crates that a notebook
//! asks for are compiled once and not each time; two notebooks that run at the same time have one each.

use anyhow::{Context, Result};
use std::{
    env,
    fs::{self, File, TryLockError},
    path::PathBuf,
};

/// A folder of our own for as long as this lives.
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// Locked (flock(2)) until this process ends, whatever way it ends.
    _lock: File,
}

/// Takes the first folder that no other kernel has.
pub fn take() -> Result<Folder> {
    let parent = PathBuf::from(env::var_os("CROSSINGS_NOTEBOOKS").context("CROSSINGS_NOTEBOOKS names no folder")?);
    for number in 0.. {
        let path = parent.join(number.to_string());
        fs::create_dir_all(&path).with_context(|| format!("make {}", path.display()))?;
        let lock = File::create(path.join(".lock")).with_context(|| format!("lock {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => {
                seed(&path)?;
                // Of a notebook before: what was loaded in its guests.
                let _ = fs::remove_file(path.join("modules"));
                return Ok(Folder { path, _lock: lock });
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error).with_context(|| format!("lock {}", path.display())),
        }
    }
    unreachable!("the numbers end")
}

/// Has cargo take the same versions as the course, which are on this machine: cells build without a network.
fn seed(path: &std::path::Path) -> Result<()> {
    let lock = PathBuf::from(env::var_os("CROSSINGS_ROOT").context("CROSSINGS_ROOT is not set")?).join("Cargo.lock");
    fs::copy(&lock, path.join("Cargo.lock")).map(drop).with_context(|| format!("copy {}", lock.display()))
}
