//! Somebody who changes a tree, faster than one can look.

use fastrand::Rng;
use std::{
    fs,
    path::{Path, PathBuf},
};

// ANCHOR: changes
/// So many changes below `root`: directories, files and renames, all with the same few
/// names, so that a name often changes its meaning. The same `seed` makes the same tree in
/// the end.
pub fn changes(root: &Path, seed: u64, count: usize) {
    let mut random = Rng::with_seed(seed);
    for _ in 0..count {
        let path = any_path(root, &mut random);
        // Many of these fail: there is nothing to remove, or something is in the way.
        let _ = match random.u8(0..8) {
            0..=3 => fs::create_dir_all(path),
            4 | 5 => fs::write(path, "."),
            6 => fs::rename(path, any_path(root, &mut random)),
            _ => remove(&path),
        };
    }
}
// ANCHOR_END: changes

/// One to four of the names a, b and c. The numbers have 64 bits, so that a 32-bit program gets the
/// same ones.
fn any_path(root: &Path, random: &mut Rng) -> PathBuf {
    let depth = random.u64(1..=4);
    let mut name = || ["a", "b", "c"][random.u64(..3) as usize];
    (0..depth).fold(root.to_owned(), |path, _| path.join(name()))
}

fn remove(path: &Path) -> std::io::Result<()> {
    fs::remove_file(path).or_else(|_| fs::remove_dir_all(path))
}
