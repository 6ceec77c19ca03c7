//! The steps of a trial, told as they are made.

use crate::report::{
    Report, Style,
    verdict::{self, Verdict},
};
use anyhow::Result;
use std::time::Instant;

/// What has been tried so far.
pub struct Steps<'a> {
    /// How it is told.
    pub style: &'a Style,
    /// What is told in the end.
    pub reports: Vec<Report>,
    /// The kernel's name and release, and how the guest runs.
    pub on: [String; 3],
    started: Instant,
}

/// A step has failed, and that was told.
pub struct Ended;

impl<'a> Steps<'a> {
    /// None yet.
    pub fn on(style: &'a Style, kernel: &str, release: &str) -> Self {
        let on = [kernel.to_string(), release.to_string(), String::new()];
        Steps { style, reports: Vec::new(), on, started: Instant::now() }
    }

    /// Tells how a step went. A mistake of the user's is none of the module's, and ends all.
    pub fn take<T>(&mut self, name: &str, result: Result<T>) -> Result<Result<T, Ended>> {
        let (kept, verdict) = match result {
            Ok(value) => (Ok(value), Verdict::Passed),
            Err(error) if verdict::is_mistake(&error) => return Err(error),
            Err(error) => (Err(Ended), Verdict::from(Err(error))),
        };
        if self.style.is_for_people() {
            let why = match &verdict {
                Verdict::Passed => None,
                Verdict::Failed(why) => Some(("FAILED", why)),
                Verdict::Broken(why) => Some(("LAB BROKE", why)),
            };
            println!("  {name:8} {}", why.map_or("ok", |(word, _)| word));
            why.iter().for_each(|(_, why)| self.say(why));
        }
        let [kernel, release, accelerator] = self.on.clone();
        let seconds = self.started.elapsed().as_secs_f64();
        self.reports.push(Report { name: name.to_string(), kernel, release, accelerator, seconds, verdict });
        self.started = Instant::now();
        Ok(kept)
    }

    /// Shows lines below a step.
    pub fn say(&self, text: &str) {
        if self.style.is_for_people() {
            text.trim_end().lines().for_each(|line| println!("           {line}"));
        }
    }
}
