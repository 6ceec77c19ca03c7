//! What is played of a lesson: its story, and for some a crash, where a faulty module breaks the kernel on purpose.
//! Each scene has a golden file and a guest of its own. What was measured is shown and never compared, so a golden file
//! holds no figure.

use crate::{
    course::{Course, package},
    lessons::{
        lesson::{Lesson, excerpt_but},
        part,
    },
    report::{diff, verdict::Fault},
    vm::{
        console,
        guest::{Ended, Guest, Limits},
        kernels::DEFAULT,
    },
};
use agent::Exit;
use anyhow::{Result, bail};
use lesson::cost::without_figures;
use std::{fs, path::PathBuf, time::Duration};

/// How long a program may run, and how much it may print beyond what is expected of it.
pub const PROGRAM: Limits = Limits { time: Duration::from_secs(20), bytes: 256 << 10 };

/// A scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// The module is loaded, the program runs twice in the same kernel, the module is unloaded, the log stays clean.
    Story,
    /// The module `crossings_SLUG_copied` is loaded, the program `crossings-SLUG-crash` runs, the kernel reports trouble.
    Crash,
}

impl Scene {
    /// The scenes of a lesson.
    pub fn all(course: &Course, slug: &str) -> Vec<Self> {
        let has_crash = course.lesson(slug).join("src/bin/crash.rs").is_file();
        [Scene::Story].into_iter().chain(has_crash.then_some(Scene::Crash)).collect()
    }

    /// The name of a lesson's scene, for reports and logs.
    pub fn name(self, slug: &str) -> String {
        match self {
            Scene::Story => slug.to_string(),
            Scene::Crash => format!("{slug}-crash"),
        }
    }

    /// The file with the exact output, except for measured figures: it has `…` where they stand.
    pub fn golden(self, course: &Course, slug: &str) -> PathBuf {
        course.lesson(slug).join(match self {
            Scene::Story => "expected.txt",
            Scene::Crash => "crash.txt",
        })
    }

    /// The exact output expected on `kernel`. That there is none is the lesson's fault. An oops reads differently on
    /// each kernel, so a crash is held against its golden file on the default one only.
    pub fn expected(self, course: &Course, slug: &str, kernel: &str) -> Result<Option<String>> {
        let path = self.golden(course, slug);
        match fs::read_to_string(&path) {
            Ok(_) if self == Scene::Crash && kernel != DEFAULT => Ok(None),
            Ok(text) => Ok(Some(text)),
            Err(_) => bail!(Fault(format!("{} is missing: `cargo lab dev bless {slug}` makes it", path.display()))),
        }
    }

    /// Plays the scene in `guest`, holds what it printed against `expected` if there is such, and returns it, figures and
    /// all. A lesson or module that misbehaves is [`Fault`].
    pub fn play(self, lesson: &Lesson, guest: &mut Guest, expected: Option<&str>) -> Result<String> {
        match self {
            Scene::Story => {
                let played = story(lesson, guest, expected);
                with_log(guest, played, lesson.reports())
            }
            Scene::Crash => {
                let (output, _) = crash(lesson, guest, expected, &mut |_| {})?;
                compare(lesson, &output, expected, "")?;
                Ok(output)
            }
        }
    }

    /// Plays the scene for somebody who watches: the program runs once, `watch` sees what it prints as it comes, and nothing is
    /// compared. A program that fails is [`Fault`].
    pub fn show(
        self,
        lesson: &Lesson,
        guest: &mut Guest,
        expected: Option<&str>,
        watch: &mut dyn FnMut(&[u8]),
    ) -> Result<()> {
        match self {
            Scene::Story => {
                lesson.install(guest)?;
                lesson.load(guest)?;
                let ended = run(guest, &format!("/root/{}", lesson.slug), expected, watch)?;
                if ended.exit != Exit::Code(0) {
                    bail!(Fault(format!("{}\n{}", ended.exit, String::from_utf8_lossy(&ended.stderr))));
                }
                lesson.unload(guest)
            }
            Scene::Crash => {
                let (_, end) = crash(lesson, guest, expected, watch)?;
                watch(end.as_bytes());
                Ok(())
            }
        }
    }
}

/// Trouble in the kernel's log explains a failure, and is one.
pub fn with_clean_log<T>(guest: &mut Guest, played: Result<T>) -> Result<T> {
    with_log(guest, played, &[])
}

