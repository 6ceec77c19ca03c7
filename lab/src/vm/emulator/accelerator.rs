//! KVM or software emulation? `/dev/kvm` may exist and not work: some hosts make QEMU abort, some make it hang before
//! its first instruction. So a kernel is booted with it once, under a watchdog, and the answer is remembered.

use crate::{
    cache,
    cache_key::CacheKey,
    report::spinner::Step,
    vm::{
        channel::TimedOut,
        emulator::{
            Files, Vm, processor,
            qemu::{self, Accelerator, Hardware, Start},
        },
        guest::Guest,
    },
};
use anyhow::{Context, Result, anyhow};
use serde::{Deserialize, Serialize};
use std::{
    env,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// A working KVM boots the guest in about a second. One that has not even begun in this time never will.
const WATCHDOG: Duration = Duration::from_secs(8);

/// One that has begun gets this much more: inside another virtual machine, KVM is slower.
const MORE: Duration = Duration::from_secs(25);

/// For so long, and until the machine is booted again, a KVM that did not work is left alone.
const GRUDGE: Duration = Duration::from_secs(24 * 3600);

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
    /// Which boot of the host it was.
    boot: String,
    when: SystemTime,
}

impl Memory {
    fn new(works: bool, why: String) -> Result<Self> {
        Ok(Memory { works, why, boot: boot()?, when: SystemTime::now() })
    }

    /// What hinders KVM may be over: another hypervisor that held the processor, a module that was loaded wrongly.
    fn holds(&self) -> bool {
        let recent = self.when.elapsed().is_ok_and(|age| age < GRUDGE);
        self.works || recent && boot().is_ok_and(|boot| boot == self.boot)
    }
}

/// Chooses; probes KVM unless it is remembered what came of that on this host kernel, processor and QEMU.
pub fn choose(emulator: &Path, image: &Path, initrd: &File) -> Result<Choice> {
    let without_kvm = |why: String| Ok(Choice { accelerator: Accelerator::Tcg, why });
    if let Err(error) = open_kvm() {
        return without_kvm(format!("{error:#}"));
    }
    if !processor::has("smap")? {
        return without_kvm("this processor has no SMAP, which the lesson on character devices shows at work".into());
    }
    let record = record(emulator)?;
    let memory = fs::read(&record).ok().and_then(|text| serde_json::from_slice::<Memory>(&text).ok());
    let memory = match memory.filter(Memory::holds) {
        Some(memory) => memory,
        None => {
            let step = Step::start("trying KVM once (at most half a minute)");
            let memory = match probe(emulator, image, initrd) {
                Ok(()) => Memory::new(true, "a kernel booted with it".into()),
                Err(error) => Memory::new(false, format!("KVM exists but does not work here: {error:#}")),
            }?;
            step.finish(if memory.works { "KVM works" } else { "KVM does not work here; using software emulation" });
            remember(&record, &memory)?;
            memory
        }
    };
    let accelerator = if memory.works { Accelerator::Kvm } else { Accelerator::Tcg };
    Ok(Choice { accelerator, why: memory.why })
}

/// Forgets what is remembered of KVM, so that it is probed anew.
pub fn forget(emulator: &Path) -> Result<()> {
    let record = record(emulator)?;
    match fs::remove_file(&record) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}", record.display()))
        }
        _ => Ok(()),
    }
}

/// Opens the KVM device, and says what to do if that fails. `$CROSSINGS_KVM` names another than `/dev/kvm`: with one that
/// does not exist, KVM is not used. (QEMU itself opens `/dev/kvm` whatever it says.)
pub fn open_kvm() -> Result<File> {
    let device = env::var("CROSSINGS_KVM").unwrap_or_else(|_| "/dev/kvm".into());
    File::options().read(true).write(true).open(&device).map_err(|error| {
        let advice = match error.kind() {
            io::ErrorKind::NotFound => {
                ": virtualisation is switched off in the firmware, or its module is not loaded (modprobe kvm_intel or \
                 kvm_amd), or this is a virtual machine or a container that was not given the device"
            }
            io::ErrorKind::PermissionDenied => {
                ": sudo usermod -aG kvm $USER, then log in again; in a container, give it the device's group"
            }
            _ => "",
        };
        anyhow!("open {device}: {error}{advice}")
    })
}

/// Remembers that KVM, which booted a kernel, could not clone it.
pub fn distrust_kvm(emulator: &Path, why: &str) -> Result<()> {
    remember(&record(emulator)?, &Memory::new(false, format!("KVM boots but cannot be cloned here: {why}"))?)
}

fn probe(emulator: &Path, image: &Path, initrd: &File) -> Result<()> {
    let vm = Vm::start(emulator, Accelerator::Kvm, image, initrd, Files::Boot(&Hardware::default()))?;
    let mut guest = Guest::new(vm)?;
    match guest.wait_until_ready(WATCHDOG) {
        Err(error) if error.is::<TimedOut>() && guest.has_begun() => guest.wait_until_ready(MORE),
        outcome => outcome,
    }
}

fn record(emulator: &Path) -> Result<PathBuf> {
    let arguments = qemu::arguments(Accelerator::Kvm, 2, "", Start::Boot, &Hardware::default()).join("\n");
    let key = processor::identify(CacheKey::default())?.identity(emulator)?.bytes(arguments).finish();
    Ok(cache::folder()?.join("kvm").join(format!("{key}.json")))
}

fn remember(record: &Path, memory: &Memory) -> Result<()> {
    let folder = record.parent().context("the record's folder")?;
    let mut file = cache::nameless_file(folder)?;
    serde_json::to_writer(&mut file, memory)?;
    let _ = fs::remove_file(record);
    cache::publish(&file, record)
}

/// Changes whenever the host boots; see random(4).
fn boot() -> Result<String> {
    const BOOT: &str = "/proc/sys/kernel/random/boot_id";
    fs::read_to_string(BOOT).with_context(|| format!("read {BOOT}"))
}
