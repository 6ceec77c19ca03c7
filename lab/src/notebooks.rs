//! `cargo lab notebooks`: runs the notebooks from scratch, each in a fresh kernel, through a real Jupyter client, and compares
//! what every cell prints with what is stored.

use crate::{
    course::Course,
    jupyter::{self, Jupyter},
    kernel::KERNELS,
    notebook::Notebook,
    report::{Report, Style},
    stage,
    verdict::{self, Faulty, Verdict},
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

/// Seconds that one cell may take: the first that names a crate compiles it.
const PATIENCE: &str = "300";

/// Runs the command.
pub fn command(options: &Options) -> Result<ExitCode> {
    let course = Course::find()?;
    let slugs = course.chosen(&options.slugs)?;
    let jupyter = Jupyter::set_up(&course)?;
    let style = Style::default();
    let play = |slug: &String| {
        let started = Instant::now();
        let path = course.notebook(slug);
        let verdict =
            Verdict::from(if options.bless { bless(&jupyter, &path) } else { verify(&course, &jupyter, &path) });
        let (kernel, seconds) = (KERNELS[0].to_string(), started.elapsed().as_secs_f64());
        (
            slug.clone(),
            Report {
                slug: format!("notebook {slug}"),
                kernel,
                release: String::new(),
                accelerator: String::new(),
                seconds,
                verdict,
            },
        )
    };
    let reports = stage::each(&slugs, stage::jobs(options.jobs), play, &style);
    style.conclude(&reports);
    Ok(verdict::exit_code(reports.iter().map(|report| &report.verdict)))
}

/// Runs a notebook with nbval, which compares each cell's outputs.
fn verify(course: &Course, jupyter: &Jupyter, path: &Path) -> Result<()> {
    let mut pytest = jupyter.program("pytest");
    pytest
        .args(["--nbval", "--quiet", "--no-header", "-p", "no:cacheprovider"])
        .args(["--nbval-cell-timeout", PATIENCE, "--nbval-kernel-startup-timeout", PATIENCE])
        .arg("--nbval-sanitize-with")
        .arg(course.root.join("ci/nbval.cfg"))
        .arg(path);
    said(&mut pytest, path)
}

/// Runs a notebook and stores it with its outputs.
fn bless(jupyter: &Jupyter, path: &Path) -> Result<()> {
    let before = Notebook::read(path)?;
    let folder = tempfile::tempdir().context("make a folder")?;
    let run = folder.path().join("run.ipynb");
    let mut execute = jupyter.program("jupyter-execute");
    execute.arg(path).args(["--timeout", PATIENCE, "--startup_timeout", PATIENCE]);
    execute.args(["--kernel_name", jupyter::KERNEL]).arg(format!("--output={}", run.display()));
    said(&mut execute, path)?;
    let mut notebook = Notebook::read(&run)?.normal();
    notebook.keep_pictures(&before);
    fs::write(path, notebook.text()?).with_context(|| format!("write {}", path.display()))
}

/// Runs a program that has nothing to say unless it fails.
fn said(command: &mut Command, path: &Path) -> Result<()> {
    // A cell names the course's crates by paths from its notebook's folder.
    let folder: PathBuf = path.parent().context("the notebook's folder")?.into();
    let output = command.current_dir(folder).stdin(Stdio::null()).output().context("start Jupyter")?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    bail!(Faulty(String::from_utf8_lossy(&text).trim_end().to_string()))
}
