//! `cargo lab log`: the kernel log of the last run.

use crate::{course::Course, report::verdict::Mistake};
use anyhow::{Context, Result, bail};
use std::{fs, process::ExitCode};

/// Keeps the log of a run.
pub fn keep(course: &Course, slug: &str, kernel: &str, log: &str) -> Result<()> {
    let folder = course.scratch().join("log");
    fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    let path = folder.join(format!("{slug}-{kernel}.log"));
    fs::write(&path, log).with_context(|| format!("write {}", path.display()))
}

/// The log of the last run of `slug` on a kernel, if there was one.
pub fn of(course: &Course, slug: &str, kernel: &str) -> Option<String> {
    fs::read_to_string(course.scratch().join("log").join(format!("{slug}-{kernel}.log"))).ok()
}

/// Prints the log of the last run, or of the last run of `slug`.
pub fn command(slug: Option<&str>) -> Result<ExitCode> {
    let course = Course::find()?;
    if let Some(slug) = slug.filter(|slug| !["shell", "try"].contains(slug)) {
        course.chosen(&[slug.trim_end_matches("-crash").to_string()])?;
    }
    let folder = course.scratch().join("log");
    let newest = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .flatten()
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
