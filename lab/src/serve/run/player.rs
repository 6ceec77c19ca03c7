//! Plays a scene for a reader: builds what has changed, clones a guest, and tells what comes as it comes.

use crate::{
    build::oops,
    lessons::{
        lesson::{self, Lesson},
        log,
        part::{self, Cut},
        scene::Scene,
    },
    report::{diff, verdict},
    serve::run::{
        Runs,
        message::{Ended, How, News, Wanted},
        stop::Stop,
    },
    vm::{
        console::{self, Console},
        guest::{Guest, is_mark, without_marks},
    },
};
use ::lesson::cost::without_figures;
use anyhow::Result;
use std::{sync::Arc, thread};

/// So much of a kernel's log is told, in bytes. All of it is kept for `cargo lab log`.
const LOG: usize = 256 << 10;

/// So many messages of compilers are told.
const MESSAGES: usize = 50;

/// So much of all that a compiler says is told, in bytes.
const SAID: usize = 64 << 10;

/// What hears how the run goes on. It may be heard by nobody.
pub type Tell<'a> = &'a (dyn Fn(News) + Sync);

/// Plays it to its end, and returns what came of it.
pub fn play(runs: &Runs, wanted: &Wanted, stop: &Stop, tell: Tell) -> Ended {
    let ended = try_to_play(runs, wanted, stop, tell);
    if stop.is_stopped() {
        return Ended::stopped();
    }
    ended.unwrap_or_else(|error| Ended::because(fault(&error), format!("{error:#}")))
}

fn fault(error: &anyhow::Error) -> How {
    if verdict::is_fault(error) { How::Failed } else { How::Broken }
}

fn try_to_play(runs: &Runs, wanted: &Wanted, stop: &Stop, tell: Tell) -> Result<Ended> {
    let step = |text: &str| tell(News::Step { text: text.to_string() });
    let kernel = &wanted.kernel;
    let template = runs.kept.template(&kernel.name, || step("the kernel is prepared"))?;
    let lesson = runs.kept.lesson(&wanted.slug, kernel, || step("what has changed is built"))?;
    let lesson = match &wanted.overlay {
        None => lesson,
        Some(overlay) => {
            step("your change is built");
            let hear = &mut |mut diagnostics: Vec<_>| {
                diagnostics.truncate(MESSAGES);
                tell(News::Compiler { diagnostics });
            };
            match overlay.build(&runs.course, kernel, (*lesson).clone(), wanted.scene, hear) {
                Ok(lesson) => Arc::new(lesson),
                Err(error) if verdict::is_fault(&error) => {
                    return Ok(Ended::because(How::Unbuilt, beginning(&format!("{error:#}"))));
                }
                Err(error) => return Err(error),
            }
        }
    };
    if stop.is_stopped() {
        return Ok(Ended::stopped());
    }
    step("it runs");
    let mut guest = template.clone_guest()?;
    stop.has_vm(guest.killer());
    let log = guest.console();
    thread::scope(|threads| {
        threads.spawn(move || follow(&log, tell));
        let ended = watch(&lesson, wanted, &mut guest, tell);
        log::keep(&runs.course, &wanted.scene.name(&wanted.slug), &wanted.kernel.name, &without_marks(&guest.log()))?;
        // With the emulator ends its log, and with that the thread that tells it: nothing is told after the end.
        drop(guest);
        Ok(ended)
    })
}

/// As many lines of a text as are told.
fn beginning(text: &str) -> String {
    let mut length = 0;
    let is_told = |line: &&str| {
        length += line.len();
        length <= SAID
    };
    let told: String = text.split_inclusive('\n').take_while(is_told).collect();
    if told.len() < text.len() { told + "…" } else { told }
}

/// Has the scene played in the guest, and says what came of it.
fn watch(lesson: &Lesson, wanted: &Wanted, guest: &mut Guest, tell: Tell) -> Ended {
    let (mut cut, mut printed) = (Cut::new(wanted.part.as_deref()), String::new());
    let mut hear = |text: String| {
        if !text.is_empty() {
            printed += &text;
            tell(News::Output { text });
        }
    };
    let shown = wanted.scene.show(lesson, guest, wanted.expected.as_deref(), &mut |bytes| hear(cut.feed(bytes)));
    hear(cut.finish());
    let log = guest.settled_log().unwrap_or_else(|_| without_marks(&guest.log()));
    let expected = wanted.expected.as_deref().and_then(|all| part::select(all, wanted.part.as_deref()).ok());
    let compared = without_figures(&printed);
    let difference = expected.as_deref().map(|expected| diff::signed_lines(expected, &compared)).unwrap_or_default();
    let trouble = lesson::excerpt_but(&log, lesson.reports()).and_then(|_| oops::summary(&log));
    let place = trouble.as_ref().and_then(|_| lesson.place(&log));
    // A crash is meant to be one.
    let (how, why) = match (shown, trouble.filter(|_| wanted.scene == Scene::Story)) {
        (Err(error), Some(trouble)) => (fault(&error), Some(format!("{error:#}\n{trouble}"))),
        (Err(error), None) => (fault(&error), Some(format!("{error:#}"))),
        (Ok(()), Some(trouble)) => (How::Failed, Some(trouble)),
        (Ok(()), None) if expected.is_none() => (How::Ran, None),
        (Ok(()), None) if difference.is_empty() => (How::Same, None),
        (Ok(()), None) => (How::Differs, None),
    };
    Ended { how, why, place, difference }
}

/// Tells the kernel's log as it comes, until the emulator ends.
fn follow(log: &Console, tell: Tell) {
    let mut read = 0;
    while let Some(lines) = log.lines_after(read) {
        read += lines.len();
        let text: String =
            lines.lines().filter(|line| !is_mark(line)).map(|line| format!("{}\n", console::message(line))).collect();
        if !text.is_empty() {
            tell(News::Log { text });
        }
        if read > LOG {
            tell(News::Log { text: "… `cargo lab log` shows the rest\n".into() });
            return;
        }
    }
}
