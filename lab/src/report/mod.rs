//! How outcomes are reported: to people, as KTAP (Documentation/dev-tools/ktap.rst), as JSON, or as JUnit's XML, which
//! services that run tests understand.

pub mod diff;
mod junit;
pub mod parallel;
pub mod spinner;
pub mod verdict;

use anstyle::AnsiColor;
use serde::Serialize;
use verdict::Verdict;

/// One lesson on one kernel.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The lesson, exercise or trial.
    pub name: String,
    /// The kernel's short name.
    pub kernel: String,
    /// The kernel's `uname -r`.
    pub release: String,
    /// How the guest ran.
    pub accelerator: String,
    /// How long it took, the guest's start included.
    pub seconds: f64,
    /// What came of it.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// The chosen form.
#[derive(Default, Clone, clap::Args)]
pub struct Style {
    /// Print KTAP, the kernel's test protocol
    #[arg(long, conflicts_with_all = ["json", "junit"])]
    ktap: bool,
    /// Print one JSON array
    #[arg(long, conflicts_with = "junit")]
    json: bool,
    /// Print JUnit's XML
    #[arg(long)]
    junit: bool,
}

impl Style {
    /// Whether a person reads it.
    pub fn is_for_people(&self) -> bool {
        !(self.ktap || self.json || self.junit)
    }

    /// Prints one outcome as soon as it is known; the machine-readable forms wait for the end, and for order.
    pub fn one(&self, report: &Report) {
        if !self.is_for_people() {
            return;
        }
        let Report { name, kernel, seconds, verdict, .. } = report;
        let line = |word: &str, colour: AnsiColor| {
            let style = colour.on_default();
            anstream::println!("{style}{word}{style:#} {name} on Linux {kernel} ({seconds:.2} s)");
        };
        match verdict {
            Verdict::Passed => line("ok    ", AnsiColor::Green),
            Verdict::Failed(why) => {
                line("FAILED", AnsiColor::Red);
                println!("{}", indented(why, "       "));
            }
            Verdict::Broken(why) => {
                line("LAB   ", AnsiColor::Yellow);
                println!("{}", indented(why, "       "));
            }
        }
    }

    /// Prints all outcomes.
    pub fn conclude(&self, reports: &[Report]) {
        if !self.machine_readable(reports) {
            let passed = reports.iter().filter(|report| report.verdict == Verdict::Passed).count();
            println!("{passed} passed, {} failed", reports.len() - passed);
        }
    }

    /// Prints all outcomes in the machine-readable form that is wanted, if one is.
    pub fn machine_readable(&self, reports: &[Report]) -> bool {
        if self.json {
            println!("{}", serde_json::to_string_pretty(reports).unwrap_or_default());
        } else if self.ktap {
            ktap(reports);
        } else if self.junit {
            println!("{}", junit::of(reports));
        }
        !self.is_for_people()
    }
}

fn ktap(reports: &[Report]) {
    println!("KTAP version 1\n1..{}", reports.len());
    for (number, Report { name, kernel, verdict, .. }) in (1..).zip(reports) {
        match verdict {
            Verdict::Passed => println!("ok {number} {name}.{kernel}"),
            Verdict::Failed(why) => println!("{}\nnot ok {number} {name}.{kernel}", indented(why, "# ")),
            // The lab broke: KTAP's word for a test whose environment is missing would count as passed, so say no.
            Verdict::Broken(why) => {
                println!("{}\nnot ok {number} {name}.{kernel} # the lab broke", indented(why, "# "))
            }
        }
    }
}

fn indented(text: &str, by: &str) -> String {
    text.trim_end().lines().map(|line| format!("{by}{line}")).collect::<Vec<_>>().join("\n")
}
