//! What is really there.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

/// readdir(3): the paths in a directory, and whether each of them is a directory itself.
/// One that has gone meanwhile has nothing in it.
pub fn entries(dir: &Path) -> io::Result<Vec<(PathBuf, bool)>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if gone(&error) => return Ok(Vec::new()),
        entries => entries?,
    };
    let entries = entries.filter_map(|entry| {
        let entry = match entry {
            Err(error) if gone(&error) => return None,
            entry => entry,
        };
        let is_dir = match entry.as_ref().map(|entry| entry.file_type()) {
            Ok(Err(error)) if gone(&error) => return None,
            Ok(kind) => kind.map(|kind| kind.is_dir()),
            Err(_) => Ok(false),
        };
        Some(entry.and_then(|entry| Ok((entry.path(), is_dir?))))
    });
    entries.collect()
}

/// Everything below a directory.
pub fn walk(dir: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let mut paths = BTreeSet::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for (path, is_dir) in entries(&dir)? {
            if is_dir {
                dirs.push(path.clone());
            }
            paths.insert(path);
        }
    }
    Ok(paths)
}

/// The path, or a part of it, is not there, or is no directory any more.
fn gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
