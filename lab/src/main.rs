//! `cargo lab`: runs the course's lessons on real Linux kernels, each in a small virtual machine that is cloned from a
//! booted template in a twentieth of a second and thrown away afterwards.
//!
//! Read in this order: [`vm`] is an emulator process, [`guest`] what can be asked of it, [`template`] where it comes
//! from, [`lesson`] and [`scene`] what runs in it, [`stage`] many of them; each command is a file of its own name.

mod accelerator;
mod attempt;
mod bench;
mod cache;
mod cargo;
mod chart;
mod check;
mod compare;
mod console;
mod course;
mod diff;
mod doctor;
mod exercise;
mod guest;
mod initramfs;
mod jupyter;
mod kernel;
mod key;
mod labs;
mod learn;
mod learner;
mod lesson;
mod log;
mod measure;
mod measured;
mod module;
mod needs;
mod notebook;
mod notebooks;
mod oops;
mod output;
mod page;
mod progress;
mod qemu;
mod qmp;
mod relay;
mod report;
mod run;
mod scene;
mod shell;
mod soak;
mod source;
mod spelling;
mod stage;
mod table;
mod template;
mod trial;
mod verdict;
mod verify;
mod vm;

use clap::{Parser, Subcommand};
use nix::sys::signal::{SigHandler, Signal};
use std::process::ExitCode;

/// Runs the course's lessons on real Linux kernels in small virtual machines.
///
/// Every run gets a fresh kernel: nothing that a lesson or a module does can reach your machine.
///
/// Exit codes: 0 everything matched; 1 a lesson or module is at fault; 69 the lab itself broke.
#[derive(Parser)]
#[command(name = "cargo lab", bin_name = "cargo lab", max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run lessons and compare what they print with what is expected
    Run(run::Options),
    /// Open a shell in a fresh guest
    Shell(shell::Options),
    /// Build, load and unload somebody else's module in a fresh guest
    Try(trial::Options),
    /// Show the kernel log of the last run
    Log {
        /// Lesson whose last run is meant
        slug: Option<String>,
    },
    /// Print a lesson's verified output, running the lesson if anything about it changed
    Output(output::Options),
    /// Load modules many times, throw nonsense at them, and repeat lessons
    Soak(soak::Options),
    /// Prove the exercises: starters fail, solutions pass, wrong solutions are refused
    Labs(labs::Options),
    /// Run the notebooks from scratch and compare what their cells print with what is stored
    Notebooks(notebooks::Options),
    /// Open the notebooks in JupyterLab, or run another program of Jupyter's with the kernel "Rust (lab)"
    Jupyter(jupyter::Options),
    /// Accept what lessons print now as what is expected of them
    Bless {
        /// Lessons; all of them if none is named
        slugs: Vec<String>,
    },
    /// Check the course's rules and the built book, without running a lesson
    Check,
    /// Say what this machine has and lacks of what the course needs
    Doctor,
    /// Measure what every crossing costs on this machine, and redraw the book's figures (about a minute)
    Measure(measure::Options),
    /// Measure the figures in CONTRIBUTING.md (a few minutes)
    Bench,
    /// Do exercises: shows one, watches your copy of it, and checks it whenever you save
    Learn(learn::Options),
    /// Check your copy of exercises once
    Verify {
        /// Exercises, as SLUG/NAME, or SLUG for all you have begun of a lesson; the one at hand if none is named
        exercises: Vec<String>,
    },
    /// Show one more hint for an exercise
    Hint {
        /// Exercise, as SLUG/NAME; the one at hand if none is named
        exercise: Option<String>,
    },
    /// Begin an exercise anew; what you had stays beside it
    Reset {
        /// Exercise, as SLUG/NAME
        exercise: String,
    },
    /// List all exercises, and which of them you have passed
    Progress,
    /// Run a notebook's cells in a fresh guest; its kernel starts this
    #[command(hide = true)]
    Relay,
}

fn main() -> ExitCode {
    // `cargo lab … | head` ends the tool as it ends any other; a lost VM is told by its socket, which never signals.
    // SAFETY: no handler is installed, and no other thread runs yet.
    let _ = unsafe { nix::sys::signal::signal(Signal::SIGPIPE, SigHandler::SigDfl) };
    let result = match Arguments::parse().command {
        Command::Run(options) => run::command(&options),
        Command::Shell(options) => shell::command(&options),
        Command::Try(options) => trial::command(&options),
        Command::Log { slug } => log::command(slug.as_deref()),
        Command::Output(options) => output::command(&options),
        Command::Soak(options) => soak::command(&options),
        Command::Labs(options) => labs::command(&options),
        Command::Notebooks(options) => notebooks::command(&options),
        Command::Jupyter(options) => jupyter::command(&options),
        Command::Bless { slugs } => run::bless(&slugs),
        Command::Check => check::command(),
        Command::Doctor => doctor::command(),
        Command::Measure(options) => measure::command(&options),
        Command::Bench => bench::command(),
        Command::Learn(options) => learn::command(&options),
        Command::Verify { exercises } => verify::command(&exercises),
        Command::Hint { exercise } => verify::hint(exercise.as_deref()),
        Command::Reset { exercise } => verify::reset(&exercise),
        Command::Progress => verify::progress(),
        Command::Relay => relay::command(),
    };
    result.unwrap_or_else(|error| {
        eprintln!("lab: {error:#}");
        verdict::exit_code_of(&error)
    })
}
