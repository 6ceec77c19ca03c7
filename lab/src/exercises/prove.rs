//! `cargo lab dev prove`: the proof of all exercises. Every starter fails, every solution passes, every wrong solution is
//! refused, and the check says of each what the exercise's text says that it says. With `--mutants`, every mutant of every
//! solution is refused.

use crate::{
    build,
    course::Course,
    exercises::{
        attempt::Attempt,
        exercise::{Exercise, Variant},
        mutants::trial,
        programs::Programs,
    },
    report::{
        Style, parallel,
        verdict::{self, Fault},
    },
    vm::{
        kernels::{self, ALL},
        template::Template,
    },
};
use anyhow::{Context, Result, bail};
use std::{fs, process::ExitCode};

/// Which exercises.
#[derive(clap::Args)]
pub struct Options {
    /// Exercises to prove, as SLUG or SLUG/NAME; all of them if none is named
    exercises: Vec<String>,
    /// Try mutants of the solutions instead, each with one thing wrong by rule: a check that accepts one has a hole
    #[arg(long)]
    mutants: bool,
    /// Only so many mutants of each exercise, always the same ones
    #[arg(long, value_name = "N", requires = "mutants")]
    few: Option<usize>,
    /// Kernels that solutions must pass on; what is wrong must be refused on the first
    #[arg(long = "kernel", value_name = "K", default_values = [ALL], value_delimiter = ',', value_parser = kernels::some())]
    kernels: Vec<String>,
    /// Attempts to check at the same time [default: one for each processor]
    #[arg(long, short, value_name = "N")]
    jobs: Option<usize>,
    #[command(flatten)]
    style: Style,
}

/// Runs the command.
pub fn command(options: &Options) -> Result<ExitCode> {
    let course = Course::find()?;
    let exercises = Exercise::chosen(&course, &options.exercises)?;
    if options.mutants {
        let reports = trial::run(&course, &exercises, options.few, parallel::jobs(options.jobs), &options.style)?;
        options.style.conclude(&reports);
        return Ok(verdict::exit_code(reports.iter().map(|report| &report.verdict)));
    }
    let folder = course.scratch().join("exercises");
    let mut tried = Vec::new();
    for exercise in &exercises {
        for variant in exercise.variants() {
            let name = variant.to_string().replace('/', "-");
            let file = folder.join(&exercise.id).join(&name).join(exercise.side.file());
            fs::create_dir_all(file.parent().context("an attempt's folder")?)?;
            fs::write(&file, exercise.text_of(&variant)?).with_context(|| format!("write {}", file.display()))?;
            tried.push((variant, Attempt { exercise: exercise.clone(), name, file }));
        }
    }
    let attempts: Vec<Attempt> = tried.iter().map(|(_, attempt)| attempt.clone()).collect();
    let programs = Programs::build(&course, &folder, &attempts)?;
    let templates = kernels::chosen(&options.kernels);
    let templates = templates.iter().map(|name| build::template(name)).collect::<Result<Vec<_>>>()?;
    // That what is wrong is refused on one kernel is enough; what is right must be so on each.
    let refused_on = &templates.first().context("a kernel")?.kernel.name;
    let work: Vec<_> = templates
        .iter()
        .flat_map(|template| tried.iter().map(move |(variant, attempt)| (template, variant, attempt)))
        .filter(|(template, variant, _)| template.kernel.name == *refused_on || **variant == Variant::Solution)
        .collect();
    let prove = |(template, variant, attempt): &(&Template, &Variant, &Attempt)| {
        let name = format!("{} {variant}", attempt.exercise.id);
        let check = || attempt.check(&course, template, &programs, &()).map(|passed| passed.warnings);
        let report = template.report(&name, || judge(&attempt.exercise, variant, check()));
        (name, report)
    };
    let reports = parallel::each(&work, parallel::jobs(options.jobs), prove, &options.style);
    options.style.conclude(&reports);
    Ok(verdict::exit_code(reports.iter().map(|report| &report.verdict)))
}

/// Whether a variant fared as it must. What a learner begins with and ends with builds without a warning.
fn judge(exercise: &Exercise, variant: &Variant, checked: Result<String>) -> Result<()> {
    let said = match (variant, checked) {
        (Variant::Solution, Ok(warnings)) if warnings.is_empty() => return Ok(()),
        (Variant::Solution, Ok(warnings)) => bail!(Fault(format!("it builds with warnings\n{warnings}"))),
        (Variant::Solution, Err(error)) => return Err(error),
        (_, Ok(_)) => bail!(Fault("the check lets it pass".into())),
        (_, Err(error)) if !verdict::is_fault(&error) => return Err(error),
        (Variant::Starter, Err(error)) if error.to_string().contains("warning: ") => {
            bail!(Fault(format!("it builds with warnings\n{error:#}")))
        }
        (_, Err(error)) => format!("{error:#}"),
    };
    let Some(expected) = exercise.refusal(variant) else {
        bail!(Fault(format!("the exercise's text does not quote what the check says of it:\n{said}")));
    };
    match plain(&said).contains(&plain(&expected)) {
        true => Ok(()),
        false => bail!(Fault(format!("the exercise's text quotes\n  {expected}\nand the check says\n  {said}"))),
    }
}

/// A text without what a line break can change.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
