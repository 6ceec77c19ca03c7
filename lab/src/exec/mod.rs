//! `cargo lab exec`: a program of the user's on a fresh kernel, as if it ran here.

pub mod files;
pub mod program;

use crate::{
    build,
    lessons::{lesson, log, shell},
    report::verdict::{Fault, Lost, Mistake},
    vm::{
        channel::Spawn,
        kernels::{self, DEFAULT},
    },
};
use agent::Exit;
use anyhow::{Result, bail};
use program::Program;
use std::process::ExitCode;

/// What to run, and on what.
#[derive(clap::Args)]
pub struct Options {
    /// Kernel to run it on
    #[arg(long, value_name = "K", default_value = DEFAULT, value_parser = kernels::one())]
    kernel: String,
    /// Load a module of the stock kernel first, with what it depends on
    #[arg(long = "with", value_name = "MODULE", value_delimiter = ',')]
    stock: Vec<String>,
    /// Put a file or folder into the guest, into /root or where it says; may be given more than once
    #[arg(long, value_name = "FILE[:PATH]")]
    put: Vec<String>,
    /// Set a variable of its environment; may be given more than once
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// Program, script or source in C of yours, or command of the guest's, and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "PROGRAM [ARGUMENT…]")]
    program: Vec<String>,
}

/// Runs the command. Its exit code is the program's.
pub fn command(options: &Options) -> Result<ExitCode> {
    let program = Program::of(&options.program)?;
    let mut env = Vec::new();
    for variable in &options.env {
        let Some(variable) = variable.split_once('=') else {
            bail!(Mistake(format!("--env {variable}: it wants NAME=VALUE")))
        };
        env.push(variable);
    }
    let template = build::template(&options.kernel)?;
    let names: Vec<&str> = options.stock.iter().map(String::as_str).collect();
    let stock = template.kernel.modules(&names).map_err(|error| Mistake(format!("{error:#}")))?;
    let mut guest = template.clone_guest()?;
    if !stock.is_empty() {
        lesson::load_missing(&mut guest, stock)?;
    }
    files::put_all(&mut guest, &options.put)?;
    program.install(&mut guest)?;
    let argv: Vec<&str> = program.argv.iter().map(String::as_str).collect();
    let outcome = shell::converse(&mut guest, |guest, terminal, kind| {
        let env = [&[("TERM", kind)], env.as_slice()].concat();
        guest.spawn(Spawn { argv: &argv, env: &env, terminal, ..Spawn::default() })
    });
    let text = guest.settled_log().unwrap_or_else(|_| guest.log());
    log::keep_of_own("exec", &options.kernel, &text)?;
    let trouble = lesson::excerpt(&text).map(|trouble| format!("the kernel reported trouble\n{trouble}"));
    match (outcome, trouble) {
        (Ok(Exit::Code(0)), Some(trouble)) => bail!(Fault(trouble)),
        (Err(error), Some(trouble)) if error.downcast_ref::<Lost>().is_some_and(|lost| lost.panicked) => {
            bail!(Fault(trouble))
        }
        (outcome, trouble) => {
            let exit = outcome?;
            if let Some(trouble) = trouble {
                eprintln!("lab: {trouble}");
            }
            Ok(shell::exit_code(exit))
        }
    }
}
