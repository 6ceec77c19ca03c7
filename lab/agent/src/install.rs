//! Files from an archive, and modules: all that a lesson takes, in one process. In a browser each process costs a tenth of a second.

use crate::module;
use anyhow::{Context, Result};
use cpio::newc::Reader;
use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Unpacks `ARCHIVE` in the root, cpio(5), and loads these of its modules in this order.
pub fn install(arguments: &[String]) -> Result<()> {
    let (archive, modules) = arguments.split_first().context("install: which archive?")?;
    let bytes = fs::read(archive).with_context(|| format!("read {archive}"))?;
    unpack(&bytes, Path::new("/")).with_context(|| format!("unpack {archive}"))?;
    modules.iter().try_for_each(|path| module::insert(std::slice::from_ref(path)))
}

/// Unpacks its folders and files into `root`.
fn unpack(mut archive: &[u8], root: &Path) -> Result<()> {
    loop {
        let mut reader = Reader::new(archive)?;
        let entry = reader.entry();
        if entry.is_trailer() {
            return Ok(());
        }
        let path = root.join(entry.name());
        let permissions = entry.mode() & 0o7777;
        if entry.mode() & libc::S_IFMT == libc::S_IFDIR {
            fs::create_dir_all(&path).with_context(|| format!("make {}", path.display()))?;
        } else {
            let options = OpenOptions::new().write(true).create(true).truncate(true).mode(permissions).open(&path);
            let mut file = options.with_context(|| format!("write {}", path.display()))?;
            io::copy(&mut reader, &mut file).with_context(|| format!("write {}", path.display()))?;
        }
        archive = reader.finish()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cpio::newc::{Builder, trailer};
    use std::{io::Write, os::unix::fs::PermissionsExt};

    /// An archive with a folder and a program in it.
    fn archive(text: &[u8]) -> Vec<u8> {
        let folder = Builder::new("folder").mode(0o040755).nlink(1).write(Vec::new(), 0);
        let archive = folder.finish().expect("a folder");
        let mut program = Builder::new("folder/program").mode(0o100755).nlink(1).write(archive, text.len() as u32);
        program.write_all(text).expect("write");
        trailer(program.finish().expect("a program")).expect("a trailer")
    }

    #[test]
    fn an_archive_is_unpacked_over_what_was_there() {
        let root = tempfile::tempdir().expect("tempdir");
        unpack(&archive(b"something longer"), root.path()).expect("unpack");
        unpack(&archive(b"short"), root.path()).expect("unpack once more");
        let program = root.path().join("folder/program");
        assert_eq!(fs::read(&program).expect("read"), b"short");
        assert_eq!(fs::metadata(&program).expect("a file").permissions().mode() & 0o777, 0o755);
    }

    #[test]
    fn an_archive_that_is_cut_short_is_refused() {
        let root = tempfile::tempdir().expect("tempdir");
        let whole = archive(b"something");
        unpack(&whole[..whole.len() / 2], root.path()).expect_err("half of it");
    }
}
