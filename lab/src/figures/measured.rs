//! What `cargo lab dev measure` has found out, as it is kept beside the lesson, and what the book shows of it. Charts and
//! tables are made from the figures and from nothing else, so that `cargo lab dev lint` can make them again and compare.

use crate::course::Course;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// All of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measured {
    /// On what.
    pub machine: Machine,
    /// Every way, in the lab, on one processor.
    pub lab: Vec<Figure>,
    /// The ways between processes, in the lab, with each of the two on a processor of its own.
    pub lab_apart: Vec<Figure>,
    /// The ways that need neither root nor a module, by the same program on this machine itself.
    pub host: Vec<Figure>,
    /// As `lab_apart`. Empty on a machine with one processor.
    pub host_apart: Vec<Figure>,
    /// Copying into a mapping and out of it, in the lab, by a C library that must not use `rep movsb`.
    pub lab_without_rep: Vec<Figure>,
    /// Each lesson's user side in Rust and in C.
    pub compared: Vec<Compared>,
}

/// On what it was measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Machine {
    /// The machine's processor.
    pub processor: String,
    /// Whether that is a virtual machine: its processor has the flag `hypervisor`.
    #[serde(default)]
    pub hypervisor: bool,
    /// How the guest's instructions are carried out.
    pub accelerator: String,
    /// The emulator's version.
    pub qemu: String,
    /// `uname -r` of the guest.
    pub kernel: String,
    /// `uname -r` of the host.
    pub host_kernel: String,
}

/// What a round trip by one way with messages of one length takes, in nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The way's name.
    pub way: String,
    /// Who is at the other end.
    pub to: To,
    /// The length of the message, in bytes.
    pub size: u64,
    /// How many round trips were timed together each time.
    pub batch: u32,
    /// How often.
    pub rounds: usize,
    /// Half of the rounds took no longer.
    pub median: u64,
    /// A tenth of the rounds took no longer.
    pub p10: u64,
    /// Nine tenths of the rounds took no longer.
    pub p90: u64,
}

/// Who is at the other end of a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum To {
    /// A driver, or the kernel itself.
    Kernel,
    /// Another process.
    Process,
}

/// One lesson's work in both languages: medians in nanoseconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Compared {
    /// The lesson.
    pub slug: String,
    /// What is done once.
    pub work: String,
    /// How often each program ran.
    pub rounds: usize,
    /// By the C program.
    pub c: f64,
    /// By the lesson's library.
    pub rust: f64,
}

impl Compared {
    /// Rust's time divided by C's.
    pub fn ratio(&self) -> f64 {
        self.rust / self.c
    }
}

impl Measured {
    /// Where the figures are kept.
    pub fn path(course: &Course) -> PathBuf {
        course.lesson("choosing").join("measured.json")
    }

    /// Keeps them.
    pub fn keep(&self, course: &Course) -> Result<()> {
        let path = Measured::path(course);
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))
    }

    /// Reads them.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("parse {}", path.display()))
    }

    /// The runs, by the names that the book's comments call them by.
    fn runs(&self) -> [(&'static str, &[Figure]); 5] {
        [
            ("lab", &self.lab),
            ("lab apart", &self.lab_apart),
            ("host", &self.host),
            ("host apart", &self.host_apart),
            ("lab without rep", &self.lab_without_rep),
        ]
    }

    /// The figures of a run.
    pub fn run(&self, name: &str) -> Option<&[Figure]> {
        self.runs().into_iter().find_map(|(run, figures)| (run == name).then_some(figures))
    }

    /// The figures whose batches were too short for the clock.
    pub fn short_batches(&self) -> Vec<String> {
        let all = self.runs().into_iter().flat_map(|(_, figures)| figures);
        let short = all.filter(|figure| (figure.p10 + 1) * u64::from(figure.batch) < BATCH);
        short
            .map(|Figure { way, size, .. }| format!("measured.json: a batch of {way}, {size} bytes, is too short"))
            .collect()
    }
}

/// The least that `crossings-choosing-measure` times at a time, in nanoseconds.
const BATCH: u64 = 300_000;

/// The ways of one kind that `figures` are of, each with its figures from the shortest message to the longest; the
/// fastest with the shortest message comes first.
pub fn ways(figures: &[Figure], to: To) -> Vec<Vec<&Figure>> {
    let mut ways: Vec<Vec<&Figure>> = Vec::new();
    for figure in figures.iter().filter(|figure| figure.to == to) {
        match ways.iter_mut().find(|way| way[0].way == figure.way) {
            Some(way) => way.push(figure),
            None => ways.push(vec![figure]),
        }
    }
    ways.iter_mut().for_each(|way| way.sort_by_key(|figure| figure.size));
    ways.sort_by_key(|way| way[0].median);
    ways
}

/// The figure of another run for the same way and length.
pub fn same<'a>(run: &'a [Figure], figure: &Figure) -> Option<&'a Figure> {
    run.iter().find(|other| other.way == figure.way && other.size == figure.size)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Figures of a lab by software emulation, and of nothing else.
    pub fn measured(lab: Vec<Figure>, host: Vec<Figure>) -> Measured {
        let word = |text: &str| text.to_string();
        let machine = Machine {
            processor: word("Z80"),
            hypervisor: false,
            accelerator: word("software emulation"),
            qemu: word("10.0.2"),
            kernel: word("6.12"),
            host_kernel: word("6.1"),
        };
        let [lab_apart, host_apart, lab_without_rep] = [const { Vec::new() }; 3];
        Measured { machine, lab, lab_apart, host, host_apart, lab_without_rep, compared: Vec::new() }
    }

    /// A figure whose rounds all took `median`.
    pub fn figure(way: &str, to: To, size: u64, median: u64) -> Figure {
        Figure { way: way.into(), to, size, batch: 1, rounds: 11, median, p10: median, p90: median }
    }

    #[test]
    fn a_batch_that_is_too_short_is_named() {
        let long = Figure { batch: 3000, ..figure("pipe", To::Process, 64, 100) };
        let short = Figure { batch: 2900, way: "ioctl".into(), ..long.clone() };
        let faults = measured(vec![long, short], Vec::new()).short_batches();
        assert_eq!(faults, ["measured.json: a batch of ioctl, 64 bytes, is too short"]);
    }

    #[test]
    fn the_fastest_way_comes_first_and_its_shortest_message_too() {
        let figures = [
            figure("slow", To::Kernel, 64, 900),
            figure("fast", To::Kernel, 1024, 800),
            figure("fast", To::Kernel, 64, 100),
            figure("other", To::Process, 64, 1),
        ];
        let ways = ways(&figures, To::Kernel);
        let names: Vec<_> = ways.iter().map(|way| (way[0].way.as_str(), way[0].size)).collect();
        assert_eq!(names, [("fast", 64), ("slow", 64)]);
    }
}
