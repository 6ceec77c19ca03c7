//! PID 1 of the guest. It mounts what a small Linux needs, says that it is ready, and then does what the host asks
//! over the virtio-serial port: put files, start programs, feed and kill them. The same binary is also the guest's
//! `insmod` and `rmmod`, so that a module that oopses while it loads takes down that process and not PID 1.

mod module;
mod program;
mod stacks;
mod system;

use agent::{Event, Request, receive, send};
use anyhow::{Context, Result, bail};
use program::Programs;
use std::{
    fs::File,
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
    sync::{Arc, Mutex},
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let result = match arguments.get(1).map(String::as_str) {
        _ if std::process::id() == 1 => serve(),
        Some("insmod") => module::insert(&arguments[2..]),
        Some("rmmod") => module::remove(&arguments[2..]),
        _ => Err(anyhow::anyhow!("usage: agent insmod FILE [PARAMETER=VALUE…] | agent rmmod NAME")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The channel's writing half, shared by all threads that have something to tell the host; the lock keeps frames whole.
type Host = Arc<Mutex<File>>;

/// Sends an event. The channel can only fail when the host has gone, and then this machine goes with it.
fn tell(host: &Host, event: &Event) {
    if let Ok(mut port) = host.lock() {
        let _ = send(&mut *port, event);
    }
}

fn serve() -> Result<()> {
    system::mount_all()?;
    system::configure()?;
    system::hold_tracepoints()?;
    module::insert_listed("/lib/boot.list")?;
    let mut port = system::port().context("open the port to the host")?;
    let host: Host = Arc::new(Mutex::new(port.try_clone()?));
    let programs = Programs::new(host.clone());
    tell(&host, &Event::Ready);
    loop {
        let request = receive(&mut port).context("read the host's request")?;
        match carry_out(request, &programs) {
            Ok(Some(event)) => tell(&host, &event),
            Ok(None) => {}
            Err(error) => tell(&host, &Event::Failed { why: format!("{error:#}") }),
        }
    }
}

/// Carries out one request; returns the event that answers it, if it wants an answer now.
fn carry_out(request: Request, programs: &Programs) -> Result<Option<Event>> {
    match request {
        Request::Wake { clock, entropy } => {
            system::set_clock(clock)?;
            system::stir_random_pool(&entropy)?;
        }
        Request::Put { path, mode, bytes } => system::put(&path, mode, &bytes)?,
        Request::Log { line } => std::fs::write("/dev/kmsg", format!("<6>{line}\n")).context("write /dev/kmsg")?,
        Request::Sysrq { key } => {
            std::fs::write("/proc/sysrq-trigger", key.to_string()).context("write /proc/sysrq-trigger")?
        }
        Request::Stacks { program } => return Ok(Some(Event::Stacks { text: stacks::of(&program) })),
        Request::Spawn { id, argv, env, terminal } => {
            let [program, arguments @ ..] = argv.as_slice() else { bail!("spawn: no program given") };
            let mut command = Command::new(program);
            command.args(arguments).envs(env).current_dir("/root").arg0(program);
            programs.spawn(id, command, terminal).with_context(|| format!("start {program}"))?;
            return Ok(None);
        }
        Request::Input { id, bytes } => return programs.input(id, &bytes).map(|()| None),
        Request::Resize { id, size } => return programs.resize(id, size).map(|()| None),
        Request::Kill { id, signal } => return programs.kill(id, signal).map(|()| None),
    }
    Ok(Some(Event::Done))
}
