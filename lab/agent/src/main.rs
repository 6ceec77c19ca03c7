//! PID 1 of the guest. It mounts what a small Linux needs, says that it is ready, and then does what the host asks
//! over the virtio-serial port: put files, start programs, feed and kill them. One thread takes the host's calls, and nothing
//! that it does waits for a program; what does wait, a program's input and output, has threads of its own. The same binary
//! is also the guest's `insmod` and `rmmod`, so that a module that oopses while it loads takes down that process and not
//! PID 1; and what throws nonsense at a module's files.

mod channel;
mod hostile;
mod input;
mod module;
mod program;
mod stacks;
mod survey;
mod system;
mod watch;

use agent::{Answer, Call, Request, receive};
use anyhow::{Context, Result, bail};
use channel::Channel;
use program::Programs;
use std::{
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let result = match arguments.get(1).map(String::as_str) {
        _ if std::process::id() == 1 => serve(),
        Some("insmod") => module::insert(&arguments[2..]),
        Some("rmmod") => module::remove(&arguments[2..]),
        Some("survey") => survey::print(),
        Some("hostile") => hostile::attack(&arguments[2..]),
        _ => Err(anyhow::anyhow!(
            "usage: agent insmod FILE [PARAMETER=VALUE…] | agent rmmod NAME | agent survey | agent hostile SECONDS SEED \
             PATH…|0xREQUEST…"
        )),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<()> {
    system::mount_all()?;
    system::configure()?;
    system::hold_tracepoints()?;
    module::insert_listed("/lib/boot.list")?;
    let mut port = system::port().context("open the port to the host")?;
    let channel = Channel::new(port.try_clone()?);
    let programs = Programs::new(channel.clone());
    channel.ready();
    loop {
        let Call { id, request } = receive(&mut port).context("read the host's call")?;
        match carry_out(id, request, &programs) {
            Ok(Some(answer)) => channel.answer(id, answer),
            Ok(None) => {}
            Err(error) => channel.answer(id, Answer::Failed { why: format!("{error:#}") }),
        }
    }
}

/// Carries out a call; returns its answer, or none for input, which is answered when the program has taken it. Fails with
/// what the host is to be told.
fn carry_out(id: u32, request: Request, programs: &Programs) -> Result<Option<Answer>> {
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
        Request::Threads { program } => return Ok(Some(Answer::Threads(stacks::of(&program)))),
        Request::Spawn { argv, env, terminal, aside, watched } => {
            let [program, arguments @ ..] = argv.as_slice() else { bail!("spawn: no program given") };
            let mut command = Command::new(program);
            command.args(arguments).envs(env).current_dir("/root").arg0(program);
            programs.spawn(id, command, terminal, aside, watched).with_context(|| format!("start {program}"))?;
        }
        Request::Input { program, bytes } if bytes.is_empty() => programs.end_input(program),
        Request::Input { program, bytes } => {
            if programs.input(program, id, bytes)? {
                return Ok(None);
            }
        }
        Request::Resize { program, size } => programs.resize(program, size)?,
        Request::Kill { program, signal } => programs.kill(program, signal)?,
    }
    Ok(Some(Answer::Done))
}