/// The same, but for these reports, which must be there.
fn with_log<T>(guest: &mut Guest, played: Result<T>, reports: &[String]) -> Result<T> {
    let settled = guest.settled_log();
    let log = guest.log();
    let report = excerpt_but(&log, reports).map(|excerpt| format!("the kernel reported trouble\n{excerpt}"));
    let is_missing = |words: &&String| !console::troubles(&log).any(|line| console::says(line, words));
    match (played, report) {
        (Ok(_), Some(report)) => Err(Fault(report).into()),
        (Ok(output), None) => match reports.iter().find(is_missing) {
            Some(words) => Err(Fault(format!("the kernel looks for faults, and has not reported `{words}`")).into()),
            None => settled.map(|_| output),
        },
        (Err(error), Some(report)) => Err(error.context(report)),
        (Err(error), None) => Err(error),
    }
}

fn story(lesson: &Lesson, guest: &mut Guest, expected: Option<&str>) -> Result<String> {
    lesson.install(guest)?;
    lesson.load(guest)?;
    let first = pass(lesson, guest, "first", expected)?;
    let second = pass(lesson, guest, "second", expected.or(Some(&without_figures(&first))))?;
    lesson.unload(guest)?;
    Ok(second)
}

fn pass(lesson: &Lesson, guest: &mut Guest, which: &str, expected: Option<&str>) -> Result<String> {
    let ended = run(guest, &format!("/root/{}", lesson.slug), expected, &mut |_| {})?;
    let output = String::from_utf8_lossy(&ended.stdout).into_owned();
    if ended.exit != Exit::Code(0) {
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        let compared = without_figures(&output);
        let start = expected.filter(|expected| *expected != compared).map(|expected| diff::lines(expected, &compared));
        bail!(Fault(format!("{which} run: {}\n{said}{}", ended.exit, start.unwrap_or_default())));
    }
    compare(lesson, &output, expected, &format!("{which} run: "))?;
    Ok(output)
}

/// Runs a program that may print as much as is expected of it, and some more for the difference to show.
fn run(guest: &mut Guest, program: &str, expected: Option<&str>, watch: &mut dyn FnMut(&[u8])) -> Result<Ended> {
    let limits = Limits { bytes: PROGRAM.bytes + expected.map_or(0, str::len), ..PROGRAM };
    let ended = guest.follow(&[program], limits, watch)?;
    if ended.flooded {
        let output = String::from_utf8_lossy(&ended.stdout);
        let compared = without_figures(&output);
        let start = expected.map(|expected| diff::lines(expected, &compared)).unwrap_or_default();
        bail!(Fault(format!("it printed more than {} bytes and was killed\n{start}", limits.bytes)));
    }
    Ok(ended)
}

/// Holds an output, without its figures, against what is expected, which has none.
fn compare(lesson: &Lesson, output: &str, expected: Option<&str>, which: &str) -> Result<()> {
    let compared = without_figures(output);
    match expected.map(|expected| part::with_open(expected, &compared, lesson.open_parts())) {
        Some(expected) if expected != compared => {
            bail!(Fault(format!("{which}the output differs\n{}", diff::lines(&expected, &compared))))
        }
        _ => Ok(()),
    }
}

/// Breaks the kernel. Returns all that the scene says and the end of it, which is the tool's: what became of the program, and
/// what the kernel reported.
fn crash(
    lesson: &Lesson,
    guest: &mut Guest,
    expected: Option<&str>,
    watch: &mut dyn FnMut(&[u8]),
) -> Result<(String, String)> {
    lesson.install(guest)?;
    lesson.install_program(guest, &format!("{}-crash", package(&lesson.slug, '-')), "crash")?;
    lesson.insmod(guest, &format!("{}_copied", package(&lesson.slug, '_')))?;
    let ended = run(guest, "/root/crash", expected, watch)?;
    let log = guest.settled_log()?;
    if console::trouble(&log).is_none() {
        bail!(Fault("the faulty module did no harm: the kernel reported no trouble".into()));
    }
    let said = String::from_utf8_lossy(&ended.stdout);
    let end = format!("the program: {}\n\n{}", ended.exit, console::headlines(&log)?);
    Ok((format!("{said}{end}"), end))
}
