//! Node, which the set-up brought for the page's script, and the scripts of ours that it runs.

use crate::{cache, programs};
use anyhow::{Context, Result, bail, ensure};
use serde::de::DeserializeOwned;
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The folder of the scripts that run the machine: they are part of the tool.
pub fn machine() -> PathBuf {
    page().join("src/machine")
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("page")
}

/// The packages that the scripts use, under the name by which Node finds them.
pub fn emulator() -> Result<PathBuf> {
    package("v86")
}

/// The browser that prints the pages, and shows them to make pictures of them.
pub fn browser() -> Result<PathBuf> {
    package("playwright-core")?;
    programs::find_for("chromium", "ci/setup.sh --site")
}

fn package(name: &str) -> Result<PathBuf> {
    let folder = page().join("node_modules").join(name);
    ensure!(folder.is_dir(), "{name} is not there: run `ci/setup.sh --site`");
    Ok(folder)
}

/// Runs one of the scripts in `page/src`, and returns what it prints, which is JSON.
pub fn run<T: DeserializeOwned>(script: &str, arguments: &[&OsStr]) -> Result<T> {
    let program = cache::folder()?.join("page/node/bin/node");
    let mut command = Command::new(&program);
    command.arg(page().join("src").join(script)).args(arguments).stdin(Stdio::null());
    let output = command.output().with_context(|| format!("start {}", program.display()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{script}: {}\n{}", output.status, said.trim_end());
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("read what {script} prints"))
}
