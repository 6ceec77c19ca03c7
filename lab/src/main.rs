//! `cargo lab`: runs the course's lessons on real Linux kernels, each in a small virtual machine that is cloned from a
//! booted template and thrown away afterwards.
//!
//! From the ground up: [`vm`] is the machine, [`build`] what is compiled for it, [`lessons`] what runs in it, [`trial`] what of
//! a reader's own does, [`provision`] which kernels of theirs there are; exercises, figures, notebooks and the book stand on these; [`serve`] shows the book, [`site`] lets it run
//! in a browser, and what makes and changes all parts, [`authors`], comes last. No module uses one that comes later in this
//! list.

mod authors;
mod bench;
mod book;
mod build;
mod cache;
mod cache_key;
mod course;
mod doctor;
mod exec;
mod exercises;
mod figures;
mod lessons;
mod notebooks;
mod programs;
mod provision;
mod report;
mod serve;
mod site;
mod trial;
mod vm;
mod watch;

use clap::{Parser, Subcommand};
use nix::sys::signal::{SigHandler, Signal};
use std::process::ExitCode;

/// Runs the course's lessons on real Linux kernels in small virtual machines.
///
/// Every run gets a fresh kernel: nothing that a lesson or a module does can reach your machine.
///
/// Exit codes: 0 everything matched; 1 a lesson, an exercise or a module is at fault; 2 the command line is; 69 the lab
/// itself broke.
#[derive(Parser)]
#[command(name = "cargo lab", bin_name = "cargo lab", max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What learners use.
#[derive(Subcommand)]
enum Command {
    /// Run lessons and compare what they print with what is expected
    Run(lessons::run::Options),
    /// Serve the book, and run its lessons behind it
    Serve(serve::Options),
    /// Open a shell in a fresh guest
    Shell(lessons::shell::Options),
    /// Run a program of your own on a fresh kernel, as root, as if it ran here
    ///
    /// It may be an executable (its libraries go along), a script, a source in C, or a command of the guest's. What it reads and
    /// writes, the terminal, signals and the exit code are the program's own. If it succeeds and the kernel has reported trouble,
    /// the exit code is 1. `cargo lab log exec` shows the kernel's whole log.
    ///
    /// The options come before the program; all that follows it is the program's.
    ///
    /// Examples:
    ///
    ///   cargo lab exec --kernel 6.1 uname -r
    ///
    ///   cargo lab exec --with loop --put disk.img ./target/debug/mount-it disk.img
    ///
    ///   CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER='lab exec' cargo test
    Exec(exec::Options),
    /// Try a module of your own: build it with its own make, load, use and unload it, and see what it leaves behind
    ///
    /// The module is built by its folder's own make, or as its dkms.conf says, in a copy: your folder is never written to.
    /// Its Makefile finds the lab's kernel whichever way it asks (uname -r, /lib/modules/…/build, KDIR, KVER). Then a fresh
    /// guest loads and unloads it three times. Between the first load and unload runs what --run names. In the end the module
    /// is clean if nothing of it is registered, running, pending or allocated any more, and the kernel's log has no complaint.
    ///
    /// Exit codes: 0 all is well; 1 the module is at fault; 2 the command line is; 69 the lab itself broke; else that of the
    /// program that --run names. `cargo lab log try` shows the kernel's whole log.
    ///
    /// Examples:
    ///
    ///   cargo lab try ~/driver --kernel all
    ///
    ///   cargo lab try ~/driver --make DEBUG=1 --param debug=1 --put data.bin --run ./test.sh
    ///
    ///   cargo lab try provider user.ko --with loop --watch
    Try(Box<trial::Command>),
    /// Check a module of your own by all that the lab has: checkpatch, sparse, and `try --hostile` on all kernels
    ///
    /// The kernel's own checkers read the source: checkpatch its style, sparse its pointers, endianness and locks. Then the module
    /// is built, loaded, attacked and unloaded on each kernel that there is; on 6.12-debug, KASAN, lockdep and others watch. The
    /// last thing said is a table of all of it.
    ///
    /// Before the first time: ci/setup.sh --test, which brings the checkers and all five kernels.
    ///
    /// Exit codes are those of `try`; what a checker finds is the module's fault too.
    ///
    /// Examples:
    ///
    ///   cargo lab check ~/driver
    ///
    ///   cargo lab check ~/driver --kernel 6.12-debug --put data.bin --run ./test.sh
    Check(Box<trial::check::Command>),
    /// Show the kernel log of the last run
    Log {
        /// Lesson whose last run is meant
        slug: Option<String>,
    },
    /// Do exercises: shows one, watches your copy of it, and checks it whenever you save
    ///
    /// Your copies are in `learn`. With clangd and rust-analyzer an editor shows mistakes while you type: run
    /// `cargo lab editor` once, then open the checkout in VS Code, or `learn` in any other editor.
    Learn(exercises::learn::Options),
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
    /// Let your editor understand the code: prepares it for clangd and rust-analyzer
    ///
    /// Builds all modules and notes how, for Linux 6.12, and makes a package of the exercises that you have begun. Run it
    /// once; `run`, `learn` and `verify` then keep it up to date, and `try --editor` does it for a module of your own.
    Editor,
    /// Open the notebooks in JupyterLab, or run another program of Jupyter's with the kernel "Rust (lab)"
    Jupyter(notebooks::jupyter::Options),
    /// Build the book as a site, whose pages run the lessons in the reader's browser
    ///
    /// The site is a folder of static files for any web server, at any path of it; nothing of ours runs behind them. What a page
    /// runs, it runs on a real Linux 6.1 for 32-bit PCs, in an emulator that the reader's own browser executes: the chapter's
    /// module is loaded and its program started, as the lab does it here, and what is printed is compared. A page fetches the
    /// kernel, which has booted already, at the first run; the book is read without it. The whole book is there as crossings.pdf
    /// and crossings.epub, too.
    ///
    /// Before the first time: ci/setup.sh --site
    ///
    /// Examples:
    ///
    ///   cargo lab site
    ///
    ///   cargo lab site --to /srv/www/crossings --at ADDRESS
    ///
    ///   python3 -m http.server --directory target/site
    Site(site::publish::Options),
    /// List the kernels that lessons and modules run on, or add one of your own
    #[command(subcommand)]
    Kernel(provision::Options),
    /// Say what this machine has and lacks of what the course needs
    Doctor(doctor::Options),
    /// What authors of the course use
    #[command(subcommand)]
    Dev(Dev),
}

