//! A kernel that stands in the cache.

use crate::{cache, vm::kernels::KNOWN};
use anyhow::{Context, Result, ensure};
use std::{fs, path::PathBuf};

/// One kernel in the cache.
#[derive(Debug, Clone)]
pub struct Kernel {
    /// The short name, e.g. `6.12`.
    pub name: String,
    /// What `uname -r` says on it.
    pub release: String,
    /// The compiler that its headers want, e.g. `gcc-12`.
    pub cc: String,
    folder: PathBuf,
}

impl Kernel {
    /// Finds a provisioned kernel by its short name.
    pub fn find(name: &str) -> Result<Self> {
        let folder = cache::folder()?.join("kernels").join(name);
        let mend = match KNOWN.iter().any(|known| known.name == name && !known.in_book) {
            true => format!("ci/setup.sh --kernel {name}"),
            false => "ci/setup.sh".to_string(),
        };
        ensure!(folder.join("vmlinuz").exists(), "kernel {name} is not in {}: run `{mend}`", folder.display());
        let line = |file: &str| -> Result<String> {
            let path = folder.join(file);
            let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
            Ok(text.trim().to_string())
        };
        Ok(Kernel { name: name.to_string(), release: line("release")?, cc: line("cc")?, folder })
    }

    /// The bootable image.
    pub fn image(&self) -> PathBuf {
        self.folder.join("vmlinuz")
    }

    /// The headers: what `make -C` wants to build a module.
    pub fn headers(&self) -> PathBuf {
        self.folder.join("build")
    }

    /// Whether an option is on, built in or as a module.
    pub fn has(&self, option: &str) -> bool {
        is_on(&fs::read_to_string(self.headers().join(".config")).unwrap_or_default(), option)
    }

    /// The files of the modules `names` and of all that they depend on, in loading order. Built-in ones are left out.
    pub fn modules(&self, names: &[&str]) -> Result<Vec<PathBuf>> {
        let root = self.folder.join("modules");
        let read =
            |file: &str| fs::read_to_string(root.join(file)).with_context(|| format!("read {file} of {}", self.name));
        let (dependencies, builtin) = (read("modules.dep")?, read("modules.builtin")?);
        let mut files: Vec<PathBuf> = Vec::new();
        for name in names {
            // File names may have dashes where the kernel has underscores.
            let plain = |name: &str| name.replace('-', "_");
            let is_it = |path: &str| {
                path.rsplit('/').next().and_then(|file| file.split('.').next()).map(plain) == Some(plain(name))
            };
            if builtin.lines().any(is_it) {
                continue;
            }
            let line = dependencies.lines().find(|line| line.split(':').next().is_some_and(is_it));
            let (file, needs) = line
                .and_then(|line| line.split_once(':'))
                .with_context(|| format!("kernel {} has no module {name}", self.name))?;
            // modules.dep lists a module's needs with the deepest last.
            let order = needs.split_whitespace().rev().chain([file]).map(|file| root.join(file));
            for file in order {
                if !files.contains(&file) {
                    files.push(file);
                }
            }
        }
        Ok(files)
    }
}

/// Whether an option is on in a configuration, built in or as a module.
pub fn is_on(config: &str, option: &str) -> bool {
    ["y", "m"].iter().any(|value| config.lines().any(|line| line == format!("CONFIG_{option}={value}")))
}
