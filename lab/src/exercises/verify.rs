//! `cargo lab verify`, `hint`, `reset` and `progress`: the learner's loop without its screen.

use crate::{
    build,
    course::Course,
    exercises::{
        attempt::{Attempt, Passed, follow::Follow},
        chapter, editor,
        exercise::Exercise,
        learner::Learner,
        programs::Programs,
        text::markdown,
    },
    report::{
        Style, parallel,
        verdict::{self, Verdict},
    },
    vm::{kernels::DEFAULT, template::Template},
};
use anyhow::{Context, Result};
use std::{fs::File, process::ExitCode, sync::Arc};

/// What checks attempts: a kernel, ready to be cloned.
pub struct Checker {
    course: Course,
    template: Arc<Template>,
}

impl Checker {
    /// Prepares the default kernel.
    pub fn new(course: &Course) -> Result<Self> {
        let template = build::template(DEFAULT)?;
        editor::explain_exercises(course, &Learner::of(course), &template.kernel)?;
        Ok(Checker::on(course, Arc::new(template)))
    }

    /// Checks on this kernel.
    pub fn on(course: &Course, template: Arc<Template>) -> Self {
        Checker { course: course.clone(), template }
    }

    /// Builds and checks one attempt; remembers it if it passes. Who checks the same exercise at the same time waits: both
    /// build in one place.
    pub fn check(&self, learner: &Learner, attempt: &Attempt, follow: &dyn Follow) -> Result<Passed> {
        let folder = attempt.file.parent().context("an attempt's folder")?;
        let alone = File::open(folder).with_context(|| format!("open {}", folder.display()))?;
        alone.lock().with_context(|| format!("lock {}", folder.display()))?;
        let programs = Programs::build(&self.course, learner.folder(), std::slice::from_ref(attempt))?;
        let passed = attempt.check(&self.course, &self.template, &programs, follow)?;
        learner.pass(&attempt.exercise)?;
        Ok(passed)
    }
}

/// `cargo lab verify`: checks the exercises named, or the one at hand.
pub fn command(names: &[String]) -> Result<ExitCode> {
    let course = Course::find()?;
    let learner = Learner::of(&course);
    let exercises = chosen(&course, &learner, names)?;
    let checker = Checker::new(&course)?;
    let style = Style::default();
    let verify = |exercise: &Exercise| {
        let report = checker.template.report(&exercise.id, || {
            let Passed { warnings, printed } = checker.check(&learner, &learner.begin(exercise)?, &())?;
            eprint!("{warnings}");
            print!("{printed}");
            Ok(())
        });
        (exercise.id.clone(), report)
    };
    // One after the other: they are one package.
    let reports = parallel::each(&exercises, 1, verify, &style);
    style.conclude(&reports);
    let progress = learner.progress()?;
    for (exercise, report) in exercises.iter().zip(&reports) {
        // Whatever passed before: who asks again wants to know what is wrong now.
        if report.verdict == Verdict::Passed {
            if exercises.len() == 1 {
                markdown::print(&format!("{}\n\nnext: `cargo lab learn`", exercise.explanation));
            }
            continue;
        }
        println!("{}: change {}, or `cargo lab hint {0}`", exercise.id, learner.file(exercise).display());
        if progress.is_outdated(exercise)? {
            println!("{}", outdated(exercise));
        }
    }
    let passed = exercises.iter().zip(&reports).filter(|(_, report)| report.verdict == Verdict::Passed);
    let mut slugs: Vec<&str> = passed.map(|(exercise, _)| exercise.slug()).collect();
    slugs.dedup();
    let all = Exercise::chosen(&course, &[])?;
    for slug in slugs {
        if let Some(done) = chapter::done(&course, slug, &all, &progress)? {
            markdown::print(&done);
        }
    }
    Ok(verdict::exit_code(reports.iter().map(|report| &report.verdict)))
}

/// What is said of an exercise that is not any more what the learner began with.
pub fn outdated(exercise: &Exercise) -> String {
    format!(
        "{} has changed since you began it. Your copy is as you left it; `cargo lab reset {0}` begins anew and keeps it",
        exercise.id
    )
}

/// The exercises named; of a lesson's only those that were begun, unless none was; the one at hand if none is named.
fn chosen(course: &Course, learner: &Learner, names: &[String]) -> Result<Vec<Exercise>> {
    if names.is_empty() {
        return Ok(vec![one(course, learner, None)?]);
    }
    let exercises = Exercise::chosen(course, names)?;
    let progress = learner.progress()?;
    let asked = |exercise: &&Exercise| names.contains(&exercise.id) || progress.has_begun(exercise);
    let begun: Vec<Exercise> = exercises.iter().filter(asked).cloned().collect();
    Ok(if begun.is_empty() { exercises } else { begun })
}

/// The exercise named, or the one at hand.
pub fn one(course: &Course, learner: &Learner, name: Option<&str>) -> Result<Exercise> {
    let exercises = match name {
        Some(name) if name.contains('/') => return Exercise::named(course, name),
        Some(slug) => Exercise::chosen(course, &[slug.to_string()])?,
        None => Exercise::chosen(course, &[])?,
    };
    Ok(learner.progress()?.current(&exercises).context("there are no exercises")?.clone())
}

/// `cargo lab hint`: one more hint, after those that were taken before.
pub fn hint(name: Option<&str>) -> Result<ExitCode> {
    let course = Course::find()?;
    let learner = Learner::of(&course);
    let exercise = one(&course, &learner, name)?;
    learner.begin(&exercise)?;
    learner.take_hint(&exercise)?;
    let progress = learner.progress()?;
    let hints = progress.hints(&exercise);
    for (number, hint) in (1..).zip(hints) {
        println!("Hint {number} of {} for {}", exercise.hints.len(), exercise.id);
        markdown::print(hint);
    }
    Ok(ExitCode::SUCCESS)
}

/// `cargo lab reset`: an exercise from its beginning.
pub fn reset(name: &str) -> Result<ExitCode> {
    let course = Course::find()?;
    let learner = Learner::of(&course);
    let exercise = Exercise::named(&course, name)?;
    let kept = learner.reset(&exercise)?;
    println!("{} is as it was at first", learner.file(&exercise).display());
    kept.into_iter().for_each(|kept| println!("what you had is in {}", kept.display()));
    Ok(ExitCode::SUCCESS)
}

/// `cargo lab progress`: a line for each exercise.
pub fn progress() -> Result<ExitCode> {
    let course = Course::find()?;
    let exercises = Exercise::chosen(&course, &[])?;
    let progress = Learner::of(&course).progress()?;
    for exercise in &exercises {
        let mark = progress.mark(exercise);
        println!("[{mark}] {:24} {:2} min  {}", exercise.id, exercise.minutes, exercise.title);
    }
    let passed = exercises.iter().filter(|exercise| progress.has_passed(exercise)).count();
    println!("{passed} of {} passed", exercises.len());
    Ok(ExitCode::SUCCESS)
}
