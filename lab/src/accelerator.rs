//! KVM or software emulation? `/dev/kvm` may exist and not work: some hosts make QEMU abort, some make it hang before
//! its first instruction. So a kernel is booted with it once, under a watchdog, and the answer is remembered.

use crate::{
    cache,
    guest::Guest,
    key::Key,
    progress::Step,
    qemu::{self, Accelerator, Start},
    vm::{Files, Vm},
};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    time::Duration,
};

/// A working KVM boots the guest in well under a second; one that has not in this time never will.
const WATCHDOG: Duration = Duration::from_secs(8);

/// How guests run on this machine, and why.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The accelerator.
    pub accelerator: Accelerator,
    /// In words for `cargo lab doctor`.
    pub why: String,
}

/// What is remembered of a probe.
#[derive(Serialize, Deserialize)]
struct Memory {
    works: bool,
    why: String,
}

/// Chooses; probes KVM if nobody has yet on this host kernel, processor and QEMU.
pub fn choose(emulator: &Path, image: &Path, initrd: &File) -> Result<Choice> {
    if let Err(error) = open_kvm() {
        return Ok(Choice { accelerator: Accelerator::Tcg, why: format!("{error:#}") });
    }
    let record = record(emulator)?;
    let memory = fs::read(&record).ok().and_then(|text| serde_json::from_slice::<Memory>(&text).ok());
    let memory = match memory {
        Some(memory) => memory,
        None => {
            let step = Step::start("trying KVM once (at most 8 s)");
            let outcome = probe(emulator, image, initrd);
            let memory = match outcome {
                Ok(()) => Memory { works: true, why: "a kernel booted with it".into() },
                Err(error) => Memory { works: false, why: format!("KVM exists but does not work here: {error:#}") },
            };
            step.finish(if memory.works { "KVM works" } else { "KVM does not work here; using software emulation" });
            remember(&record, &memory)?;
            memory
        }
    };
    let accelerator = if memory.works { Accelerator::Kvm } else { Accelerator::Tcg };
    Ok(Choice { accelerator, why: memory.why })
}

/// Opens the KVM device: `$CROSSINGS_KVM`, else `/dev/kvm`. Naming one that does not exist means software emulation.
pub fn open_kvm() -> Result<File> {
    let device = env::var("CROSSINGS_KVM").unwrap_or_else(|_| "/dev/kvm".into());
    File::options().read(true).write(true).open(&device).with_context(|| format!("open {device}"))
}

/// Remembers that KVM, which booted a kernel, could not clone it.
pub fn distrust_kvm(emulator: &Path, why: &str) -> Result<()> {
    remember(&record(emulator)?, &Memory { works: false, why: format!("KVM boots but cannot be cloned here: {why}") })
}

fn probe(emulator: &Path, image: &Path, initrd: &File) -> Result<()> {
    let vm = Vm::start(emulator, Accelerator::Kvm, image, initrd, Files::Boot)?;
    Guest::new(vm)?.wait_until_ready(WATCHDOG)
}

fn record(emulator: &Path) -> Result<PathBuf> {
    let arguments = qemu::arguments(Accelerator::Kvm, "", Start::Boot).join("\n");
    let key = Key::default().bytes(host_kernel()?).bytes(processor()?).identity(emulator)?.bytes(arguments).finish();
    Ok(cache::folder()?.join("kvm").join(format!("{key}.json")))
}

fn remember(record: &Path, memory: &Memory) -> Result<()> {
    let folder = record.parent().context("the record's folder")?;
    let mut file = cache::nameless_file(folder)?;
    serde_json::to_writer(&mut file, memory)?;
    let _ = fs::remove_file(record);
    cache::publish(&file, record)
}

/// The host's `uname -r` and build.
fn host_kernel() -> Result<String> {
    fs::read_to_string("/proc/version").context("read /proc/version")
}

/// The host processor's name.
pub fn processor() -> Result<String> {
    let text = fs::read_to_string("/proc/cpuinfo").context("read /proc/cpuinfo")?;
    let line = text.lines().find(|line| line.starts_with("model name"));
    Ok(line.and_then(|line| line.split(": ").nth(1)).unwrap_or("unknown").to_string())
}
