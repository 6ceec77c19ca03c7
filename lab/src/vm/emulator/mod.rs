//! One emulator process: started with everything it needs already open, so that no path, port or socket file of a VM
//! ever exists, and killed when its owner goes, whatever way it goes.

pub mod accelerator;
pub mod hardship;
pub mod pace;
pub mod processor;
pub mod qemu;
pub(super) mod qmp;

use crate::vm::{
    console::Console,
    emulator::{
        hardship::Brake,
        pace::Pace,
        qemu::{Accelerator, Hardware, Start, descriptor},
    },
};
use anyhow::{Context, Result};
use command_fds::{CommandFdExt, FdMapping};
use nix::sys::{prctl::set_pdeathsig, signal::Signal};
use std::{
    fs::File,
    io::{Read, Seek},
    os::{
        fd::OwnedFd,
        unix::{net::UnixStream, process::CommandExt},
    },
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

/// A running emulator. Dropping it kills it.
pub struct Vm {
    /// Guards the process: whether it was waited for, and its number may be another's by now.
    child: Arc<Mutex<Child>>,
    id: u32,
    /// The kernel log.
    pub console: Console,
    /// The agent's port.
    pub port: UnixStream,
    /// The emulator's control protocol.
    pub control: UnixStream,
    /// How much time its guest gets.
    pub pace: Pace,
    brake: Option<Brake>,
    errors: File,
}

/// Ends an emulator from any thread. Its owner sees that it has gone.
pub struct Killer(Weak<Mutex<Child>>);

impl Killer {
    /// Ends it, unless it has ended.
    pub fn kill(&self) {
        if let Some(child) = self.0.upgrade() {
            let _ = child.lock().unwrap_or_else(PoisonError::into_inner).kill();
        }
    }
}

/// How many lines of a lost VM's console its obituary quotes.
const LAST_WORDS: usize = 25;

/// The files a VM starts from.
pub enum Files<'a> {
    /// It boots, with this hardware.
    Boot(&'a Hardware),
    /// It boots, its RAM is `ram`, and its devices' state can be saved to `state`.
    Template { ram: &'a File, state: &'a File },
    /// It starts from both and changes neither.
    Clone { ram: &'a File, state: &'a File },
}

impl Vm {
    /// Starts `qemu`. The VM dies with the calling *thread* (prctl(2), `PR_SET_PDEATHSIG`), so call it from one that
    /// lives as long as the VM is wanted.
    pub fn start(qemu: &Path, accelerator: Accelerator, kernel: &Path, initrd: &File, files: Files) -> Result<Self> {
        let (console, console_far) = UnixStream::pair()?;
        let (port, port_far) = UnixStream::pair()?;
        let (control, control_far) = UnixStream::pair()?;
        let mut mappings = vec![
            mapping(console_far, descriptor::CONSOLE),
            mapping(port_far, descriptor::AGENT),
            mapping(control_far, descriptor::CONTROL),
            mapping(initrd.try_clone()?, descriptor::INITRD),
        ];
        let usual = Hardware::default();
        let (start, hardware) = match files {
            Files::Boot(hardware) => (Start::Boot, hardware),
            Files::Template { .. } => (Start::Template, &usual),
            Files::Clone { .. } => (Start::Clone, &usual),
        };
        if let Files::Template { ram, state } | Files::Clone { ram, state } = files {
            mappings.push(mapping(ram.try_clone()?, descriptor::RAM));
            mappings.push(mapping(state.try_clone()?, descriptor::STATE));
        }
        let kernel = kernel.to_str().context("the kernel's path is not UTF-8")?;
        let arguments = qemu::arguments(accelerator, hardship::threads()?, kernel, start, hardware);
        let errors = tempfile::tempfile().context("create a file for the emulator's messages")?;
        let mut command = Command::new(qemu);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors.try_clone()?);
        // A group of its own: Ctrl-C at the terminal is for the tool, and the tool's end is the emulator's.
        command.process_group(0).fd_mappings(mappings)?;
        let owner = std::process::id();
        // SAFETY: prctl(2) and getppid(2) are async-signal-safe.
        unsafe {
            command.pre_exec(move || {
                set_pdeathsig(Signal::SIGKILL)?;
                // The owner may have died before the line above.
                if nix::unistd::getppid().as_raw() as u32 != owner {
                    return Err(std::io::Error::other("the owner has gone"));
                }
                Ok(())
            })
        };
        let child = command.spawn().with_context(|| format!("start {}", qemu.display()))?;
        let id = child.id();
        let (pace, child) = (Pace::of(id), Arc::new(Mutex::new(child)));
        let mut vm = Vm { child, id, console: Console::collect(console), port, control, pace, brake: None, errors };
        vm.brake = hardship::slow_down(vm.id(), &vm.pace)?;
        Ok(vm)
    }

    /// The emulator's process.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// What ends it from another thread.
    pub fn killer(&self) -> Killer {
        Killer(Arc::downgrade(&self.child))
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the VM is gone, as far as anyone can tell: how the emulator ended and what it said last.
    pub fn obituary(&mut self) -> String {
        self.brake = None;
        self.console.wait_for_end(std::time::Duration::from_secs(2));
        let mut text = match self.child().try_wait() {
            Ok(Some(status)) => format!("the emulator ended ({status})"),
            _ => "the emulator closed its port".to_string(),
        };
        let mut said = String::new();
        if self.errors.rewind().and_then(|()| self.errors.read_to_string(&mut said)).is_ok() && !said.trim().is_empty()
        {
            text += &format!(", saying: {}", said.trim());
        }
        // A kernel that panicked said why on its console.
        let log = self.console.text();
        let last: Vec<&str> = log.lines().rev().take(LAST_WORDS).collect();
        if !last.is_empty() {
            text += "\nits kernel's last words:";
            last.iter().rev().for_each(|line| text += &format!("\n  {line}"));
        }
        text
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        self.brake = None;
        let mut child = self.child();
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn mapping(ours: impl Into<OwnedFd>, theirs: i32) -> FdMapping {
    FdMapping { parent_fd: ours.into(), child_fd: theirs }
}
