//! The emulator: which one, is it new enough, and with which arguments.

use crate::{programs, report::verdict::Mistake};
use anyhow::{Context, Result, bail};
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// Under software emulation, older releases mis-emulate Linux 6.12: 7.2 crashed it in 1 to 5 of 12 boots.
const OLDEST_FOR_TCG: (u32, u32) = (10, 0);

/// With KVM, older releases boot a guest but cannot save it: `file:` came with 8.2 (QAPI's `FileMigrationArgs`).
const OLDEST_FOR_KVM: (u32, u32) = (8, 2);

/// Guest memory in MiB.
pub const MEMORY_MIB: u64 = 256;

/// How the guest's instructions are carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accelerator {
    /// By the processor, through `/dev/kvm`.
    Kvm,
    /// By translation (the "tiny code generator").
    Tcg,
}

impl std::fmt::Display for Accelerator {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(match self {
            Accelerator::Kvm => "KVM",
            Accelerator::Tcg => "software emulation",
        })
    }
}

/// Finds `qemu-system-x86_64`: `$CROSSINGS_QEMU`, else on the PATH.
pub fn find() -> Result<PathBuf> {
    if let Some(path) = env::var_os("CROSSINGS_QEMU") {
        let path = PathBuf::from(path);
        if !path.exists() {
            bail!(Mistake(format!("CROSSINGS_QEMU names {}, which does not exist", path.display())));
        }
        return Ok(path);
    }
    programs::find("qemu-system-x86_64")
}

/// The version that the emulator says it is, e.g. `10.0.2`.
pub fn version(qemu: &Path) -> Result<String> {
    let output =
        Command::new(qemu).arg("--version").output().with_context(|| format!("run {} --version", qemu.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.split("version ").nth(1).and_then(|rest| rest.split_whitespace().next());
    version.map(str::to_string).with_context(|| format!("{} --version printed no version", qemu.display()))
}

/// Refuses an emulator that is too old for what it has to do.
pub fn refuse_old(version: &str, accelerator: Accelerator) -> Result<()> {
    let mut numbers = version.split('.').map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
        bail!("QEMU's version {version:?} is not a version");
    };
    match accelerator {
        Accelerator::Tcg if (major, minor) < OLDEST_FOR_TCG => bail!(
            "QEMU {version} is too old: without KVM the lab needs QEMU 10 or newer, because older releases mis-emulate \
             Linux 6.12 and crash it at random while it boots. `CROSSINGS_KVM=/nonexistent ci/setup.sh` installs one where \
             the system has it"
        ),
        Accelerator::Kvm if (major, minor) < OLDEST_FOR_KVM => bail!(
            "QEMU {version} is too old: with KVM the lab needs QEMU 8.2 or newer, because older releases cannot save a \
             guest to a file. Run `ci/setup.sh` to install one"
        ),
        _ => Ok(()),
    }
}

/// What a machine has beyond the usual, or in its place. It must boot: a template has what it was saved with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hardware {
    /// Memory in MiB.
    pub memory: Option<u64>,
    /// How many processors.
    pub processors: Option<u32>,
    /// Devices, as QEMU's option `-device` names them.
    pub devices: Vec<String>,
    /// A network card, in a network in which there is nobody else.
    pub network: bool,
    /// Where gdb can attach: a port of this machine's own.
    pub gdb: Option<u16>,
}

impl Hardware {
    /// What it adds to a command line.
    fn arguments(&self) -> Vec<String> {
        let device = |device: &String| ["-device".to_string(), device.clone()];
        let network =
            ["-netdev", "user,id=net,restrict=on", "-device", "virtio-net-pci,netdev=net"].map(str::to_string);
        let gdb = self.gdb.map(|port| ["-gdb".to_string(), format!("tcp:127.0.0.1:{port}")]);
        let devices = self.devices.iter().flat_map(device);
        devices.chain(network.into_iter().filter(|_| self.network)).chain(gdb.into_iter().flatten()).collect()
    }
}

/// How a machine begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// It boots, for one use.
    Boot,
    /// It boots with its RAM in a file, written through, to become a template.
    Template,
    /// Its RAM is a template's file, copied on write, and its devices start from the template's saved state.
    Clone,
}

/// The descriptors that an emulator inherits: three connected sockets and up to three files.
pub mod descriptor {
    /// The console, i.e. the kernel log.
    pub const CONSOLE: i32 = 3;
    /// The agent's port.
    pub const AGENT: i32 = 4;
    /// QMP, the emulator's own control protocol.
    pub const CONTROL: i32 = 5;
    /// The initramfs.
    pub const INITRD: i32 = 6;
    /// The template's RAM.
    pub const RAM: i32 = 7;
    /// The template's device state.
    pub const STATE: i32 = 8;
}

