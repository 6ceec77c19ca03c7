//! Mutants on trial: which of them builds, and which of those a check refuses.

use crate::{
    build::{self, module},
    cache_key::CacheKey,
    course::Course,
    exercises::{
        attempt::{self, Attempt},
        exercise::{Exercise, Side, Variant},
        mutants::{Mutant, equivalent::Equivalent},
        programs::Programs,
    },
    report::{
        Report, Style, parallel,
        verdict::{self, Fault, Mistake},
    },
    vm::{kernel::Kernel, kernels::DEFAULT},
};
use anyhow::{Context, Result, bail};
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

/// A mutant, and where it was written to.
struct Trial {
    mutant: Mutant,
    attempt: Attempt,
}

/// What could be built of all trials.
struct Built {
    programs: Programs,
    modules: Vec<PathBuf>,
}

/// Tries the mutants of these exercises, or only so many of each, on the default kernel. A list of equivalent ones that is
/// wrong is reported, too. Those that do not build are not reported, but counted. That there is
/// none to try is a [`Mistake`].
pub fn run(
    course: &Course,
    exercises: &[Exercise],
    few: Option<usize>,
    jobs: usize,
    style: &Style,
) -> Result<Vec<Report>> {
    let template = build::template(DEFAULT)?;
    let folder = course.scratch().join("mutants");
    let (mut trials, mut reports, mut equivalent) = (Vec::new(), Vec::new(), 0);
    for exercise in exercises {
        let mut mutants = Mutant::all(exercise)?;
        let list = Equivalent::of(exercise);
        if let Some(fault) = list.faults(&mutants).into_iter().reduce(|all, fault| all + "\n" + &fault) {
            let report = template.report(&exercise.id, || bail!(Fault(fault)));
            style.one(&report);
            reports.push(report);
        }
        let all = mutants.len();
        mutants.retain(|mutant| !list.has(mutant));
        equivalent += all - mutants.len();
        if let Some(few) = few {
            mutants.sort_by_cached_key(Mutant::lot);
            mutants.truncate(few);
        }
        for mutant in mutants {
            trials.push(Trial::write(&folder, &template.kernel, exercise, mutant)?);
        }
    }
    if trials.is_empty() && reports.is_empty() {
        let ids: Vec<&str> = exercises.iter().map(|exercise| exercise.id.as_str()).collect();
        bail!(Mistake(format!(
            "there is nothing to try: no rule makes a mutant of {} that is not named as equivalent",
            ids.join(" or ")
        )));
    }
    let built = Built::of(course, &template.kernel, &folder, &trials)?;
    let (work, unbuilt): (Vec<&Trial>, Vec<&Trial>) = trials.iter().partition(|trial| built.has(trial));
    let perform = |trial: &&Trial| {
        let name = trial.name();
        let report = template.report(&name, || {
            let built = attempt::Built {
                program: built.programs.of(&trial.attempt)?,
                module: built.module(trial).map(Path::to_path_buf),
                source: trial.attempt.file.clone(),
            };
            judge(&trial.mutant, trial.attempt.run(course, &template, &built, &()).map(drop))
        });
        (name, report)
    };
    reports.extend(parallel::each(&work, jobs, perform, style));
    eprintln!("lab: {} more do not build, and {equivalent} are named as equivalent", unbuilt.len());
    Ok(reports)
}

impl Built {
    /// Builds all that can be built. A check that cannot be is a [`Fault`]: its mutants would all be passed over.
    fn of(course: &Course, kernel: &Kernel, folder: &Path, trials: &[Trial]) -> Result<Self> {
        let attempts: Vec<Attempt> = trials.iter().map(|trial| trial.attempt.clone()).collect();
        let programs = Programs::build_those_that_can(course, folder, &attempts)?;
        for of_one in attempts.chunk_by(|one, next| one.exercise.id == next.exercise.id) {
            if of_one.iter().all(|attempt| programs.of(attempt).is_err()) {
                let file = of_one[0].file.with_file_name("solution.rs");
                let attempt = Attempt { name: "solution".into(), file, ..of_one[0].clone() };
                fs::write(&attempt.file, attempt.exercise.text_of(&Variant::Solution)?)?;
                Programs::build(course, folder, std::slice::from_ref(&attempt))?.of(&attempt)?;
            }
        }
        let in_kernel = attempts.iter().filter(|attempt| attempt.exercise.side == Side::Kernel);
        let names: Vec<String> = in_kernel.map(|attempt| attempt.name.clone()).collect();
        let modules = module::build_those_that_can(kernel, &course.headers(), &modules(folder, kernel), &names)?;
        Ok(Built { programs, modules })
    }

    /// The module of a trial, if it has one that could be built.
    fn module(&self, trial: &Trial) -> Option<&Path> {
        let name = OsStr::new(&trial.attempt.name);
        self.modules.iter().find(|module| module.file_stem() == Some(name)).map(PathBuf::as_path)
    }

    /// Whether a trial could be built.
    fn has(&self, trial: &Trial) -> bool {
        match trial.attempt.exercise.side {
            Side::User => self.programs.of(&trial.attempt).is_ok(),
            Side::Kernel => self.module(trial).is_some(),
        }
    }
}

/// A mutant must be refused.
fn judge(mutant: &Mutant, checked: Result<()>) -> Result<()> {
    match checked {
        Ok(()) => bail!(Fault(format!("the check lets it pass\n{}", mutant.change))),
        Err(error) if verdict::is_fault(&error) => Ok(()),
        Err(error) => Err(error),
    }
}

impl Trial {
    /// Writes a mutant's file, unless it is there. Its name is made of what it is, so that a second run finds it built.
    fn write(folder: &Path, kernel: &Kernel, exercise: &Exercise, mutant: Mutant) -> Result<Self> {
        let key = CacheKey::default().bytes(&exercise.id).bytes(&mutant.change).finish();
        let name = format!("m{}", &key[..8]);
        let file = match exercise.side {
            Side::User => folder.join(&exercise.id).join(&name).join("exercise.rs"),
            Side::Kernel => modules(folder, kernel).join(&name).with_extension("c"),
        };
        if !fs::read_to_string(&file).is_ok_and(|text| text == mutant.text) {
            fs::create_dir_all(file.parent().context("a mutant's folder")?)?;
            fs::write(&file, &mutant.text).with_context(|| format!("write {}", file.display()))?;
        }
        Ok(Trial { mutant, attempt: Attempt { exercise: exercise.clone(), name, file } })
    }

    /// Says which exercise it is of, and what is wrong with it.
    fn name(&self) -> String {
        let change = self.mutant.change.lines().next().unwrap_or_default();
        format!("{} {}: {}", self.attempt.exercise.id, change.trim_matches(['@', ' ']), self.mutant.rule)
    }
}

/// Where the modules for a kernel are built.
fn modules(folder: &Path, kernel: &Kernel) -> PathBuf {
    folder.join(".kmods").join(&kernel.name)
}
