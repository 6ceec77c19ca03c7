//! One check that a page has asked for: it waits for its turn, runs as the terminal's does, and can be stopped.

use crate::{
    build::marks::{self, Mark},
    exercises::{
        attempt::{Passed, follow::Follow},
        chapter,
        exercise::Exercise,
        text::markdown,
        verify::Checker,
    },
    report::verdict,
    serve::{
        exercise::{
            Exercises,
            message::{Ended, News},
        },
        run::{message::How, queue::Turn, stop::Stop},
    },
    vm::{emulator::Killer, kernel::Kernel},
};
use anyhow::{Error, Result};
use std::sync::Arc;
use tokio::{sync::mpsc::UnboundedSender, task};

/// What the check's thread has to say.
pub type Teller = UnboundedSender<News>;

/// A check for a page.
pub struct Check {
    /// What all share.
    pub exercises: Arc<Exercises>,
    /// Of what.
    pub exercise: Exercise,
    /// On which kernel.
    pub kernel: Kernel,
    /// What ends it.
    pub stop: Arc<Stop>,
    /// Where it is told.
    pub teller: Teller,
}

impl Follow for Check {
    fn step(&self, what: &str) {
        self.tell(News::Step { text: what.to_string() });
    }

    fn runs_in(&self, vm: Killer) {
        self.stop.has_vm(vm);
    }
}

impl Check {
    /// Says this; perhaps nobody hears it any more.
    fn tell(&self, news: News) {
        let _ = self.teller.send(news);
    }

    /// Waits for its turn, and runs. Whoever ends this before the turn has come leaves the queue.
    pub async fn wait_and_run(self) {
        let turn = tokio::select! {
            turn = self.exercises.queue.turn(|place| self.tell(News::Queued { place })) => turn,
            () = self.stop.stopped() => return self.tell(News::Ended(Ended::because(How::Stopped, None))),
        };
        match turn {
            Ok(turn) => self.run_aside(turn),
            Err(full) => self.tell(News::Ended(Ended::because(How::Refused, Some(full.to_string())))),
        }
    }

    /// Runs in a thread of its own: the VM dies with the thread that has started it.
    fn run_aside(self, turn: Turn) {
        task::spawn_blocking(move || {
            let ended = self.run();
            drop(turn);
            self.tell(News::Ended(ended));
        });
    }

    fn run(&self) -> Ended {
        match self.check() {
            _ if self.stop.is_stopped() => Ended::because(How::Stopped, None),
            Ok(passed) => self.passed(passed).unwrap_or_else(|error| self.failed(&error)),
            Err(error) => self.failed(&error),
        }
    }

    fn check(&self) -> Result<Passed> {
        let Exercises { course, learner, kept, .. } = &*self.exercises;
        let template = kept.template(&self.kernel.name, || self.step("the kernel is prepared"))?;
        let attempt = learner.begin(&self.exercise)?;
        self.step("what has changed is built");
        Checker::on(course, template).check(learner, &attempt, self)
    }

    fn passed(&self, Passed { warnings, printed }: Passed) -> Result<Ended> {
        let Exercises { course, learner, .. } = &*self.exercises;
        let (all, progress) = (Exercise::chosen(course, &[])?, learner.progress()?);
        let done = chapter::done(course, self.exercise.slug(), &all, &progress)?;
        let marks = self.marks(&warnings);
        Ok(Ended { how: How::Same, why: None, marks, warnings, printed, done: done.map(|done| markdown::html(&done)) })
    }

    /// The places in the reader's file that are named.
    fn marks(&self, said: &str) -> Vec<Mark> {
        let text = self.exercises.learner.copy_of(&self.exercise).ok().and_then(|copy| copy.text).unwrap_or_default();
        marks::all(said, self.exercise.side.file(), &text)
    }

    fn failed(&self, error: &Error) -> Ended {
        let how = if verdict::is_fault(error) { How::Failed } else { How::Broken };
        let why = format!("{error:#}");
        let marks = self.marks(&why);
        Ended { marks, ..Ended::because(how, Some(why)) }
    }
}
