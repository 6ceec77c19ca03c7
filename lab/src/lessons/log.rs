//! `cargo lab log`: the kernel log of the last run.

use crate::{cache, course::Course, report::verdict::Mistake};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Keeps the log of a run.
pub fn keep(course: &Course, slug: &str, kernel: &str, log: &str) -> Result<()> {
    keep_in(&course.scratch().join("log"), slug, kernel, log)
}

/// What has a log and is no lesson's.
const OWN: [&str; 3] = ["exec", "shell", "try"];

/// Keeps the log of something of the user's own, which needs no course: one of [`OWN`].
pub fn keep_of_own(what: &str, kernel: &str, log: &str) -> Result<()> {
    keep_in(&of_own()?, what, kernel, log)
}

fn of_own() -> Result<PathBuf> {
    Ok(cache::folder()?.join("try/log"))
}

fn keep_in(folder: &Path, slug: &str, kernel: &str, log: &str) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    let path = folder.join(format!("{slug}-{kernel}.log"));
    fs::write(&path, log).with_context(|| format!("write {}", path.display()))
}

/// The log of the last run of `slug` on a kernel, if there was one.
pub fn of(course: &Course, slug: &str, kernel: &str) -> Option<String> {
    fs::read_to_string(course.scratch().join("log").join(format!("{slug}-{kernel}.log"))).ok()
}

/// Prints the log of the last run, or of the last run of `slug`.
pub fn command(slug: Option<&str>) -> Result<ExitCode> {
    if let Some(slug) = slug.filter(|slug| !OWN.contains(slug)) {
        Course::find()?.chosen(&[slug.trim_end_matches("-crash").to_string()])?;
    }
    let of_course = Course::find().ok().map(|course| course.scratch().join("log"));
    let folders = of_course.into_iter().chain([of_own()?]);
    let newest = folders
        .flat_map(fs::read_dir)
        .flat_map(Iterator::flatten)
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            slug.is_none_or(|slug| name.rsplit_once('-').is_some_and(|(start, _)| start == slug))
        })
        .max_by_key(|entry| entry.metadata().and_then(|metadata| metadata.modified()).ok());
    let Some(newest) = newest else {
        bail!(Mistake(format!("no run has left a log yet: `cargo lab run {}`", slug.unwrap_or_default())))
    };
    print!("{}", fs::read_to_string(newest.path())?);
    Ok(ExitCode::SUCCESS)
}
