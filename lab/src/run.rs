//! `cargo lab run`: lessons on kernels, each in a guest of its own.

use crate::{
    cargo,
    course::Course,
    guest::{Guest, without_marks},
    kernel::{KERNELS, Kernel},
    lesson::{self, Lesson},
    progress,
    report::{Report, Style},
    template::Template,
    verdict::{self, Verdict},
};
use anyhow::{Context, Result};
use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

/// Which lessons, on what.
#[derive(clap::Args)]
pub struct Options {
    /// Lessons to run; all of them if none is named
    slugs: Vec<String>,
    /// Run every lesson (the same as naming none)
    #[arg(long, conflicts_with = "slugs")]
    all: bool,
    /// Kernel to run on; may be given more than once
    #[arg(long = "kernel", value_name = "K", default_values = [KERNELS[0]], value_parser = KERNELS)]
    kernels: Vec<String>,
    /// Boot each guest instead of cloning the template
    #[arg(long)]
    boot: bool,
    /// Lessons to run at the same time [default: one for each processor]
    #[arg(long, short, value_name = "N")]
    jobs: Option<usize>,
    #[command(flatten)]
    style: Style,
}

/// Runs the command.
pub fn command(options: &Options) -> Result<ExitCode> {
    let course = Course::find()?;
    let slugs = course.chosen(&options.slugs)?;
    let stage = Stage::set(&course, &slugs, &options.kernels, options.boot)?;
    let jobs = options.jobs.or_else(|| thread::available_parallelism().ok().map(usize::from)).unwrap_or(1);
    let reports = stage.perform_all(&slugs, jobs.max(1), &options.style);
    options.style.conclude(&reports);
    Ok(verdict::exit_code(reports.iter().map(|report| &report.verdict)))
}

/// What all lessons of one run share: built programs and a template for each kernel.
pub struct Stage<'a> {
    course: &'a Course,
    programs: Result<BTreeMap<String, PathBuf>>,
    templates: Vec<Template>,
    boot: bool,
}

impl<'a> Stage<'a> {
    /// Builds the programs and prepares the kernels.
    pub fn set(course: &'a Course, slugs: &[String], kernels: &[String], boot: bool) -> Result<Self> {
        let agent = cargo::agent()?;
        let programs = lesson::programs(course, slugs);
        let prepare = |name: &String| {
            let kernel = Kernel::find(name)?;
            if boot { Template::unbooted(kernel, &agent) } else { Template::of(kernel, &agent) }
        };
        Ok(Stage { course, programs, templates: kernels.iter().map(prepare).collect::<Result<_>>()?, boot })
    }

    /// A fresh guest of the first kernel.
    pub fn guest(&self) -> Result<Guest> {
        self.fresh(&self.templates[0])
    }

    /// The first kernel's template.
    pub fn template(&self) -> &Template {
        &self.templates[0]
    }

    fn fresh(&self, template: &Template) -> Result<Guest> {
        if self.boot { template.boot() } else { template.clone_guest() }
    }

    /// A lesson, built for a kernel.
    pub fn lesson(&self, kernel: &Kernel, slug: &str) -> Result<Lesson> {
        let program = match &self.programs {
            Ok(programs) => programs.get(slug).with_context(|| format!("the program of {slug}"))?,
            Err(error) => return Err(verdict::repeat(error)),
        };
        Lesson::build(self.course, kernel, slug, program)
    }

    fn perform_all(&self, slugs: &[String], jobs: usize, style: &Style) -> Vec<Report> {
        let work: Vec<_> = self.templates.iter().flat_map(|template| slugs.iter().map(move |slug| (template, slug))).collect();
        let (next, bar) = (AtomicUsize::new(0), progress::bar(work.len()));
        // Guards the reports, in the order in which the lessons end.
        let reports = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..jobs.min(work.len()) {
                scope.spawn(|| {
                    while let Some((template, slug)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                        bar.set_message(slug.to_string());
                        let report = self.perform(template, slug);
                        bar.suspend(|| style.one(&report));
                        bar.inc(1);
                        if let Ok(mut reports) = reports.lock() {
                            reports.push(report);
                        }
                    }
                });
            }
        });
        bar.finish_and_clear();
        let mut reports = reports.into_inner().unwrap_or_default();
        reports.sort_by_key(|report| work.iter().position(|(template, slug)| **slug == report.slug && template.kernel.name == report.kernel));
        reports
    }

    /// Runs one lesson on one kernel, and remembers its output if it is right.
    pub fn perform(&self, template: &Template, slug: &str) -> Report {
        let started = Instant::now();
        let verdict = lesson::expected(self.course, slug).and_then(|expected| {
            let key = lesson::key(self.course, slug, &template.kernel)?;
            let output = self.play(template, slug, Some(&expected))?;
            crate::output::remember(self.course, slug, &key, &output)
        });
        Report {
            slug: slug.to_string(),
            kernel: template.kernel.name.clone(),
            release: template.kernel.release.clone(),
            accelerator: template.choice.accelerator.to_string(),
            seconds: started.elapsed().as_secs_f64(),
            verdict: Verdict::from(verdict),
        }
    }

    /// Plays one lesson in a fresh guest, keeps the kernel's log, and returns what the lesson printed.
    pub fn play(&self, template: &Template, slug: &str, expected: Option<&str>) -> Result<String> {
        let lesson = self.lesson(&template.kernel, slug)?;
        let mut guest = self.fresh(template)?;
        let output = lesson.perform(&mut guest, expected);
        crate::log::keep(self.course, slug, &template.kernel.name, &without_marks(&guest.log()))?;
        output
    }
}

/// `cargo lab bless`: makes what the lessons print what is expected of them.
pub fn bless(slugs: &[String]) -> Result<ExitCode> {
    anyhow::ensure!(std::env::var_os("CI").is_none(), "bless is for people: CI checks expected.txt and never writes it");
    let course = Course::find()?;
    let slugs = course.chosen(slugs)?;
    let stage = Stage::set(&course, &slugs, &[KERNELS[0].to_string()], false)?;
    for slug in &slugs {
        let output = stage.play(stage.template(), slug, None).with_context(|| format!("run {slug}"))?;
        let path = course.expected(slug);
        let same = fs::read_to_string(&path).is_ok_and(|text| text == output);
        fs::write(&path, &output).with_context(|| format!("write {}", path.display()))?;
        println!("{}: {} lines, {}", path.display(), output.lines().count(), if same { "unchanged" } else { "written: read it" });
    }
    Ok(ExitCode::SUCCESS)
}
