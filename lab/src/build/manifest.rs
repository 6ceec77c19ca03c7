//! What a lesson's Cargo.toml says under `[package.metadata.lab]`: what it needs beyond its own program and module, and
//! which part of its output is a record.

use crate::{programs, report::verdict::Fault};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The table `[package.metadata.lab]`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Modules of the stock kernel, loaded before the lesson's own.
    #[serde(default)]
    pub modules: Vec<String>,
    /// Those that come before them where a kernel has such; in another, what they do is part of it.
    #[serde(rename = "modules-if-any", default)]
    pub modules_if_any: Vec<String>,
    /// Programs of the host, copied into the guest with their libraries.
    #[serde(default)]
    pub programs: Vec<String>,
    /// Titles of the parts of its output that another kernel may rightly print otherwise: they hold numbers or functions that belong
    /// to a release or to a configuration. Only on the kernels that every reader has are they compared.
    #[serde(default)]
    pub varies: Vec<String>,
    /// What a kernel reports that looks for faults, because the lesson shows one: by the option that has it look, words
    /// of the line that begins the report.
    #[serde(default)]
    pub reports: BTreeMap<String, String>,
    /// The title of the part of its output that the chapter's picture of a real crossing is drawn from.
    pub trace: Option<String>,
    /// Scenes that cannot be played on the kernel in a browser, and why.
    #[serde(rename = "not-in-browser", default)]
    pub not_in_browser: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads that of the lesson in `folder`.
    pub fn of(folder: &Path) -> Result<Self> {
        let path = folder.join("Cargo.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        let manifest: toml::Table = text.parse().with_context(|| format!("parse {}", path.display()))?;
        let table = manifest.get("package").and_then(|table| table.get("metadata")).and_then(|table| table.get("lab"));
        match table {
            Some(table) => {
                Ok(table.clone().try_into().map_err(|error| Fault(format!("{}: {error}", path.display())))?)
            }
            None => Ok(Manifest::default()),
        }
    }

    /// The files that the programs are made of: where each goes in the guest, and where it is here.
    pub fn files(&self) -> Result<Vec<(String, PathBuf)>> {
        let mut files = Vec::new();
        for program in &self.programs {
            let path = programs::find(program)?.canonicalize()?;
            files.extend(libraries(&path)?);
            files.push((format!("/bin/{program}"), path));
        }
        files.sort();
        files.dedup();
        Ok(files)
    }
}

/// The shared libraries of a program, the loader included, as ldd(1) lists them.
pub fn libraries(program: &Path) -> Result<Vec<(String, PathBuf)>> {
    let output = Command::new("ldd").arg(program).output().context("start ldd")?;
    if !output.status.success() {
        bail!("ldd {}: {}", program.display(), String::from_utf8_lossy(&output.stderr).trim());
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let paths = text.lines().filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')));
    Ok(paths.map(|path| (path.to_string(), PathBuf::from(path))).collect())
}
