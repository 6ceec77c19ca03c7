//! What the user sees while something takes time. All of it goes to standard error.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{io::IsTerminal, time::Duration};

/// One long step: a spinner with a clock on a terminal, one plain line elsewhere.
pub struct Step(ProgressBar);

/// Work that often turns out to be done already: it is a step as soon as there is something to say of it.
pub struct Work {
    what: &'static str,
    step: Option<Step>,
}

impl Work {
    /// Says nothing yet.
    pub fn begin(what: &'static str) -> Self {
        Work { what, step: None }
    }

    /// Says how far it is.
    pub fn say(&mut self, how_far: &str) {
        let what = self.what;
        let step = self.step.get_or_insert_with(|| Step::start(what));
        step.0.set_message(format!("{what}: {how_far}"));
    }
}

impl Step {
    /// Says what begins.
    pub fn start(what: &str) -> Self {
        let bar = ProgressBar::new_spinner();
        if std::io::stderr().is_terminal() {
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.set_message(what.to_string());
            bar.enable_steady_tick(Duration::from_millis(100));
        } else {
            eprintln!("lab: {what}");
        }
        Step(bar)
    }

    /// Says how it ended.
    pub fn finish(self, outcome: &str) {
        self.0.finish_and_clear();
        eprintln!("lab: {outcome}");
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A bar over `count` things; invisible where nobody watches.
pub fn bar(count: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(count as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar
}
