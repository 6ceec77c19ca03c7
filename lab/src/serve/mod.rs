//! `cargo lab serve`: the book, read at once and checked behind it. It is served from stored outputs while the lessons run;
//! each page is told what is known of its outputs, and whatever changes in the course is noticed. A reader who came by the
//! address that the terminal was told runs them on the page, too.

mod checks;
mod exercise;
mod http;
mod learner;
mod pages;
mod permission;
mod run;
mod shell;
mod socket;
mod state;

use crate::{
    course::Course,
    lessons::kept::Kept,
    report::{parallel, spinner::Step, verdict::Mistake},
    watch::Changes,
};
use anyhow::{Context, Result, bail};
use exercise::Exercises;
use http::Book;
use pages::Pages;
use permission::Permission;
use run::{Runs, queue::Queue};
use shell::Shells;
use state::State;
use std::{
    io::ErrorKind,
    net::{Ipv4Addr, TcpListener},
    process::ExitCode,
    sync::Arc,
    thread,
};

/// Where to serve.
#[derive(clap::Args)]
pub struct Options {
    /// Port of 127.0.0.1 to serve the book at
    #[arg(long, env = "PORT", default_value_t = 3000)]
    port: u16,
    /// Run no lessons behind it, for who only reads
    #[arg(long)]
    unchecked: bool,
}

/// Runs the command: builds the book, serves it, and checks the lessons, until Ctrl-C.
pub fn command(options: &Options) -> Result<ExitCode> {
    let course = Course::find()?;
    let listener = listen(options.port)?;
    let address = listener.local_addr().context("find the server's address")?;
    let step = Step::start("build the book");
    let pages = Arc::new(Pages::build(&course)?);
    drop(step);
    let state = Arc::new(State::new(&course, !options.unchecked)?);
    let kept = Arc::new(Kept::new(&course));
    // As many run at a time as there are processors, whatever they are.
    let queue = Queue::new(parallel::jobs(None));
    let (told, follower) = tokio::sync::watch::channel(());
    let runs = Arc::new(Runs::new(&course, kept.clone(), queue.clone()));
    let exercises = Arc::new(Exercises::new(&course, kept.clone(), queue, follower));
    let shells = Arc::new(Shells::new(&course, kept));
    let permission = Arc::new(Permission::new(address.port())?);
    // With the token, which nobody but the reader of this terminal may know.
    anstream::println!("The book is at http://localhost:{}{} (Ctrl-C ends it).", address.port(), permission.address());
    // It watches for as long as the book is served.
    let changes = Changes::of_course(&course)?;
    let (rebuilt, checked, counted) = (changes.listener(), changes.listener(), changes.listener());
    {
        let (course, pages, state) = (course.clone(), pages.clone(), state.clone());
        thread::spawn(move || pages.keep(&course, &rebuilt, &state));
    }
    {
        let (course, state) = (course.clone(), state.clone());
        thread::spawn(move || learner::keep_with_course(&course, &counted, &state));
    }
    {
        let (course, state) = (course.clone(), state.clone());
        thread::spawn(move || {
            if let Err(error) = learner::keep(&course, &state, &told) {
                eprintln!("lab: what changes in the learner's folder is not noticed: {error:#}");
            }
        });
    }
    if !options.unchecked {
        let state = state.clone();
        thread::spawn(move || checks::keep(&course, &checked, &state));
    }
    http::serve(listener, Book { pages, state, runs, shells, exercises, permission })?;
    Ok(ExitCode::SUCCESS)
}

/// Only this machine can reach the book.
fn listen(port: u16) -> Result<TcpListener> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(Mistake(format!(
            "port {port} is in use, perhaps by another `cargo lab serve`: `cargo lab serve --port {}`",
            port.saturating_add(1)
        ))),
        Err(error) => Err(error).with_context(|| format!("listen at port {port}")),
    }
}
