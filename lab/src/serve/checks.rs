//! The lessons that run behind the book: all that have not passed as they stand now, and again whatever changes.

use crate::{
    course::Course,
    lessons::{lesson, runner::Runner, scene::Scene, verified::remembered},
    report::{Style, parallel, verdict::Verdict},
    serve::state::{Run, State},
    vm::{kernel::Kernel, kernels::IN_BOOK},
    watch::Listener,
};
use anyhow::Result;
use std::collections::BTreeMap;

/// Runs what has to be run, now and after each change.
pub fn keep(course: &Course, changes: &Listener, state: &State) {
    // What did not pass, with the key that it had: it is not tried again as it is.
    let mut failed: BTreeMap<Run, String> = BTreeMap::new();
    loop {
        match due(course, &failed, state) {
            Ok(due) if due.is_empty() => {}
            Ok(due) => {
                failed.extend(round(course, &due, state));
                changes.announce();
            }
            Err(error) => eprintln!("lab: the lessons cannot be run: {error:#}"),
        }
        changes.wait();
    }
}

/// A scene that has to be run on a kernel, as it stands now.
struct Due {
    slug: String,
    scene: Scene,
    kernel: &'static str,
    key: String,
}

impl Due {
    fn run(&self) -> Run {
        (self.scene.name(&self.slug), self.kernel.to_string())
    }

    fn keyed(&self) -> (Run, String) {
        (self.run(), self.key.clone())
    }
}

/// What has neither passed nor failed as it stands now. What has passed before as it stands again is known to be right.
fn due(course: &Course, failed: &BTreeMap<Run, String>, state: &State) -> Result<Vec<Due>> {
    let mut due = Vec::new();
    for slug in course.reading_order()? {
        for kernel in IN_BOOK.iter() {
            let key = lesson::key(course, &slug, &Kernel::find(kernel)?)?;
            for scene in Scene::all(course, &slug) {
                let one = Due { slug: slug.clone(), scene, kernel, key: key.clone() };
                if remembered(course, &scene.name(&slug), &key).exists() {
                    state.is_right(&one.run());
                } else if failed.get(&one.run()) != Some(&key) {
                    due.push(one);
                }
            }
        }
    }
    Ok(due)
}

/// Runs them, and returns those that did not pass, each with its key.
fn round(course: &Course, due: &[Due], state: &State) -> Vec<(Run, String)> {
    state.wait(&due.iter().map(Due::run).collect::<Vec<_>>());
    let mut slugs: Vec<String> = due.iter().map(|due| due.slug.clone()).collect();
    slugs.dedup();
    let kernels: Vec<String> =
        IN_BOOK.iter().filter(|kernel| due.iter().any(|due| due.kernel == **kernel)).map(ToString::to_string).collect();
    state.prepare(Some("cargo builds the programs of the lessons"));
    let ready = Runner::new(course, &slugs, &kernels, false);
    state.prepare(None);
    let runner = match ready {
        Ok(runner) => runner,
        Err(error) => {
            let verdict = Verdict::from(Err(error));
            due.iter().for_each(|due| state.end(&due.run(), &verdict));
            return due.iter().map(Due::keyed).collect();
        }
    };
    let style = Style::default();
    let reports = parallel::each(
        due,
        parallel::jobs(None),
        |due| {
            let run = due.run();
            state.begin(&run);
            let template = runner.templates().iter().find(|template| template.kernel.name == due.kernel);
            let report = runner.run(template.unwrap_or(runner.template()), &due.slug, due.scene);
            state.end(&run, &report.verdict);
            (format!("{} on Linux {}", run.0, run.1), report)
        },
        &style,
    );
    style.conclude(&reports);
    let fared = due.iter().zip(&reports);
    fared.filter(|(_, report)| report.verdict != Verdict::Passed).map(|(due, _)| due.keyed()).collect()
}
