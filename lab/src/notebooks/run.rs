//! `cargo lab dev notebooks`: runs the notebooks from scratch, each in a fresh kernel, through a real Jupyter client, and compares
//! what every cell prints with what is stored.

use crate::{
    build,
    course::Course,
    lessons::verified,
    notebooks::{
        jupyter::{self, Jupyter},
        notebook::Notebook,
    },
    report::{
        Report, Style, parallel,
        verdict::{self, Fault, Verdict},
    },
    vm::kernels::DEFAULT,
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::Instant,
};

/// Which notebooks, and what to do with them.
#[derive(clap::Args)]
pub struct Options {
    /// Lessons whose notebooks are meant; all of them if none is named
    slugs: Vec<String>,
    /// Store what the notebooks print now
    #[arg(long)]
    bless: bool,
    /// How many to run at a time; one for each processor if not given
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
}

/// Seconds that one cell may take. The first that names a crate compiles it and all that it needs, which took more than
/// 300 s beside six busy loops; only a cell that never ends waits for so long.
const PATIENCE: &str = "3600";

/// Runs the command.
pub fn command(options: &Options) -> Result<ExitCode> {
    let course = Course::find()?;
    let slugs = course.chosen(&options.slugs)?;
    let jupyter = Jupyter::set_up(&course)?;
    // Once for all, not by each notebook in a folder of its own.
    jupyter.compile(&course, &slugs)?;
    let machine = match options.bless {
        true => Some(verified::machine(&build::template(DEFAULT)?)?),
        false => None,
    };
    let style = Style::default();
    let play = |slug: &String| {
        let started = Instant::now();
        let path = course.notebook(slug);
        let verdict = Verdict::from(match &machine {
            Some(machine) => bless(&jupyter, &path, machine),
            None => verify(&course, &jupyter, &path),
        });
        let (kernel, seconds) = (DEFAULT.to_string(), started.elapsed().as_secs_f64());
        (
            slug.clone(),
            Report {
                name: format!("notebook {slug}"),
                kernel,
                release: String::new(),
                accelerator: String::new(),
                seconds,
                verdict,
            },
        )
    };
    let reports = parallel::each(&slugs, parallel::jobs(options.jobs), play, &style);
    style.conclude(&reports);
    Ok(verdict::exit_code(reports.iter().map(|report| &report.verdict)))
}

/// Runs a notebook with nbval, which compares each cell's outputs.
fn verify(course: &Course, jupyter: &Jupyter, path: &Path) -> Result<()> {
    let mut pytest = jupyter.program("pytest")?;
    pytest
        .args(["--nbval", "--quiet", "--no-header", "-p", "no:cacheprovider"])
        .args(["--nbval-cell-timeout", PATIENCE, "--nbval-kernel-startup-timeout", PATIENCE])
        .arg("--nbval-sanitize-with")
        .arg(course.root.join("ci/nbval.cfg"))
        // nbval does not know the message that takes an output back, and would compare what only shows that a cell is compiled.
        .env("CROSSINGS_PROGRESS", "never")
        .arg(path);
    run_quietly(&mut pytest, path)
}

/// Runs a notebook and stores it with its outputs, and its figures with the machine that they are from.
fn bless(jupyter: &Jupyter, path: &Path, machine: &str) -> Result<()> {
    let before = Notebook::read(path)?;
    let folder = tempfile::tempdir().context("make a folder")?;
    let run = folder.path().join("run.ipynb");
    let mut execute = jupyter.program("jupyter-execute")?;
    execute.arg(path).args(["--timeout", PATIENCE, "--startup_timeout", PATIENCE]);
    execute.args(["--kernel_name", jupyter::KERNEL]).arg(format!("--output={}", run.display()));
    run_quietly(&mut execute, path)?;
    let mut notebook = Notebook::read(&run)?.normal();
    notebook.keep_figures(&before, machine);
    fs::write(path, notebook.text()?).with_context(|| format!("write {}", path.display()))
}

/// Runs a program that has nothing to say unless it fails.
fn run_quietly(command: &mut Command, path: &Path) -> Result<()> {
    // A cell names the course's crates by paths from its notebook's folder.
    let folder: PathBuf = path.parent().context("the notebook's folder")?.into();
    let output = command.current_dir(folder).stdin(Stdio::null()).output().context("start Jupyter")?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    bail!(Fault(String::from_utf8_lossy(&text).trim_end().to_string()))
}
