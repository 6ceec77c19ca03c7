//! The template: a guest that was booted once, stopped when its agent was ready, and saved. Its RAM is a file that each
//! clone maps copy-on-write, so a fresh kernel costs a twentieth of a second and only the pages that it changes.

use crate::{
    accelerator::{self, Choice},
    cache,
    guest::Guest,
    initramfs,
    kernel::Kernel,
    key::Key,
    progress::Step,
    qemu::{self, Accelerator, MEMORY_MIB, Start},
    qmp::Qmp,
    vm::{Files, Vm},
};
use anyhow::{Context, Result};
use nix::fcntl::{FallocateFlags, fallocate};
use std::{
    fs::{self, File},
    io::{Seek, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// A boot takes about 3 s under software emulation on an idle machine.
const BOOT: Duration = Duration::from_secs(60);

/// A template that nobody has cloned for this long is deleted when the next one is made.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

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
    /// The template of `kernel` with this agent as PID 1; boots it if it is not in the cache.
    pub fn of(kernel: Kernel, agent: &Path) -> Result<Self> {
        let template = Self::unbooted(kernel, agent)?;
        if template.is_there() {
            return Ok(template);
        }
        let _guard = template.lock()?;
        if template.is_there() {
            return Ok(template);
        }
        match template.make() {
            // KVM can boot here but not clone: remember it, and do without.
            Err(error) if template.choice.accelerator == Accelerator::Kvm => {
                accelerator::distrust_kvm(&template.emulator, &format!("{error:#}"))?;
                drop(_guard);
                Self::of(template.kernel, agent)
            }
            made => made.map(|()| template),
        }
    }

    /// The same without a template in the cache, for guests that are booted.
    pub fn unbooted(kernel: Kernel, agent: &Path) -> Result<Self> {
        let emulator = qemu::find()?;
        let folder = cache::folder()?.join("templates");
        let archive = initramfs::pack(&kernel, agent, &cache::folder()?.join("busybox"))?;
        let mut initrd = cache::nameless_file(&folder)?;
        initrd.write_all(&archive).context("write the initramfs")?;
        initrd.rewind()?;
        let choice = accelerator::choose(&emulator, &kernel.image(), &initrd)?;
        let key = Key::default()
            .bytes(choice.accelerator.to_string())
            .bytes(accelerator::processor()?)
            .identity(&emulator)?
            .bytes(qemu::arguments(choice.accelerator, "", Start::Template).join("\n"))
            .bytes(qemu::arguments(choice.accelerator, "", Start::Clone).join("\n"))
            .identity(&kernel.image())?
            .bytes(&archive)
            .finish();
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
        let path = self.folder.join("lock");
        let lock = File::create(&path).with_context(|| format!("open {}", path.display()))?;
        if lock.try_lock().is_err() {
            let step = Step::start("waiting for another run that is making a template");
            lock.lock().with_context(|| format!("lock {}", path.display()))?;
            step.finish("done waiting");
        }
        Ok(lock)
    }

    /// Boots a guest without the template.
    pub fn boot(&self) -> Result<Guest> {
        self.refuse_old_emulator()?;
        let mut guest = self.start(Files::Boot)?;
        guest.wait_until_ready(BOOT)?;
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
        guest.wait_until_ready(BOOT)?;
        Qmp::open(&guest.vm().control)?.save()?;
        drop(guest);
        cache::publish(&state, &self.path("state"))?;
        cache::publish(&ram, &self.path("ram"))?;
        if let Err(error) = self.restore() {
            self.forget();
            return Err(error.context("try the new template"));
        }
        step.finish(&format!("Linux {} is ready to be cloned", self.kernel.name));
        Ok(())
    }

    /// An old emulator is good enough for KVM, not for software emulation. A template in the cache was made by a good one.
    fn refuse_old_emulator(&self) -> Result<()> {
        match self.choice.accelerator {
            Accelerator::Kvm => Ok(()),
            Accelerator::Tcg => qemu::refuse_old(&qemu::version(&self.emulator)?)
                .with_context(|| format!("KVM is not usable ({})", self.choice.why.lines().next().unwrap_or_default())),
        }
    }

    fn forget(&self) {
        for kind in ["ram", "state"] {
            let _ = fs::remove_file(self.path(kind));
        }
    }

    fn delete_unused(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let age = entry
                .metadata()
                .and_then(|metadata| metadata.modified())
                .map(|time| time.elapsed().unwrap_or_default());
            if entry.path().extension().is_some_and(|kind| kind == "ram") && age.is_ok_and(|age| age > KEPT) {
                let _ = fs::remove_file(entry.path().with_extension("state"));
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}
