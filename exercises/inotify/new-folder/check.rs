//! Makes several folders before a tree looks at the first of them. Then has a child follow a tree, stops it at every system
//! call, and makes a file each time.

use crate::exercise::Tree;
use judge::{Context, Result, accepted, bail, ensure, refused, traced, within};
use nix::{
    errno::Errno,
    sys::{
        ptrace,
        signal::{Signal, raise},
        wait::{WaitStatus, waitpid},
    },
    unistd::Pid,
};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

pub fn check() -> Result<()> {
    within(Duration::from_secs(3), "catch_up, with no more changes to come,", || {
        folders_in_folders()?;
        while_it_looks()?;
        too_few_watches()
    })?
}

fn folders_in_folders() -> Result<()> {
    let root = Path::new("/tmp/tree");
    fs::create_dir(root).context("make a folder")?;
    let mut tree = accepted("Tree::new of an empty folder", Tree::new(root))?;
    let mut then = |what: &str, act: &dyn Fn() -> io::Result<()>| -> Result<()> {
        act().with_context(|| what.to_string())?;
        accepted("catch_up", tree.catch_up())?;
        complete(what, root, &tree.paths)
    };
    then("a file was made", &|| File::create(root.join("file")).map(drop))?;
    then("a folder was made", &|| fs::create_dir(root.join("folder")))?;
    then("a file was made in a folder that is known", &|| File::create(root.join("folder/file")).map(drop))?;
    then("a/b/c/file was made, and then catch_up was called", &|| {
        fs::create_dir_all(root.join("a/b/c"))?;
        File::create(root.join("a/b/c/file")).map(drop)
    })?;
    then("another file was made in a/b/c", &|| File::create(root.join("a/b/c/another")).map(drop))?;
    then("a folder with a file and a folder in it has moved in", &|| {
        fs::create_dir_all("/tmp/elsewhere/inner")?;
        File::create("/tmp/elsewhere/file")?;
        fs::rename("/tmp/elsewhere", root.join("elsewhere"))
    })?;
    then("a file was made in elsewhere/inner, which has moved in", &|| {
        File::create(root.join("elsewhere/inner/file")).map(drop)
    })
}

/// How many files are made while the child looks at their folder.
const FILES: usize = 60;

fn while_it_looks() -> Result<()> {
    let (root, list) = (Path::new("/tmp/busy"), Path::new("/tmp/list"));
    fs::create_dir(root).context("make a folder")?;
    let child = traced(|| {
        let mut tree = Tree::new(root)?;
        raise(Signal::SIGSTOP)?;
        tree.catch_up()?;
        raise(Signal::SIGSTOP)?;
        tree.catch_up()?;
        let paths: Vec<_> = tree.paths.iter().map(|path| path.to_string_lossy()).collect();
        lesson::errno(fs::write(list, paths.join("\n")))
    })?;
    resume(child, Until::Stopped)?;
    fs::create_dir(root.join("folder"))?;
    let mut files = (0..FILES).map(|number| root.join(format!("folder/{number}")));
    while resume(child, Until::Call)? {
        if let Some(file) = files.next() {
            File::create(file)?;
        }
    }
    resume(child, Until::Ended)?;
    let paths = fs::read_to_string(list)?.lines().map(PathBuf::from).collect();
    match complete("files were made in a new folder", root, &paths) {
        Ok(()) => Ok(()),
        Err(_) => bail!("files were made in a new folder while catch_up was adding it, and paths lacks one of them"),
    }
}

/// Somebody has as many watches as may be before all folders have one; see proc_sys_fs(5).
fn too_few_watches() -> Result<()> {
    let root = Path::new("/tmp/limited");
    fs::create_dir(root).context("make a folder")?;
    let mut tree = accepted("Tree::new of an empty folder", Tree::new(root))?;
    fs::create_dir_all(root.join("a/b"))?;
    // One for the root and one for `a`. There is no other tree any more.
    fs::write("/proc/sys/fs/inotify/max_user_watches", "2").context("limit the watches")?;
    refused("catch_up, with two folders to add and one more watch to be had,", tree.catch_up(), Errno::ENOSPC)
}

/// That these are all paths below a folder.
fn complete(what: &str, root: &Path, paths: &BTreeSet<PathBuf>) -> Result<()> {
    let mut there = BTreeSet::new();
    walk(root, &mut there)?;
    let names = |paths: Vec<&PathBuf>| -> String {
        let names = paths.iter().map(|path| path.strip_prefix(root).unwrap_or(path).display().to_string());
        names.collect::<Vec<_>>().join(", ")
    };
    let (missing, added) = (names(there.difference(paths).collect()), names(paths.difference(&there).collect()));
    ensure!(missing.is_empty(), "{what}: paths lacks {missing}");
    ensure!(added.is_empty(), "{what}: paths has {added}, which never was there");
    Ok(())
}

fn walk(folder: &Path, paths: &mut BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), paths)?;
        }
        paths.insert(entry.path());
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum Until {
    Call,
    Stopped,
    Ended,
}

/// Lets the child go on until it is at the beginning or the end of a call, or stops itself, or ends. Whether it has come so
/// far without stopping itself before.
fn resume(child: Pid, until: Until) -> Result<bool> {
    loop {
        match until {
            Until::Call => ptrace::syscall(child, None)?,
            Until::Stopped | Until::Ended => ptrace::cont(child, None)?,
        }
        match waitpid(child, None)? {
            WaitStatus::PtraceSyscall(_) if until == Until::Call => return Ok(true),
            WaitStatus::Stopped(_, Signal::SIGSTOP) => return Ok(false),
            WaitStatus::Exited(_, 0) => return Ok(false),
            WaitStatus::Exited(_, code) => {
                bail!("a tree in which files are made fails with {:?}", Errno::from_raw(code))
            }
            WaitStatus::Signaled(_, signal, _) => bail!("a process with a tree is ended by {signal}"),
            _ => {}
        }
    }
}
