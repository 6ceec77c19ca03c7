//! `cargo lab dev soak`: what one run cannot show. Each module is loaded and unloaded many times in one kernel and must
//! give all memory back; a hostile program throws nonsense at it from several threads; the lesson runs many times over,
//! each time in a fresh clone, without one difference.

use crate::{
    course::{Course, package},
    lessons::{
        lesson::{Lesson, rmmod},
        runner::Runner,
        scene::{PROGRAM, Scene, with_clean_log},
    },
    report::{
        Report, Style, parallel,
        verdict::{self, Fault},
    },
    vm::{
        guest::{Ended, Guest, Limits},
        kernels::{self, DEFAULT},
        template::Template,
    },
};
use agent::Exit;
use anyhow::{Context, Result, bail, ensure};
use std::{collections::BTreeMap, process::ExitCode, time::Duration};

/// Loads and unloads in one kernel. So many, because free memory goes up and down by half a MiB from moment to moment, and a
/// leak of one page a load must stand out from that.
const LOADS: usize = 200;

/// The same where kmemleak looks for what nothing points to any more. It finds a leak in one load, and all else that watches there
/// makes loads slow.
const WATCHED_LOADS: usize = 20;

/// What it looks with (Documentation/dev-tools/kmemleak.rst).
const KMEMLEAK: &str = "/sys/kernel/debug/kmemleak";

/// A leak must show in this many rounds of loads.
const ROUNDS: usize = 3;

/// How much less memory may be available after all loads, in KiB: half a page for each.
const MEMORY_SLACK: i64 = 2 * LOADS as i64;

/// How many more objects any of the kernel's caches may hold after all loads: fewer than one for each.
const OBJECTS_SLACK: i64 = LOADS as i64 * 9 / 10;

/// Loading takes about 50 ms on an idle machine without KVM.
const LOADING: Limits = Limits { time: Duration::from_secs(120), bytes: 64 << 10 };

/// Which lessons, on what.
#[derive(clap::Args)]
pub struct Options {
    /// Lessons; all of them if none is named
    slugs: Vec<String>,
    /// Kernel to run on, or all of them; may be given more than once
    #[arg(long = "kernel", value_name = "K", default_values = [DEFAULT], value_delimiter = ',', value_parser = kernels::some())]
    kernels: Vec<String>,
    /// Runs of each lesson, each in a clone of its own
    #[arg(long, value_name = "N", default_value_t = 20)]
    runs: usize,
    #[command(flatten)]
    style: Style,
}

/// What is done with a lesson.
#[derive(Clone, Copy)]
enum Soak {
    Loads,
    Hostile,
    Runs(usize),
}

/// Runs the command.
pub fn command(options: &Options) -> Result<ExitCode> {
    let course = Course::find()?;
    let slugs = course.chosen(&options.slugs)?;
    let runner = Runner::new(&course, &slugs, &kernels::chosen(&options.kernels), false)?;
    let soaks = |slug: &str| match course.module(slug) {
        Some(_) => vec![Soak::Loads, Soak::Hostile, Soak::Runs(options.runs)],
        None => vec![Soak::Runs(options.runs)],
    };
    let mut work = Vec::new();
    for template in runner.templates() {
        for slug in &slugs {
            work.extend(soaks(slug).into_iter().map(|soak| (template, slug.as_str(), soak)));
        }
    }
    let reports = parallel::each(&work, parallel::jobs(None), |item| perform(&course, &runner, item), &options.style);
    options.style.conclude(&reports);
    Ok(verdict::exit_code(reports.iter().map(|report| &report.verdict)))
}

fn perform(course: &Course, runner: &Runner, (template, slug, soak): &(&Template, &str, Soak)) -> (String, Report) {
    let name = match soak {
        Soak::Loads => format!("{slug}: many loads"),
        Soak::Hostile => format!("{slug}: hostile calls"),
        Soak::Runs(times) => format!("{slug}: {times} runs"),
    };
    let report = template.report(&name, || {
        let lesson = runner.lesson(&template.kernel, slug)?;
        match soak {
            Soak::Loads => in_guest(runner, template, |guest| loads(&lesson, guest)),
            Soak::Hostile => in_guest(runner, template, |guest| hostile(&lesson, guest)),
            Soak::Runs(times) => runs(course, runner, template, slug, *times),
        }
    });
    (name, report)
}

fn in_guest(runner: &Runner, template: &Template, what: impl FnOnce(&mut Guest) -> Result<()>) -> Result<()> {
    let mut guest = runner.guest(template)?;
    let done = what(&mut guest);
    with_clean_log(&mut guest, done)
}

fn loads(lesson: &Lesson, guest: &mut Guest) -> Result<()> {
    lesson.install(guest)?;
    let module = package(&lesson.slug, '_');
    if script(guest, &format!("test -e {KMEMLEAK}"))?.exit == Exit::Code(0) {
        return watched_loads(guest, &module);
    }
    // The first ones fill the kernel's caches.
    load_often(guest, &module, 50)?;
    // A leak costs memory in every round; what the kernel merely keeps for later does not go on growing.
    let mut loss = None;
    for _ in 0..ROUNDS {
        let before = Memory::of(guest)?;
        load_often(guest, &module, LOADS)?;
        loss = before.lost_for_good(guest)?;
        if loss.is_none() {
            return Ok(());
        }
    }
    bail!(Fault(format!("{LOADS} loads and unloads cost {}, in each of {ROUNDS} rounds", loss.unwrap_or_default())))
}