/// What authors use.
#[derive(Subcommand)]
enum Dev {
    /// Make the skeleton of a chapter or of an exercise, which runs and passes before you change anything
    #[command(subcommand)]
    New(authors::new::Part),
    /// Take an exercise apart into whole files to edit: starter, solution and wrong ones; --save puts them back
    Exercise(authors::exercise::Options),
    /// Accept what lessons print now as what is expected of them
    Bless {
        /// Lessons; all of them if none is named
        slugs: Vec<String>,
    },
    /// Check the course's rules and the built book, without running a lesson
    Lint,
    /// Print a lesson's output as the book shows it: the last that was right, or the stored one
    Output(book::output::Options),
    /// Prepare the pages for mdBook, which starts this
    #[command(hide = true)]
    Preprocess(book::preprocess::Options),
    /// Load modules many times, throw nonsense at them, and repeat lessons
    Soak(lessons::soak::Options),
    /// Prove the exercises: starters fail, solutions pass, wrong solutions are refused
    Prove(exercises::prove::Options),
    /// Run the notebooks from scratch and compare what their cells print with what is stored
    Notebooks(notebooks::run::Options),
    /// Measure what every crossing costs on this machine, and redraw the book's figures (about a minute)
    Measure(figures::measure::Options),
    /// Draw the book's pictures of what the lessons recorded and of what was measured last
    Draw,
    /// Draw what `ci/record.py` has recorded in a terminal
    Recording(figures::recording::Options),
    /// Run chapters on the kernel that runs in a browser, and compare what they print there
    Site(site::check::Options),
    /// Measure the figures in CONTRIBUTING.md (a few minutes)
    Bench,
    /// Run a notebook's cells in a fresh guest; its kernel starts this
    #[command(hide = true)]
    Relay,
}

fn main() -> ExitCode {
    // `cargo lab … | head` ends the tool as it ends any other; that a VM is lost shows at its socket, which never signals.
    // SAFETY: no handler is installed, and no other thread runs yet.
    let _ = unsafe { nix::sys::signal::signal(Signal::SIGPIPE, SigHandler::SigDfl) };
    let result = match Arguments::parse().command {
        Command::Run(options) => lessons::run::command(&options),
        Command::Serve(options) => serve::command(&options),
        Command::Shell(options) => lessons::shell::command(&options),
        Command::Exec(options) => exec::command(&options),
        Command::Try(options) => trial::command(&options),
        Command::Check(options) => trial::check::command(&options),
        Command::Log { slug } => lessons::log::command(slug.as_deref()),
        Command::Learn(options) => exercises::learn::command(&options),
        Command::Verify { exercises } => exercises::verify::command(&exercises),
        Command::Hint { exercise } => exercises::verify::hint(exercise.as_deref()),
        Command::Reset { exercise } => exercises::verify::reset(&exercise),
        Command::Progress => exercises::verify::progress(),
        Command::Editor => exercises::editor::command(),
        Command::Jupyter(options) => notebooks::jupyter::command(&options),
        Command::Site(options) => site::publish::command(&options),
        Command::Kernel(options) => provision::command(&options),
        Command::Doctor(options) => doctor::command(&options),
        Command::Dev(Dev::New(part)) => authors::new::command(&part),
        Command::Dev(Dev::Exercise(options)) => authors::exercise::command(&options),
        Command::Dev(Dev::Bless { slugs }) => lessons::run::bless(&slugs),
        Command::Dev(Dev::Lint) => book::lint::command(),
        Command::Dev(Dev::Output(options)) => book::output::command(&options),
        Command::Dev(Dev::Preprocess(options)) => book::preprocess::command(&options),
        Command::Dev(Dev::Soak(options)) => lessons::soak::command(&options),
        Command::Dev(Dev::Prove(options)) => exercises::prove::command(&options),
        Command::Dev(Dev::Notebooks(options)) => notebooks::run::command(&options),
        Command::Dev(Dev::Measure(options)) => figures::measure::command(&options),
        Command::Dev(Dev::Draw) => figures::pictures::command(),
        Command::Dev(Dev::Recording(options)) => figures::recording::command(&options),
        Command::Dev(Dev::Site(options)) => site::check::command(&options),
        Command::Dev(Dev::Bench) => bench::command(),
        Command::Dev(Dev::Relay) => notebooks::relay::command(),
    };
    result.unwrap_or_else(|error| {
        eprintln!("lab: {error:#}");
        report::verdict::exit_code_of(&error)
    })
}
