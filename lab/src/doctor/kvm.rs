//! `cargo lab doctor --kvm`: what KVM does on this machine, with all that somebody else needs to make sense of it.

use crate::{
    build::cargo,
    course::Course,
    lessons::runner::Runner,
    report::{
        Style, parallel, spinner,
        verdict::{self, Verdict},
    },
    vm::{
        console,
        emulator::{
            accelerator::{self, Choice},
            processor,
            qemu::{self, Accelerator},
        },
        guest::{Guest, Limits, without_marks},
        kernel::Kernel,
        kernels::IN_BOOK,
        template::Template,
    },
};
use anyhow::{Context, Result, ensure};
use std::{
    fs,
    os::unix::fs::MetadataExt,
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

/// How many guests are booted of each kernel.
const BOOTS: usize = 3;

/// How many are cloned.
const CLONES: usize = 20;

/// Flags of the processor on which the path of a clone depends.
const FLAGS: [&str; 10] =
    ["hypervisor", "constant_tsc", "nonstop_tsc", "tsc_scale", "smap", "smep", "la57", "user_shstk", "ibt", "pti"];

/// How long a guest sleeps, to see how late it wakes up.
const NAP: Duration = Duration::from_millis(20);

/// Bounds on a command that does next to nothing.
const LIMITS: Limits = Limits { time: Duration::from_secs(10), bytes: 64 << 10 };

/// Runs it: KVM is probed anew, guests of each kernel are booted and cloned, and every lesson runs.
pub fn command() -> Result<ExitCode> {
    println!("## This machine\n");
    machine()?;
    accelerator::open_kvm()?;
    let emulator = qemu::find()?;
    accelerator::forget(&emulator)?;
    let agent = cargo::agent()?;
    let mut well = true;
    for name in IN_BOOK.iter() {
        println!("\n## Linux {name}\n");
        let template = Template::of(Kernel::find(name)?, &agent)?;
        let Choice { accelerator, why } = &template.choice;
        ensure!(*accelerator == Accelerator::Kvm, "guests run by {accelerator} here: {why}");
        fact("release", &template.kernel.release);
        fact("template", &template.key);
        well &= guests(&template)?;
    }
    println!("\n## Lessons\n");
    let course = Course::find()?;
    let slugs = course.chosen(&[])?;
    let kernels = IN_BOOK.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (runner, style) = (Runner::new(&course, &slugs, &kernels, false)?, Style::default());
    let reports = runner.run_all(&slugs, parallel::jobs(None), &style);
    style.conclude(&reports);
    println!(
        "\nIf anything above failed or looks odd, report all of it, from \"This machine\" on. Two things only you can see: \
         run this again after the machine has slept, and after it was booted."
    );
    // Guests that did badly are the lab's, whatever came of the lessons.
    let broken = Verdict::Broken(String::new());
    Ok(verdict::exit_code(reports.iter().map(|report| &report.verdict).chain((!well).then_some(&broken))))
}

fn fact(name: &str, value: &str) {
    println!("{name:16} {value}");
}

/// What of the host decides how its KVM behaves.
fn machine() -> Result<()> {
    let read = |path: &str| fs::read_to_string(path).map_or_else(|_| "-".into(), |text| text.trim().to_string());
    let release = read("/etc/os-release");
    let system = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or("-");
    fact("system", system.trim_matches('"'));
    fact("kernel", &read("/proc/version"));
    let inside = Command::new("systemd-detect-virt").output().ok();
    fact("inside", &inside.map_or("-".into(), |output| String::from_utf8_lossy(&output.stdout).trim().to_string()));
    for name in ["model name", "cpu family", "model", "stepping", "microcode"] {
        fact(name, &processor::field(name)?.unwrap_or_else(|| "-".into()));
    }
    let mut flags = Vec::new();
    for flag in FLAGS {
        flags.extend(processor::has(flag)?.then_some(flag));
    }
    fact("flags", &flags.join(" "));
    fact("clock", &read(processor::CLOCKSOURCE));
    processor::parameters().iter().for_each(|parameter| fact("parameter", parameter));
    let device =
        fs::metadata("/dev/kvm").map(|device| format!("mode {:o}, group {}", device.mode() & 0o777, device.gid()));
    fact("/dev/kvm", &device.unwrap_or_else(|error| error.to_string()));
    let emulator = qemu::find()?;
    fact("QEMU", &format!("{} ({})", qemu::version(&emulator)?, emulator.display()));
    Ok(())
}

/// What one guest showed.
struct Sighting {
    /// How long it took until it answered.
    start: Duration,
    /// How late it woke up from a nap, at worst.
    late: Duration,
    /// How much its uptime went wrong against the host's in that time.
    drift: f64,
    /// Its clock, by its name in the kernel.
    clock: String,
    /// What the kernel's log reports.
    trouble: Option<String>,
}

/// Boots and clones guests; returns whether all of them did well.
fn guests(template: &Template) -> Result<bool> {
    let boots = series("boots", BOOTS, || template.boot())?;
    let clones = series("clones", CLONES, || template.clone_guest())?;
    Ok(boots && clones)
}

/// Starts `count` guests, one after the other, and tells how they fared.
fn series(what: &str, count: usize, start: impl Fn() -> Result<Guest>) -> Result<bool> {
    let bar = spinner::bar(count);
    let mut seen = Vec::new();
    let mut failures = Vec::new();
    for _ in 0..count {
        match sighting(&start) {
            Ok(sighting) => seen.push(sighting),
            Err(error) => failures.push(format!("{error:#}")),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    failures.extend(seen.iter().filter_map(|sighting| sighting.trouble.clone()));
    fact(what, &format!("{count}, of which {} failed", failures.len()));
    failures.iter().for_each(|failure| println!("{}", failure.trim_end()));
    let milliseconds = |time: Duration| format!("{:.0} ms", time.as_secs_f64() * 1000.0);
    let range = |of: fn(&Sighting) -> Duration| {
        let mut times: Vec<Duration> = seen.iter().map(of).collect();
        times.sort_unstable();
        times.get(times.len() / 2).map(|median| (milliseconds(*median), milliseconds(times[times.len() - 1])))
    };
    if let Some((median, most)) = range(|sighting| sighting.start) {
        fact("  until it says", &format!("median {median}, at most {most}"));
    }
    if let Some((median, most)) = range(|sighting| sighting.late) {
        fact("  wakes up late", &format!("median {median}, at most {most}"));
    }
    let drift = seen.iter().map(|sighting| sighting.drift).fold(0.0, f64::max);
    fact("  uptime is off", &format!("at most {:.0} ms", drift * 1000.0));
    let mut clocks: Vec<&str> = seen.iter().map(|sighting| sighting.clock.as_str()).collect();
    clocks.dedup();
    fact("  clock", &clocks.join(", "));
    Ok(failures.is_empty())
}

fn sighting(start: impl Fn() -> Result<Guest>) -> Result<Sighting> {
    let begun = Instant::now();
    let mut guest = start()?;
    let started = begun.elapsed();
    let (before, from) = (uptime(&mut guest)?, Instant::now());
    let mut late = Duration::ZERO;
    for processor in ["0x1", "0x2", "0x1", "0x2"] {
        let (nap, asleep) = (NAP.as_micros().to_string(), Instant::now());
        run(&mut guest, &["/bin/busybox", "taskset", processor, "busybox", "usleep", &nap])?;
        late = late.max(asleep.elapsed().saturating_sub(NAP));
    }
    let (after, passed) = (uptime(&mut guest)?, from.elapsed());
    let clock = run(&mut guest, &["/bin/busybox", "cat", processor::CLOCKSOURCE])?;
    let log = without_marks(&guest.settled_log()?);
    Ok(Sighting {
        start: started,
        late,
        drift: (after - before - passed.as_secs_f64()).abs(),
        clock: clock.trim().to_string(),
        trouble: console::trouble(&log).map(str::to_string),
    })
}

/// A guest's uptime in seconds; see proc_uptime(5).
fn uptime(guest: &mut Guest) -> Result<f64> {
    let text = run(guest, &["/bin/busybox", "cat", "/proc/uptime"])?;
    text.split(' ').next().and_then(|first| first.parse().ok()).context("read /proc/uptime")
}

fn run(guest: &mut Guest, argv: &[&str]) -> Result<String> {
    let ended = guest.run(argv, LIMITS)?;
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(ended.exit == agent::Exit::Code(0), "{}: {}; {}", argv.join(" "), ended.exit, said.trim());
    Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
}
