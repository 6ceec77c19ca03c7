//! The folder in which evcxr builds a notebook's cells. It stays in the cache, so that the crates that a notebook
//! asks for are compiled once and not each time; two notebooks that run at the same time have one each.

use anyhow::{Context, Result};
use std::{
    env,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    process::{Command, Stdio},
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
                share(&parent, &path)?;
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

/// Lets a folder begin with what is compiled in the first one, where all that cells use is compiled ahead: a second notebook
/// that is open at the same time needs not begin from nothing. cargo compiles anew what was just being written there.
fn share(parent: &Path, path: &Path) -> Result<()> {
    let (from, to) = (parent.join("0/target"), path.join("target"));
    if to.exists() || !from.exists() {
        return Ok(());
    }
    let half = path.join("target.half");
    let _ = fs::remove_dir_all(&half);
    // cargo looks at the files' times, and cp(1) keeps them.
    let copied =
        Command::new("cp").args(["--archive", "--reflink=auto"]).args([&from, &half]).stderr(Stdio::null()).status();
    // A file that was there when cp listed the folder may be gone when it is copied; then this folder begins from nothing.
    match copied.is_ok_and(|status| status.success()) {
        true => fs::rename(&half, &to).with_context(|| format!("make {}", to.display())),
        false => fs::remove_dir_all(&half).or(Ok(())),
    }
}

/// Has cargo take the same versions as the course, which are on this machine: cells build without a network.
fn seed(path: &Path) -> Result<()> {
    let lock = PathBuf::from(env::var_os("CROSSINGS_ROOT").context("CROSSINGS_ROOT is not set")?).join("Cargo.lock");
    fs::copy(&lock, path.join("Cargo.lock")).map(drop).with_context(|| format!("copy {}", lock.display()))
}
