//! What came of running a lesson: it passed, it is at fault, or the lab broke before anyone could tell. The exit code
//! tells these apart, and the user's own mistakes besides.

use serde::Serialize;
use std::process::ExitCode;

/// The exit code for a mistake of the user's, as clap has it.
const MISTAKEN: u8 = 2;

/// The exit code for a broken lab: `EX_UNAVAILABLE` of sysexits.h.
const BROKEN: u8 = 69;

/// A lesson, an exercise or a module is itself to blame. Any other error is the user's or the lab's.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Fault(pub String);

/// The user asked for what is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Mistake(pub String);

impl Mistake {
    /// `name` is no `kind` of thing that there is: says which of `all` was probably meant.
    pub fn unknown(kind: &str, name: &str, all: &[String]) -> Self {
        let likeness = |other: &str| strsim::jaro(name, other);
        let nearest = all.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
        let meant =
            nearest.filter(|nearest| likeness(nearest) > 0.7).map(|nearest| format!("did you mean {nearest}? "));
        Mistake(format!("there is no {kind} {name:?}; {}there are: {}", meant.unwrap_or_default(), all.join(", ")))
    }
}

/// The VM is gone.
#[derive(Debug, thiserror::Error)]
#[error("the VM was lost: {why}")]
pub struct Lost {
    /// What the emulator or its port said last.
    pub why: String,
    /// Its kernel had panicked.
    pub panicked: bool,
}

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
            Err(error) if is_fault(&error) => Verdict::Failed(format!("{error:#}")),
            Err(error) => Verdict::Broken(format!("{error:#}")),
        }
    }
}

/// Whether an error is the lesson's own fault. A kernel that panicked was brought down by what ran on it.
pub fn is_fault(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.is::<Fault>() || cause.downcast_ref::<Lost>().is_some_and(|lost| lost.panicked))
}

/// Whether an error is a mistake of the user's.
pub fn is_mistake(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.is::<Mistake>())
}

/// Copies an error, for each of several lessons that it concerns; it stays whose fault it was.
pub fn repeat(error: &anyhow::Error) -> anyhow::Error {
    let text = format!("{error:#}");
    if is_fault(error) { Fault(text).into() } else { anyhow::anyhow!(text) }
}

/// The tool's exit code for an error that ended it.
pub fn exit_code_of(error: &anyhow::Error) -> ExitCode {
    match error {
        _ if is_fault(error) => ExitCode::FAILURE,
        _ if is_mistake(error) => ExitCode::from(MISTAKEN),
        _ => ExitCode::from(BROKEN),
    }
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
    fn the_nearest_name_is_offered_and_a_far_one_is_not() {
        let all = ["ioctl", "inotify"].map(String::from);
        let said = |name| Mistake::unknown("lesson", name, &all).to_string();
        assert_eq!(said("iotcl"), "there is no lesson \"iotcl\"; did you mean ioctl? there are: ioctl, inotify");
        assert_eq!(said("bpf"), "there is no lesson \"bpf\"; there are: ioctl, inotify");
        assert_eq!(format!("{:?}", exit_code_of(&Mistake(String::new()).into())), format!("{:?}", ExitCode::from(2)));
    }

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
