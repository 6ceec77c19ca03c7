//! What the user sees while something takes time. All of it goes to standard error.

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    fs::File,
    io::IsTerminal,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

/// So often is said how far a step is, where no spinner turns.
const OFTEN: Duration = Duration::from_secs(10);

/// Somebody else has the terminal.
static HUSHED: AtomicBool = AtomicBool::new(false);

/// From now on nothing is said: a screen is shown.
pub fn hush() {
    HUSHED.store(true, Ordering::Relaxed);
}

fn is_hushed() -> bool {
    HUSHED.load(Ordering::Relaxed)
}

/// One long step: a spinner with a clock on a terminal, one plain line elsewhere.
pub struct Step {
    bar: ProgressBar,
    said: Instant,
}

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
        step.say(&format!("{what}: {how_far}"));
    }
}

impl Step {
    /// Says what begins.
    pub fn start(what: &str) -> Self {
        let bar = match (is_hushed(), std::io::stderr().is_terminal()) {
            (true, _) => ProgressBar::hidden(),
            (false, true) => spinning(what),
            (false, false) => {
                eprintln!("lab: {what}");
                ProgressBar::hidden()
            }
        };
        Step { bar, said: Instant::now() }
    }

    /// Says how far it is.
    fn say(&mut self, how_far: &str) {
        self.bar.set_message(how_far.to_string());
        if !std::io::stderr().is_terminal() && !is_hushed() && self.said.elapsed() >= OFTEN {
            eprintln!("lab: {how_far}");
            self.said = Instant::now();
        }
    }

    /// Says how it ended.
    pub fn finish(self, outcome: &str) {
        self.bar.finish_and_clear();
        if !is_hushed() {
            eprintln!("lab: {outcome}");
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Locks a file, which is made if need be, until it is dropped. If another run has it, says that this one waits for it.
pub fn lock(path: &Path, whom: &str) -> Result<File> {
    let lock = File::create(path).with_context(|| format!("open {}", path.display()))?;
    if lock.try_lock().is_err() {
        let step = Step::start(&format!("waiting for {whom}"));
        lock.lock().with_context(|| format!("lock {}", path.display()))?;
        step.finish("done waiting");
    }
    Ok(lock)
}

/// A spinner with a clock.
fn spinning(what: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_string());
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// A bar over `count` things; invisible where nobody watches.
pub fn bar(count: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(count as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar
}
