//! The emulator: which one, is it new enough, and with which arguments.

use anyhow::{Context, Result, bail, ensure};
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// Under software emulation, older releases mis-emulate Linux 6.12: 7.2 crashed it in 1 to 5 of 12 boots.
pub const OLDEST_FOR_TCG: u32 = 10;

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
        ensure!(path.exists(), "CROSSINGS_QEMU names {}, which does not exist", path.display());
        return Ok(path);
    }
    env::split_paths(&env::var_os("PATH").unwrap_or_default())
        .map(|folder| folder.join("qemu-system-x86_64"))
        .find(|path| path.is_file())
        .context("qemu-system-x86_64 is not installed: run `ci/setup.sh`")
}

/// The version that the emulator says it is, e.g. `10.0.2`.
pub fn version(qemu: &Path) -> Result<String> {
    let output =
        Command::new(qemu).arg("--version").output().with_context(|| format!("run {} --version", qemu.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.split("version ").nth(1).and_then(|rest| rest.split_whitespace().next());
    version.map(str::to_string).with_context(|| format!("{} --version printed no version", qemu.display()))
}

/// Refuses an emulator that is too old for software emulation.
pub fn refuse_old(version: &str) -> Result<()> {
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= OLDEST_FOR_TCG => Ok(()),
        Some(_) => bail!(
            "QEMU {version} is too old: without KVM the lab needs QEMU {OLDEST_FOR_TCG} or newer, because older \
             releases mis-emulate Linux 6.12 and crash it at random while it boots. Run `ci/setup.sh` to install one"
        ),
        None => bail!("QEMU's version {version:?} is not a version"),
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

/// The emulator's command line, without its own name.
pub fn arguments(accelerator: Accelerator, kernel: &str, start: Start) -> Vec<String> {
    let (accelerator, cpu) = match (accelerator, start) {
        (Accelerator::Kvm, _) => ("kvm", "host"),
        (Accelerator::Tcg, Start::Clone) => ("tcg,thread=multi", "max"),
        // A kernel that boots moves its PCI devices about. In QEMU 10.0 a second thread of emulation may then still use the
        // map of before: it writes to the wrong device, and QEMU aborts. That was one boot in 200.
        (Accelerator::Tcg, Start::Boot | Start::Template) => ("tcg,thread=single", "max"),
    };
    let file = |fd: i32| format!("/proc/self/fd/{fd}");
    let socket = |id: &str, fd: i32| format!("socket,id={id},fd={fd}");
    let backed = |share| {
        format!("memory-backend-file,id=ram,size={MEMORY_MIB}M,mem-path={},share={share}", file(descriptor::RAM))
    };
    let ram = match start {
        Start::Boot => format!("memory-backend-ram,id=ram,size={MEMORY_MIB}M"),
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
        ["-smp", "2"],
        ["-display", "none"],
        ["-m", &format!("{MEMORY_MIB}M")],
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
        assert!(refuse_old("10.0.2").is_ok());
        assert!(refuse_old("11.1.0").is_ok());
        let refusal = refuse_old("7.2.19").expect_err("7.2 is too old").to_string();
        assert!(refusal.contains("7.2.19") && refusal.contains("ci/setup.sh"), "{refusal}");
    }

    #[test]
    fn only_a_clone_starts_from_the_state_and_copies_ram_on_write() {
        let line = |start| arguments(Accelerator::Tcg, "k", start).join(" ");
        assert!(line(Start::Clone).contains("share=off") && line(Start::Clone).contains("-incoming defer"));
        assert!(line(Start::Template).contains("share=on") && !line(Start::Template).contains("-incoming"));
        assert!(!line(Start::Boot).contains("share="));
    }

    #[test]
    fn only_a_clone_is_emulated_by_two_threads() {
        let line = |start| arguments(Accelerator::Tcg, "k", start).join(" ");
        assert!(line(Start::Clone).contains("thread=multi"));
        assert!(line(Start::Boot).contains("thread=single") && line(Start::Template).contains("thread=single"));
    }
}
