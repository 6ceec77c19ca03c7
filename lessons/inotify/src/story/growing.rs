//! A tree that grows while it is watched.

use super::observer::{Observer, folder};
use anyhow::{Context, Result};
use crossings_inotify::{grow, naive::Naive, tree::Tree, walk};
use inotify::WatchMask;
use lesson::part;
use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::{Path, PathBuf},
    thread,
};

/// How many changes somebody makes.
pub const CHANGES: usize = 250;

// ANCHOR: mkdir_and_watch
pub fn mkdir_and_watch() -> Result<()> {
    part("mkdir and watch");
    let folder = folder()?;
    let mut naive = Naive::new(folder.path()).context("watch the folder")?;
    let mut tree = Tree::new(folder.path()).context("watch the tree")?;
    let deep = folder.path().join("a/b/c");
    fs::create_dir_all(&deep)?;
    fs::write(deep.join("file"), "")?;
    naive.catch_up().context("read the events")?;
    tree.catch_up().context("follow the tree")?;
    println!("there: {}", names(folder.path(), &walk::walk(folder.path())?));
    println!("naive: {}", names(folder.path(), naive.paths()));
    println!("tree:  {}", names(folder.path(), tree.paths()));

    fs::write(deep.join("later"), "")?;
    naive.catch_up().context("read the events")?;
    tree.catch_up().context("follow the tree")?;
    println!("naive: {}", names(folder.path(), naive.paths()));
    println!("tree:  {}", names(folder.path(), tree.paths()));
    Ok(())
}
// ANCHOR_END: mkdir_and_watch

// ANCHOR: which_first
pub fn which_first() -> Result<()> {
    part("which first");
    let folder = folder()?;
    let create = || File::create(folder.path().join("between")).map(drop);
    let scan = || walk::walk(folder.path()).map(|paths| names(folder.path(), &paths));

    println!("scan first, and find: {}", scan()?);
    create()?;
    let mut observer = Observer::of(folder.path(), WatchMask::CREATE)?;
    observer.tell("then watch, and be told", || Ok(()))?;

    fs::remove_file(folder.path().join("between"))?;
    let mut observer = Observer::of(folder.path(), WatchMask::CREATE)?;
    create()?;
    println!("watch first, then scan, and find: {}", scan()?);
    observer.tell("be told", || Ok(()))
}
// ANCHOR_END: which_first

pub fn a_busy_tree() -> Result<()> {
    part("a busy tree");
    let folder = folder()?;
    let mut tree = Tree::new(folder.path()).context("watch the tree")?;
    follow_meanwhile(folder.path(), &mut tree, 4)?;
    report(folder.path(), &tree)
}

/// Another thread changes the tree, and we follow as well as we can.
pub fn follow_meanwhile(root: &Path, tree: &mut Tree, seed: u64) -> Result<()> {
    let followed = thread::scope(|scope| {
        let grower = scope.spawn(|| grow::changes(root, seed, CHANGES));
        while !grower.is_finished() {
            tree.catch_up()?;
        }
        tree.catch_up()
    });
    followed.context("follow the tree")
}

/// Holds what the tree knows against what is there.
pub fn report(root: &Path, tree: &Tree) -> Result<()> {
    let there = walk::walk(root)?;
    println!("paths: {}, known: {}", there.len(), tree.paths().len());
    println!("the same: {}", *tree.paths() == there);
    Ok(())
}

fn names(root: &Path, paths: &BTreeSet<PathBuf>) -> String {
    let names = paths.iter().filter_map(|path| path.strip_prefix(root).ok());
    let names: Vec<_> = names.map(|name| name.display().to_string()).collect();
    if names.is_empty() { "-".into() } else { names.join(" ") }
}
