//! A module that is to be tried: what it says of itself, and what is told of its addresses.

use crate::{
    report::verdict::{Fault, Mistake},
    vm::{kernel::Kernel, kernels::there},
};
use anyhow::{Context, Result, bail, ensure};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A module.
#[derive(Debug)]
pub struct Module {
    /// The kernel's name of it.
    pub name: String,
    /// Its file, which has that name.
    pub file: PathBuf,
    /// What is given to it.
    pub parameters: Vec<String>,
    /// Where its source is.
    pub folder: PathBuf,
    facts: Vec<(String, String)>,
}

impl Module {
    /// The module in a file. A copy in `folder` has the kernel's name of it, which is how stacks name it.
    pub fn of(file: &Path, folder: &Path, source: &Path) -> Result<Self> {
        let facts = facts(file)?;
        let stem = file.file_stem().and_then(|stem| stem.to_str()).context("a module's file name")?;
        let said = facts.iter().find(|(key, _)| key == "name").map(|(_, name)| name.as_str());
        let name = said.unwrap_or(stem).replace('-', "_");
        fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        let copy = folder.join(&name).with_extension("ko");
        fs::copy(file, &copy).with_context(|| format!("copy {}", file.display()))?;
        Ok(Module { name, file: copy, parameters: Vec::new(), folder: source.to_path_buf(), facts })
    }

    fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.facts.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The modules that it depends on.
    pub fn needs(&self) -> Vec<String> {
        let named = self.all("depends").flat_map(|names| names.split(','));
        named.filter(|name| !name.is_empty()).map(|name| name.replace('-', "_")).collect()
    }

    /// Its parameters' names.
    pub fn accepts(&self) -> Vec<&str> {
        self.all("parmtype").filter_map(|text| text.split(':').next()).collect()
    }

    /// Fails if it was built for another kernel.
    pub fn must_fit(&self, kernel: &Kernel) -> Result<()> {
        let Some(built_for) = self.all("vermagic").next().and_then(|magic| magic.split(' ').next()) else {
            return Ok(());
        };
        let other = there().into_iter().find(|other| other.release == built_for);
        let other = other.map(|other| format!(": `--kernel {}`", other.name)).unwrap_or_default();
        let name = &self.name;
        ensure!(
            built_for == kernel.release,
            Fault(format!("{name}.ko was built for Linux {built_for}, and this is {}{other}", kernel.release))
        );
        Ok(())
    }

    /// The numbers with which its code compares what it is given: among them, the requests of ioctl(2) that it knows.
    pub fn compared(&self) -> Result<Vec<u32>> {
        Ok(compared(&section(&self.file, ".text")?))
    }

    /// How long each of its sections is.
    pub fn sections(&self) -> BTreeMap<String, u64> {
        let Ok(output) = Command::new("size").args(["--format=sysv", "--radix=10"]).arg(&self.file).output() else {
            return BTreeMap::new();
        };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let rows = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        rows.filter_map(|row| Some((row.first()?.to_string(), row.get(1)?.parse().ok()?))).collect()
    }
}

/// The numbers that follow x86's `cmp %eax, imm32` and `cmp reg32, imm32`, and could be a request: a type in the second byte,
/// no more than 4096 bytes in the third and fourth (Documentation/userspace-api/ioctl/ioctl-decoding.rst). Bytes that only look so
/// do no harm.
fn compared(code: &[u8]) -> Vec<u32> {
    let is_request = |number: &u32| number >> 8 & 0xff != 0 && number >> 16 & 0x3fff <= 4096;
    let places = (0..code.len()).filter_map(|place| match code[place..] {
        [0x3d, ..] => Some(place + 1),
        [0x81, 0xf8..=0xff, ..] => Some(place + 2),
        _ => None,
    });
    let mut numbers: Vec<u32> = places
        .filter_map(|place| Some(u32::from_le_bytes(code.get(place..place + 4)?.try_into().ok()?)))
        .filter(is_request)
        .collect();
    numbers.sort();
    numbers.dedup();
    numbers
}

