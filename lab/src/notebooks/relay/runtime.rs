//! What a guest needs to run cells.

use crate::{
    build::{cargo, manifest},
    course::Course,
};
use anyhow::{Context, Result};
use std::{fs, path::PathBuf, process::Command};

/// What the cells need in the guest, which has no libraries of its own: the program that runs them, Rust's standard
/// library, which they share, and the libraries of both.
pub fn files(course: &Course) -> Result<Vec<(String, PathBuf)>> {
    let cell = cargo::cell()?;
    let std = standard_library(course)?;
    let mut files = manifest::libraries(&cell)?;
    files.extend(manifest::libraries(&std)?);
    // The mathematical functions of the C library, which neither of the two needs and a cell may.
    let libm: Vec<_> = files
        .iter()
        .filter(|(path, _)| path.ends_with("/libc.so.6"))
        .map(|(path, _)| path.replace("libc.so.6", "libm.so.6"))
        .collect();
    files.extend(libm.into_iter().map(|path| (path.clone(), path.into())));
    let name = std.file_name().and_then(|name| name.to_str()).context("the standard library's name")?;
    files.push((format!("/lib/{name}"), std.clone()));
    files.push(("/bin/cell".into(), cell));
    files.sort();
    files.dedup();
    Ok(files)
}

/// `libstd-HASH.so` of the compiler that compiles the cells.
fn standard_library(course: &Course) -> Result<PathBuf> {
    let output = Command::new("rustc").args(["--print", "target-libdir"]).current_dir(&course.root).output();
    let output = output.context("start rustc")?;
    let folder = String::from_utf8_lossy(&output.stdout).trim().to_string();
    let found = fs::read_dir(&folder).with_context(|| format!("read {folder}"))?.flatten().find(|entry| {
        entry.file_name().to_str().is_some_and(|name| name.starts_with("libstd-") && name.ends_with(".so"))
    });
    Ok(found.with_context(|| format!("{folder} has no libstd-*.so"))?.path())
}
