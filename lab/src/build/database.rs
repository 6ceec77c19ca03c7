//! The file in which language servers look up how a source is compiled: a JSON compilation database.

use crate::{build::commands::Command, cache, course::Course};
use anyhow::{Context, Result};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// Its name. They look for it in the folder of a source, and in those above.
pub const NAME: &str = "compile_commands.json";

/// The folder whose database an editor takes for files in `folder`: the nearest in the course that has one, else the
/// course's own; outside of the course the folder itself.
pub fn home(course: &Course, folder: &Path) -> PathBuf {
    let root = course.root.canonicalize().unwrap_or_else(|_| course.root.clone());
    if !folder.starts_with(&root) {
        return folder.to_path_buf();
    }
    let above = folder.ancestors().take_while(|above| above.starts_with(&root));
    above.into_iter().find(|above| above.join(NAME).exists()).unwrap_or(&root).to_path_buf()
}

/// Enters commands into the database of `folder`, and takes those out whose files have gone. One that somebody else has
/// written stays as it is; then this returns false.
pub fn record(folder: &Path, commands: &[Command]) -> Result<bool> {
    let path = folder.join(NAME);
    // Modules may be built at the same time.
    let lock = File::open(folder).with_context(|| format!("open {}", folder.display()))?;
    lock.lock().with_context(|| format!("lock {}", folder.display()))?;
    let old: Vec<Command> = match fs::read(&path) {
        Ok(text) => match serde_json::from_slice::<Vec<Command>>(&text) {
            Ok(old) if old.iter().all(is_ours) => old,
            _ => return Ok(false),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
    };
    let stays = |command: &&Command| {
        let replaced = commands.iter().any(|other| other.file == command.file);
        !replaced && command.file.exists() && command.directory.exists()
    };
    let mut new: Vec<Command> = old.iter().filter(stays).chain(commands).cloned().collect();
    new.sort_by(|one, other| one.file.cmp(&other.file));
    if new != old {
        // An editor may be reading it.
        let fresh = path.with_extension("json.new");
        fs::write(&fresh, serde_json::to_string_pretty(&new)? + "\n")
            .with_context(|| format!("write {}", fresh.display()))?;
        fs::rename(&fresh, &path).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(true)
}

/// Whether the lab has written a command. One that leads nowhere any more is nobody's.
fn is_ours(command: &Command) -> bool {
    let kernels = cache::folder().and_then(|cache| Ok(cache.join("kernels").canonicalize()?));
    !command.directory.exists() || kernels.is_ok_and(|kernels| command.directory.starts_with(kernels))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(folder: &Path, name: &str) -> Command {
        let kernels = cache::folder().expect("the cache").join("kernels").canonicalize().expect("the kernels");
        let file = folder.join(name);
        fs::write(&file, "").expect("write");
        Command { directory: kernels, arguments: vec!["clang".into(), file.display().to_string()], file }
    }

    fn entered(folder: &Path) -> Vec<Command> {
        serde_json::from_str(&fs::read_to_string(folder.join(NAME)).expect("read")).expect("parse")
    }

    #[test]
    fn modules_are_entered_beside_each_other_and_leave_with_their_files() {
        let folder = tempfile::tempdir().expect("tempdir");
        let folder = folder.path();
        let (one, other) = (command(folder, "b.c"), command(folder, "a.c"));
        assert!(record(folder, std::slice::from_ref(&one)).expect("record"));
        assert!(record(folder, std::slice::from_ref(&other)).expect("record"));
        assert_eq!(entered(folder), [other.clone(), one.clone()]);
        let mut changed = one.clone();
        changed.arguments.insert(1, "-DMORE".into());
        fs::remove_file(&other.file).expect("remove");
        assert!(record(folder, std::slice::from_ref(&changed)).expect("record"));
        assert_eq!(entered(folder), [changed]);
    }

    #[test]
    fn what_somebody_else_has_written_stays() {
        let folder = tempfile::tempdir().expect("tempdir");
        let folder = folder.path();
        let theirs = format!(r#"[{{"directory": {folder:?}, "file": "a.c", "command": "cc -c a.c"}}]"#);
        fs::write(folder.join(NAME), &theirs).expect("write");
        assert!(!record(folder, &[command(folder, "a.c")]).expect("record"));
        assert_eq!(fs::read_to_string(folder.join(NAME)).expect("read"), theirs);
    }
}