/// What a module says of itself: its section `.modinfo` holds `KEY=VALUE`, each ended by a NUL.
fn facts(file: &Path) -> Result<Vec<(String, String)>> {
    let bytes = section(file, ".modinfo")?;
    let strings = bytes.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    Ok(strings.filter_map(|text| text.split_once('=').map(|(key, value)| (key.into(), value.into()))).collect())
}

/// What a section of a module holds; nothing, if it has no such section.
fn section(file: &Path, name: &str) -> Result<Vec<u8>> {
    // A file of our own: objcopy(1) replaces what it writes to, and would do so with /dev/stdout too.
    let section = tempfile::NamedTempFile::new().context("make a file")?;
    let output = Command::new("objcopy")
        .args(["--output-target=binary", &format!("--only-section={name}")])
        .args([file, section.path()])
        .output()
        .context("start objcopy")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), Fault(format!("{} is no module: {}", file.display(), said.trim())));
    fs::read(section.path()).with_context(|| format!("read {name} of {}", file.display()))
}

/// Gives parameters to the modules that have them.
pub fn give(modules: &mut [Module], parameters: &[String]) -> Result<()> {
    for parameter in parameters {
        let (name, value) = parameter.split_once('=').context("a parameter")?;
        let (only, name) =
            name.split_once('.').map_or((None, name), |(module, name)| (Some(module.replace('-', "_")), name));
        let mut is_taken = false;
        for module in modules.iter_mut().filter(|module| only.as_ref().is_none_or(|only| *only == module.name)) {
            if module.accepts().contains(&name) {
                // The kernel takes quotation marks off (Documentation/admin-guide/kernel-parameters.rst).
                let value = if value.contains(' ') { format!("\"{value}\"") } else { value.to_string() };
                module.parameters.push(format!("{name}={value}"));
                is_taken = true;
            }
        }
        if !is_taken {
            let all: Vec<String> = modules
                .iter()
                .flat_map(|module| {
                    module.accepts().into_iter().map(|name| format!("{}.{name}", module.name)).collect::<Vec<_>>()
                })
                .collect();
            let all = if all.is_empty() {
                "there is none at all".to_string()
            } else {
                format!("there are: {}", all.join(", "))
            };
            bail!(Mistake(format!("no module here has a parameter {name}; {all}")));
        }
    }
    Ok(())
}

/// Puts modules into the order in which they can be loaded: that which the user names, else each after those that it
/// depends on.
pub fn in_order(modules: Vec<Module>, order: &[String]) -> Result<Vec<Module>> {
    let names: Vec<String> = modules.iter().map(|module| module.name.clone()).collect();
    let order: Vec<String> = order.iter().map(|name| name.trim_end_matches(".ko").replace('-', "_")).collect();
    if let Some(unknown) = order.iter().find(|name| !names.contains(name)) {
        bail!(Mistake::unknown("module", unknown, &names));
    }
    let (mut waiting, mut sorted): (Vec<Module>, Vec<Module>) = (modules, Vec::new());
    if !order.is_empty() {
        waiting.sort_by_key(|module| order.iter().position(|name| *name == module.name).unwrap_or(usize::MAX));
        return Ok(waiting);
    }
    while !waiting.is_empty() {
        let is_ready = |module: &Module| {
            module.needs().iter().all(|name| !names.contains(name) || sorted.iter().any(|module| module.name == *name))
        };
        let Some(ready) = waiting.iter().position(is_ready) else {
            bail!(Fault("the modules depend on each other in a circle".into()));
        };
        sorted.push(waiting.remove(ready));
    }
    Ok(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_found_in_code() {
        // cmp $0x8008c500,%eax; ret; cmp $0x4008c501,%esi; cmp $1,%edi
        let code = [0x3d, 0, 0xc5, 8, 0x80, 0xc3, 0x81, 0xfe, 1, 0xc5, 8, 0x40, 0x81, 0xff, 1, 0, 0, 0, 0x3d, 1];
        assert_eq!(compared(&code), [0x4008_c501, 0x8008_c500]);
    }
}
