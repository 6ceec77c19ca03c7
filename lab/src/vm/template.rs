//! The template: a guest that was booted once, stopped when its agent was ready, and saved. Its RAM is a file that each
//! clone maps copy-on-write, so a fresh kernel costs no boot, and only the pages that it changes.

use crate::{
    cache,
    cache_key::CacheKey,
    report::{
        Report,
        spinner::{self, Step},
        verdict::{Mistake, Verdict},
    },
    vm::{
        emulator::{
            Files, Vm,
            accelerator::{self, Choice},
            hardship, processor,
            qemu::{self, Accelerator, Hardware, MEMORY_MIB, Start},
            qmp::Qmp,
        },
        guest::Guest,
        initramfs,
        kernel::Kernel,
    },
};
use anyhow::{Context, Result};
use nix::fcntl::{FallocateFlags, fallocate};
use std::{
    fs::{self, File},
    io::{Seek, Write},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant, SystemTime},
};

/// A boot takes about 3 s under software emulation.
const BOOT: Duration = Duration::from_secs(60);

/// A guest under KVM is saved when it is at least this old. KVM takes a time stamp counter that is set to within a second of
/// its own for an attempt to set all processors' alike, and does not set it (`kvm_synchronize_tsc()`): the timers of a
/// clone whose counter said less than a second would come late.
const OF_AGE: Duration = Duration::from_millis(2500);

/// The error of a guest that booted and could not be saved, or not be restored.
#[derive(Debug, thiserror::Error)]
#[error("clone a guest that has booted")]
struct Uncloned;

/// A saved guest of one kernel, and all it takes to boot another.
pub struct Template {
    /// The kernel.
    pub kernel: Kernel,
    /// How its guests run.
    pub choice: Choice,
    /// Identifies everything that the template was made of.
    pub key: String,
    emulator: PathBuf,
    initrd: File,
    folder: PathBuf,
}

impl Template {
    /// Does `what` in guests of this template, and reports under `name` how it went and how long it took.
    pub fn report(&self, name: &str, what: impl FnOnce() -> Result<()>) -> Report {
        let started = Instant::now();
        let verdict = Verdict::from(what());
        Report {
            name: name.to_string(),
            kernel: self.kernel.name.clone(),
            release: self.kernel.release.clone(),
            accelerator: self.choice.accelerator.to_string(),
            seconds: started.elapsed().as_secs_f64(),
            verdict,
        }
    }

    /// The template of `kernel` with this agent as PID 1; boots it if it is not in the cache.
    pub fn of(kernel: Kernel, agent: &Path) -> Result<Self> {
        let template = Self::unbooted(kernel, agent)?;
        if template.is_there() {
            return Ok(template);
        }
        let lock = template.lock()?;
        if template.is_there() {
            return Ok(template);
        }
        match template.make() {
            // KVM can boot here but not clone: remember it, and do without.
            Err(error) if template.choice.accelerator == Accelerator::Kvm && error.is::<Uncloned>() => {
                accelerator::distrust_kvm(&template.emulator, &format!("{error:#}"))?;
                drop(lock);
                Self::of(template.kernel, agent)
            }
            made => made.map(|()| template),
        }
    }

    /// A template that is not in the cache, for guests that are booted.
    pub fn unbooted(kernel: Kernel, agent: &Path) -> Result<Self> {
        let emulator = qemu::find()?;
        let folder = cache::folder()?.join("templates");
        let archive = initramfs::pack(&kernel, agent, &cache::folder()?.join("busybox"), &initramfs::CHANNEL)?;
        let mut initrd = cache::nameless_file(&folder)?;
        initrd.write_all(&archive).context("write the initramfs")?;
        initrd.rewind()?;
        let choice = accelerator::choose(&emulator, &kernel.image(), &initrd)?;
        // A hardship that cannot be is refused here, before any lesson is blamed for it.
        let (threads, _) = (hardship::threads()?, hardship::slowdown()?);
        let usual = Hardware::default();
        let key = CacheKey::default()
            .bytes(choice.accelerator.to_string())
            .bytes(processor::name()?)
            .identity(&emulator)?
            .bytes(qemu::arguments(choice.accelerator, threads, "", Start::Template, &usual).join("\n"))
            .bytes(qemu::arguments(choice.accelerator, threads, "", Start::Clone, &usual).join("\n"))
            .identity(&kernel.image())?
            .bytes(&archive);
        // Software emulation shows the same processor everywhere.
        let key = match choice.accelerator {
            Accelerator::Kvm => processor::identify(key)?,
            Accelerator::Tcg => key,
        };
        let key = key.finish();
        Ok(Template { kernel, choice, key, emulator, initrd, folder })
    }

    fn path(&self, kind: &str) -> PathBuf {
        self.folder.join(format!("{}-{}.{kind}", self.kernel.name, self.key))
    }

