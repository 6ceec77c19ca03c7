//! What came of running a lesson: it passed, it is at fault, or the lab broke before anyone could tell. The exit code
//! tells the three apart, and the last is never reported as the second.

use crate::guest::Lost;
use serde::Serialize;
use std::process::ExitCode;

/// The exit code for a broken lab: `EX_UNAVAILABLE` of sysexits.h.
const BROKEN: u8 = 69;

/// The error of a lesson or module that is itself to blame. Any other error is the lab's.
#[derive(Debug)]
pub struct Faulty(pub String);

impl std::fmt::Display for Faulty {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Faulty {}

/// The outcome of one lesson on one kernel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "verdict", content = "why")]
pub enum Verdict {
    /// It did exactly what it should.
    Passed,
    /// It did not.
    Failed(String),
    /// Nobody can tell: no emulator, a lost VM, a time-out.
    Broken(String),
}

impl From<anyhow::Result<()>> for Verdict {
    fn from(result: anyhow::Result<()>) -> Self {
        match result {
            Ok(()) => Verdict::Passed,
            Err(error) if blames_the_lesson(&error) => Verdict::Failed(format!("{error:#}")),
            Err(error) => Verdict::Broken(format!("{error:#}")),
        }
    }
}

/// Whether an error is the lesson's own fault. A kernel that panicked was brought down by what ran on it.
pub fn blames_the_lesson(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.is::<Faulty>() || cause.downcast_ref::<Lost>().is_some_and(|lost| lost.panicked))
}

/// The same error once more, for each of several lessons that it concerns.
pub fn repeat(error: &anyhow::Error) -> anyhow::Error {
    let text = format!("{error:#}");
    if blames_the_lesson(error) { Faulty(text).into() } else { anyhow::anyhow!(text) }
}

/// The tool's exit code for an error that ended it.
pub fn exit_code_of(error: &anyhow::Error) -> ExitCode {
    if blames_the_lesson(error) { ExitCode::FAILURE } else { ExitCode::from(BROKEN) }
}

/// The tool's exit code for several outcomes: 0 all passed, 1 some failed, 69 the lab broke.
pub fn exit_code<'a>(verdicts: impl IntoIterator<Item = &'a Verdict>) -> ExitCode {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Passed => 0,
        Verdict::Failed(_) => 1,
        Verdict::Broken(_) => BROKEN,
    };
    ExitCode::from(verdicts.into_iter().map(rank).max().unwrap_or(BROKEN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_lab_is_not_reported_as_a_failed_lesson() {
        let (failed, broken) = (Verdict::Failed(String::new()), Verdict::Broken(String::new()));
        let code = |verdicts: &[&Verdict]| format!("{:?}", exit_code(verdicts.iter().copied()));
        assert_eq!(code(&[&Verdict::Passed]), format!("{:?}", ExitCode::SUCCESS));
        assert_eq!(code(&[&Verdict::Passed, &failed]), format!("{:?}", ExitCode::FAILURE));
        assert_eq!(code(&[&failed, &broken]), format!("{:?}", ExitCode::from(69)));
        assert_eq!(code(&[]), format!("{:?}", ExitCode::from(69)), "nothing ran, so nothing passed");
    }
}
