//! The learner's copy of an exercise for those who edit it from elsewhere: its text, and the hash by which they know it. It is
//! replaced only by who has seen what it says.

use crate::{
    cache_key::CacheKey,
    exercises::{
        exercise::Exercise,
        learner::{Learner, free_name},
    },
    report::verdict::Mistake,
};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

/// No copy that is edited from elsewhere is longer, in bytes. The longest starter has a sixteenth of it.
pub const LONGEST: usize = 256 << 10;

/// What the copy says now; none if it is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Copy {
    /// All of it.
    pub text: Option<String>,
    /// Names what it says.
    pub hash: Option<String>,
}

impl Copy {
    fn of(text: Option<String>) -> Self {
        let hash = text.as_ref().map(|text| CacheKey::default().bytes(text).finish());
        Copy { text, hash }
    }
}

impl Learner {
    /// What their copy of an exercise says.
    ///
    /// # Errors
    /// It is no text, or too long.
    pub fn copy_of(&self, exercise: &Exercise) -> Result<Copy> {
        let file = self.file(exercise);
        match fs::metadata(&file).map(|data| data.len()) {
            Ok(length) if length > LONGEST as u64 => {
                bail!(Mistake(format!("{} has more than {LONGEST} bytes: use an editor of your own", file.display())))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Copy::default()),
            _ => match fs::read_to_string(&file) {
                Ok(text) => Ok(Copy::of(Some(text))),
                Err(error) => Err(error).with_context(|| format!("read {}", file.display())),
            },
        }
    }

    /// Has their copy say `text`, if it still is as `seen` names it; if not, returns what it is. The caller lets only one write
    /// at a time.
    pub fn replace(&self, exercise: &Exercise, seen: Option<&str>, text: &str) -> Result<Result<Copy, Copy>> {
        let now = self.copy_of(exercise)?;
        if now.text.as_deref() == Some(text) {
            return Ok(Ok(now));
        }
        if now.hash.as_deref() != seen {
            return Ok(Err(now));
        }
        let file = self.file(exercise);
        write(&file, text).with_context(|| format!("write {}", file.display()))?;
        Ok(Ok(Copy::of(Some(text.to_string()))))
    }

    /// Puts a text beside their copy, under a name that nothing has, which is returned.
    pub fn put_aside(&self, exercise: &Exercise, text: &str) -> Result<PathBuf> {
        let name = free_name(&self.file(exercise))?;
        write(&name, text).with_context(|| format!("write {}", name.display()))?;
        Ok(name)
    }
}

/// Writes the whole file at once: an editor may have it open. What is a link stays one.
fn write(file: &Path, text: &str) -> io::Result<()> {
    if text.len() > LONGEST {
        return Err(io::Error::other(format!("a text of more than {LONGEST} bytes is not written")));
    }
    let file = file.canonicalize().unwrap_or_else(|_| file.to_path_buf());
    fs::create_dir_all(file.parent().unwrap_or(&file))?;
    let new = file.with_extension("new");
    fs::write(&new, text)?;
    if let Ok(data) = fs::metadata(&file) {
        fs::set_permissions(&new, data.permissions())?;
    }
    fs::rename(&new, &file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exercises::{exercise::Side, text::Text};
    use std::os::unix::fs::{PermissionsExt, symlink};

    const TEXT: &str = "# A title\n\nPractises: looking.\nTime: 5 minutes\n\nDo it.\n\n## Hint\n\nLook.\n\n\
                        ## Solution\n\nIt is seen.\n\n## Wrong: blind\n\nNo.\n";

    fn learner() -> (tempfile::TempDir, Learner, Exercise) {
        let folder = tempfile::tempdir().expect("tempdir");
        let learner = Learner::in_folder(folder.path().join("learn"));
        let text = Text::parse(TEXT).and_then(|text| text.into_exercise("a/b", folder.path(), Side::User));
        (folder, learner, text.expect("an exercise"))
    }

    #[test]
    fn only_who_has_seen_what_it_says_replaces_it() {
        let (_folder, learner, exercise) = learner();
        assert_eq!(learner.copy_of(&exercise).expect("read"), Copy::default());
        let first = learner.replace(&exercise, None, "one\n").expect("write").expect("it was not there");
        assert_eq!(learner.copy_of(&exercise).expect("read"), first);
        let file = learner.file(&exercise);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("chmod");
        let second = learner.replace(&exercise, first.hash.as_deref(), "two\n").expect("write").expect("it was seen");
        assert_eq!(fs::metadata(&file).expect("stat").permissions().mode() & 0o777, 0o600);
        for seen in [None, first.hash.as_deref(), Some("")] {
            assert_eq!(learner.replace(&exercise, seen, "three\n").expect("read"), Err(second.clone()));
        }
        assert_eq!(fs::read_to_string(&file).expect("read"), "two\n");
        let asides = ["a", "b"].map(|text| learner.put_aside(&exercise, text).expect("write"));
        assert_eq!(asides.each_ref().map(|path| fs::read_to_string(path).expect("read")), ["a", "b"]);
        assert_eq!(asides[1], file.with_extension("rs.2"));
    }

    #[test]
    fn a_link_stays_one_and_what_cannot_be_shown_is_said() {
        let (folder, learner, exercise) = learner();
        let (file, real) = (learner.file(&exercise), folder.path().join("real.rs"));
        fs::create_dir_all(file.parent().expect("a folder")).expect("mkdir");
        fs::write(&real, "one").expect("write");
        symlink(&real, &file).expect("link");
        let seen = learner.copy_of(&exercise).expect("read");
        learner.replace(&exercise, seen.hash.as_deref(), "two").expect("write").expect("it was seen");
        assert_eq!(fs::read_to_string(&real).expect("read"), "two");
        assert!(file.is_symlink());
        fs::write(&real, "x".repeat(LONGEST + 1)).expect("write");
        assert!(learner.copy_of(&exercise).expect_err("too long").to_string().contains("editor of your own"));
        fs::write(&real, [0xff, 0xfe]).expect("write");
        learner.copy_of(&exercise).expect_err("no text");
    }
}