    fn is_there(&self) -> bool {
        let length = |kind| fs::metadata(self.path(kind)).map_or(0, |metadata| metadata.len());
        length("ram") == MEMORY_MIB << 20 && length("state") > 0
    }

    /// Only one process makes templates at a time.
    fn lock(&self) -> Result<File> {
        spinner::lock(&self.folder.join("lock"), "another run that is making a template")
    }

    /// Boots a guest without the template.
    pub fn boot(&self) -> Result<Guest> {
        self.boot_with(&Hardware::default())
    }

    /// Boots a guest with this hardware. That the emulator does not know it is the user's mistake.
    pub fn boot_with(&self, hardware: &Hardware) -> Result<Guest> {
        self.refuse_old_emulator()?;
        let mut guest = self.start(Files::Boot(hardware))?;
        guest.wait_until_ready(BOOT).map_err(|error| {
            let said = format!("{error:#}");
            let refused =
                said.lines().find(|line| ["-device", "-gdb", "-m ", "-smp"].iter().any(|word| line.contains(word)));
            refused.map_or(error, |line| Mistake(line.to_string()).into())
        })?;
        guest.wake()?;
        Ok(guest)
    }

    /// A fresh guest, restored from the template. A template that cannot be restored is made anew, once.
    pub fn clone_guest(&self) -> Result<Guest> {
        self.restore().or_else(|error| {
            let _guard = self.lock()?;
            self.restore().or_else(|_| {
                eprintln!("lab: the {} template could not be restored ({error:#})", self.kernel.name);
                self.forget();
                self.make()?;
                self.restore()
            })
        })
    }

    fn restore(&self) -> Result<Guest> {
        let open = |kind| {
            let path = self.path(kind);
            File::options().read(true).write(true).open(&path).with_context(|| format!("open {}", path.display()))
        };
        let (ram, state) = (open("ram")?, open("state")?);
        let _ = ram.set_modified(SystemTime::now());
        let mut guest = self.start(Files::Clone { ram: &ram, state: &state })?;
        Qmp::open(&guest.vm().control)?.load().context("restore the template")?;
        guest.wake().context("wake the clone")?;
        Ok(guest)
    }

    fn start(&self, files: Files) -> Result<Guest> {
        let vm = Vm::start(&self.emulator, self.choice.accelerator, &self.kernel.image(), &self.initrd, files)?;
        Guest::new(vm)
    }

    /// Boots, saves and tries the template. The caller holds the lock.
    fn make(&self) -> Result<()> {
        self.refuse_old_emulator()?;
        let step =
            Step::start(&format!("booting Linux {} once, to clone it from now on (about 5 s)", self.kernel.name));
        self.delete_unused();
        let ram = cache::nameless_file(&self.folder)?;
        // Reserve the space now: a disk that fills up under a mapped file kills the emulator with SIGBUS instead.
        fallocate(&ram, FallocateFlags::empty(), 0, (MEMORY_MIB << 20) as i64)
            .with_context(|| format!("reserve {MEMORY_MIB} MiB in {}", self.folder.display()))?;
        let state = cache::nameless_file(&self.folder)?;
        let mut guest = self.start(Files::Template { ram: &ram, state: &state })?;
        let started = Instant::now();
        guest.wait_until_ready(BOOT)?;
        if self.choice.accelerator == Accelerator::Kvm {
            thread::sleep(OF_AGE.saturating_sub(started.elapsed()));
        }
        Qmp::open(&guest.vm().control).and_then(|mut qmp| qmp.save()).context(Uncloned)?;
        drop(guest);
        cache::publish(&state, &self.path("state"))?;
        cache::publish(&ram, &self.path("ram"))?;
        if let Err(error) = self.restore() {
            self.forget();
            return Err(error.context(Uncloned));
        }
        step.finish(&format!("Linux {} is ready to be cloned", self.kernel.name));
        Ok(())
    }

    /// An emulator may be older for KVM than for software emulation. A template in the cache was made by a good one.
    fn refuse_old_emulator(&self) -> Result<()> {
        let old = qemu::refuse_old(&qemu::version(&self.emulator)?, self.choice.accelerator);
        match self.choice.accelerator {
            Accelerator::Kvm => old,
            Accelerator::Tcg => old
                .with_context(|| format!("KVM is not usable ({})", self.choice.why.lines().next().unwrap_or_default())),
        }
    }

    fn forget(&self) {
        for kind in ["ram", "state"] {
            let _ = fs::remove_file(self.path(kind));
        }
    }

    fn delete_unused(&self) {
        for ram in cache::unused(&self.folder).iter().filter(|path| path.extension().is_some_and(|kind| kind == "ram"))
        {
            let _ = fs::remove_file(ram.with_extension("state"));
            let _ = fs::remove_file(ram);
        }
    }
}