/// The emulator's command line, without its own name. `threads`, 1 or 2, emulate the processors of a clone; a guest that
/// boots has one, and KVM needs none.
pub fn arguments(accelerator: Accelerator, threads: u32, kernel: &str, start: Start, has: &Hardware) -> Vec<String> {
    let memory = has.memory.unwrap_or(MEMORY_MIB);
    let (accelerator, cpu) = match (accelerator, start) {
        // Without nested virtualisation and without performance counters, which no lesson uses and which some hosts cannot
        // save or restore. Never `migratable=off`: the guest would see an invariant TSC, and could not be saved.
        (Accelerator::Kvm, _) => ("kvm", "host,pmu=off,vmx=off,svm=off"),
        (Accelerator::Tcg, Start::Clone) if threads > 1 => ("tcg,thread=multi", "max"),
        // A kernel that boots moves its PCI devices about. In QEMU 10.0 a second thread of emulation may then still use the
        // map of before: it writes to the wrong device, and QEMU aborts. That was one boot in 200.
        (Accelerator::Tcg, _) => ("tcg,thread=single", "max"),
    };
    let file = |fd: i32| format!("/proc/self/fd/{fd}");
    let socket = |id: &str, fd: i32| format!("socket,id={id},fd={fd}");
    let backed =
        |share| format!("memory-backend-file,id=ram,size={memory}M,mem-path={},share={share}", file(descriptor::RAM));
    let ram = match start {
        Start::Boot => format!("memory-backend-ram,id=ram,size={memory}M"),
        Start::Template => backed("on"),
        Start::Clone => backed("off"),
    };
    // quiet: warnings only, until the agent turns the console up. panic=-1 and -no-reboot: a panic ends the emulator.
    // no_timer_check and tsc=reliable: on a busy host an emulated timer tick may come late, which the kernel would take for
    // broken hardware, and panic.
    let command_line = "console=ttyS0 quiet panic=-1 no_timer_check tsc=reliable";
    let mut arguments: Vec<String> = [
        ["-machine", "q35,memory-backend=ram"],
        ["-accel", accelerator],
        ["-cpu", cpu],
        ["-smp", &has.processors.unwrap_or(2).to_string()],
        ["-display", "none"],
        ["-m", &format!("{memory}M")],
        ["-object", &ram],
        ["-chardev", &socket("console", descriptor::CONSOLE)],
        ["-serial", "chardev:console"],
        ["-device", "virtio-serial-pci"],
        ["-chardev", &socket("agent", descriptor::AGENT)],
        ["-device", &format!("virtserialport,chardev=agent,name={}", agent::PORT)],
        ["-chardev", &socket("control", descriptor::CONTROL)],
        ["-mon", "chardev=control,mode=control"],
        ["-kernel", kernel],
        ["-initrd", &file(descriptor::INITRD)],
        ["-append", command_line],
    ]
    .concat()
    .into_iter()
    .chain(["-nodefaults", "-no-user-config", "-no-reboot"])
    .map(str::to_string)
    .chain(has.arguments())
    .collect();
    if start == Start::Clone {
        arguments.extend(["-incoming", "defer"].map(str::to_string));
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_emulator_is_refused_with_the_reason() {
        assert!(refuse_old("10.0.2", Accelerator::Tcg).is_ok());
        assert!(refuse_old("11.1.0", Accelerator::Tcg).is_ok());
        let refusal = refuse_old("7.2.19", Accelerator::Tcg).expect_err("7.2 is too old").to_string();
        assert!(refusal.contains("7.2.19") && refusal.contains("ci/setup.sh"), "{refusal}");
    }

    #[test]
    fn with_kvm_an_emulator_may_be_older() {
        assert!(refuse_old("8.2.2", Accelerator::Tcg).is_err());
        assert!(refuse_old("8.2.2", Accelerator::Kvm).is_ok());
        let refusal = refuse_old("8.1.5", Accelerator::Kvm).expect_err("8.1 is too old").to_string();
        assert!(refusal.contains("8.1.5") && refusal.contains("ci/setup.sh"), "{refusal}");
    }

    #[test]
    fn only_a_clone_starts_from_the_state_and_copies_ram_on_write() {
        let line = |start| arguments(Accelerator::Tcg, 2, "k", start, &Hardware::default()).join(" ");
        assert!(line(Start::Clone).contains("share=off") && line(Start::Clone).contains("-incoming defer"));
        assert!(line(Start::Template).contains("share=on") && !line(Start::Template).contains("-incoming"));
        assert!(!line(Start::Boot).contains("share="));
    }

    #[test]
    fn a_machine_has_what_is_wanted_beyond_the_usual() {
        let has = Hardware {
            memory: Some(512),
            processors: Some(4),
            devices: vec!["edu".into()],
            network: true,
            gdb: Some(1234),
        };
        let line = arguments(Accelerator::Tcg, 2, "k", Start::Boot, &has).join(" ");
        for part in ["-smp 4", "size=512M", "-m 512M", "-device edu", "restrict=on", "-gdb tcp:127.0.0.1:1234"] {
            assert!(line.contains(part), "no {part} in {line}");
        }
    }

    #[test]
    fn only_a_clone_is_emulated_by_two_threads() {
        let line = |start| arguments(Accelerator::Tcg, 2, "k", start, &Hardware::default()).join(" ");
        assert!(line(Start::Clone).contains("thread=multi"));
        assert!(line(Start::Boot).contains("thread=single") && line(Start::Template).contains("thread=single"));
        assert!(
            arguments(Accelerator::Tcg, 1, "k", Start::Clone, &Hardware::default()).join(" ").contains("thread=single")
        );
    }
}
