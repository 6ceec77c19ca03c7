//! What `cargo lab measure` has found out, as it is kept beside the lesson, and what the book shows of it. Charts and
//! tables are made from the figures and from nothing else, so that `cargo lab check` can make them again and compare.

use crate::{chart, course::Course, table};
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
    /// Every way, in the lab.
    pub guest: Vec<Figure>,
    /// The ways that need neither root nor a module, by the same program on the host itself.
    pub host: Vec<Figure>,
    /// Each lesson's user side in Rust and in C.
    pub compared: Vec<Compared>,
}

/// On what it was measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Machine {
    /// The host's processor.
    pub processor: String,
    /// How the guest's instructions are carried out.
    pub accelerator: String,
    /// The emulator's version.
    pub qemu: String,
    /// `uname -r` of the guest.
    pub kernel: String,
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

    /// Reads them.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("parse {}", path.display()))
    }

    /// What the book shows: each file's name in `book/figures` and its content.
    pub fn pictures(&self) -> [(&'static str, String); 7] {
        [
            ("choosing-latency.svg", chart::latency(&self.guest)),
            ("choosing-throughput.svg", chart::throughput(&self.guest)),
            ("choosing-machine.md", table::machine(self)),
            ("choosing-latency.md", table::latency(&self.guest)),
            ("choosing-sizes.md", table::sizes(&self.guest)),
            ("choosing-host.md", table::host(&self.guest, &self.host)),
            ("choosing-compared.md", table::compared(&self.compared)),
        ]
    }

    /// Keeps the figures and draws what the book shows.
    pub fn write(&self, course: &Course) -> Result<()> {
        let path = Self::path(course);
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        for (name, content) in self.pictures() {
            let path = course.book().join("figures").join(name);
            fs::write(&path, content).with_context(|| format!("write {}", path.display()))?;
        }
        Ok(())
    }
}

/// The figures in the book that are not what the kept figures give, for `cargo lab check`. A course without the chapter
/// has none.
pub fn faults(course: &Course) -> Result<Vec<String>> {
    if !course.lesson("choosing").is_dir() {
        return Ok(Vec::new());
    }
    let measured = match Measured::read(&Measured::path(course)) {
        Ok(measured) => measured,
        Err(error) => return Ok(vec![format!("{error:#}: run `cargo lab measure`")]),
    };
    let stale = |(name, content): &(&str, String)| {
        fs::read_to_string(course.book().join("figures").join(name)).ok().as_ref() != Some(content)
    };
    let pictures = measured.pictures();
    let stale = pictures.iter().filter(|picture| stale(picture));
    Ok(stale
        .map(|(name, _)| format!("book/figures/{name} is not what measured.json gives: run `cargo lab measure`"))
        .collect())
}

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

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A figure whose rounds all took `median`.
    pub fn figure(way: &str, to: To, size: u64, median: u64) -> Figure {
        Figure { way: way.into(), to, size, batch: 1, rounds: 11, median, p10: median, p90: median }
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