/// Loads and unloads a module where kmemleak looks for what is lost. What has been lost before is not counted.
fn watched_loads(guest: &mut Guest, module: &str) -> Result<()> {
    script(guest, &format!("echo scan > {KMEMLEAK}; echo clear > {KMEMLEAK}"))?;
    load_often(guest, module, WATCHED_LOADS)?;
    // It reports what is lost in two scans, and is at least 5 s old.
    let found = script(guest, &format!("sleep 6; echo scan > {KMEMLEAK}; echo scan > {KMEMLEAK}; cat {KMEMLEAK}"))?;
    match String::from_utf8_lossy(&found.stdout).trim() {
        "" => Ok(()),
        report => bail!(Fault(format!("kmemleak has found what nothing points to any more\n{report}"))),
    }
}

/// Runs a script in the guest.
fn script(guest: &mut Guest, text: &str) -> Result<Ended> {
    guest.run(&["/bin/sh", "-c", text], LOADING)
}

/// Loads and unloads a module, by a loop in the guest.
fn load_often(guest: &mut Guest, module: &str, times: usize) -> Result<()> {
    let script = format!(
        "i=0; while [ $i -lt {times} ]; do
            {init} insmod /root/{module}.ko || exit; {init} rmmod {module} || exit; i=$((i + 1))
        done",
        init = agent::PROGRAM
    );
    let ended = self::script(guest, &script)?;
    match ended.exit {
        Exit::Code(0) => Ok(()),
        _ => bail!(Fault(String::from_utf8_lossy(&ended.stderr).trim().to_string())),
    }
}

/// What the kernel has in use, once it has dropped what it only keeps in case.
struct Memory {
    /// `MemAvailable` of proc(5), in KiB.
    available: i64,
    /// The objects in use in each of its caches, from slabinfo(5).
    objects: BTreeMap<String, i64>,
}

impl Memory {
    fn of(guest: &mut Guest) -> Result<Self> {
        let script = "for i in 1 2 3; do
                echo 3 > /proc/sys/vm/drop_caches; echo 1 > /proc/sys/vm/compact_memory; sleep 0.1
            done
            for cache in /sys/kernel/slab/*/shrink; do echo 1 > $cache; done 2> /dev/null
            echo 1 > /proc/sys/vm/stat_refresh; cat /proc/meminfo; tail -n +3 /proc/slabinfo";
        let ended = self::script(guest, script)?;
        let text = String::from_utf8_lossy(&ended.stdout).into_owned();
        let rows = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let mut memory = Memory { available: 0, objects: BTreeMap::new() };
        for row in rows {
            match row.as_slice() {
                ["MemAvailable:", amount, "kB"] => memory.available = amount.parse()?,
                [cache, active, _, _, _, _, ":", ..] => drop(memory.objects.insert(cache.to_string(), active.parse()?)),
                _ => {}
            }
        }
        ensure!(memory.available > 0 && !memory.objects.is_empty(), "the guest did not tell what memory it uses");
        Ok(memory)
    }

    /// What is gone, and stays gone: much is given back only when RCU and the kernel's workers get to it.
    fn lost_for_good(&self, guest: &mut Guest) -> Result<Option<String>> {
        let mut loss = None;
        for _ in 0..10 {
            loss = self.lost(&Memory::of(guest)?);
            if loss.is_none() {
                break;
            }
        }
        Ok(loss)
    }

    /// What is gone, if anything worth speaking of is. `vmap_area` and the like come and go with every run of a program;
    /// what a module allocates for itself comes from the caches that kmalloc draws on, or in whole pages.
    fn lost(&self, after: &Memory) -> Option<String> {
        let caches = after.objects.iter().filter(|(cache, _)| cache.starts_with("kmalloc"));
        let grown = caches.filter_map(|(cache, active)| {
            let more = active - self.objects.get(cache).unwrap_or(&0);
            (more > OBJECTS_SLACK).then(|| format!("{more} objects of {cache}"))
        });
        let lost = self.available - after.available;
        let less = (lost > MEMORY_SLACK).then(|| format!("{lost} KiB of memory"));
        // Both, because the caches say what is lost, and free memory may be less by chance.
        let all: Vec<String> = grown.chain(less).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }
}

fn hostile(lesson: &Lesson, guest: &mut Guest) -> Result<()> {
    lesson.install(guest)?;
    lesson.install_program(guest, &format!("{}-hostile", package(&lesson.slug, '-')), "hostile")?;
    lesson.load(guest)?;
    let ended = guest.run(&["/root/hostile"], Limits { bytes: 1 << 20, ..PROGRAM })?;
    if ended.exit != Exit::Code(0) {
        let said = String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned();
        bail!(Fault(format!("the hostile program: {}\n{said}", ended.exit)));
    }
    rmmod(guest, &package(&lesson.slug, '_'))
}

fn runs(course: &Course, runner: &Runner, template: &Template, slug: &str, times: usize) -> Result<()> {
    let scene = Scene::Story;
    let expected = scene.expected(course, slug, &template.kernel.name)?;
    for run in 1..=times {
        runner.play(template, slug, scene, expected.as_deref()).with_context(|| format!("run {run} of {times}"))?;
    }
    Ok(())
}
