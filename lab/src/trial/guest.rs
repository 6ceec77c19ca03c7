//! A module in a guest: loaded, used, unloaded, three times; then the kernel is watched.

use super::{
    Ended, Steps, faults,
    left::{self, Addresses, Mapped, Survey, Traced},
    module::Module,
    options::Options,
    prepare,
};
use crate::{
    exec::program::{self, Program},
    lessons::shell,
    report::verdict::Fault,
    vm::{
        console,
        guest::{self, Guest, Limits},
        kernel::Kernel,
    },
};
use agent::Exit;
use anyhow::{Result, bail};
use std::time::Duration;

/// How often a module is loaded and unloaded.
const TIMES: usize = 3;

/// How long the kernel is watched after that, in seconds of the guest's.
const WATCHED: &str = "1";

/// What is left is looked for again so often before it counts: much ends only when RCU and the kernel's workers get to it.
const LOOKS: usize = 5;

/// Tells what is mapped in the kernel.
const MAPPED: &str = "cat /proc/vmallocinfo";

/// What the kernel says of every module that is not its own.
const OF_EVERY_MODULE: [&str; 2] = [
    ": loading out-of-tree module taints kernel.",
    ": module verification failed: signature and/or required key missing - tainting kernel",
];

/// How long a module may take to load or to unload, and how much its kernel may tell.
pub const LIMITS: Limits = Limits { time: Duration::from_secs(10), bytes: 32 << 20 };

/// Modules in a guest.
pub struct Trial<'a> {
    /// The kernel.
    pub kernel: &'a Kernel,
    /// The guest.
    pub guest: &'a mut Guest,
    /// The modules, in the order of loading.
    pub modules: &'a [Module],
    /// What is wanted.
    pub options: &'a Options,
    /// How long a step may take.
    pub limits: Limits,
    /// How much of the log has been told.
    pub told: usize,
    /// How the user's program has ended.
    pub exit: Option<Exit>,
}

impl Trial<'_> {
    /// Makes all steps, as far as they go.
    pub fn all(&mut self, steps: &mut Steps) -> Result<Result<(), Ended>> {
        let program = if self.options.run.is_empty() { None } else { Some(Program::of(&self.options.run)?) };
        self.prepare(program.as_ref())?;
        let before = self.survey()?;
        let (mut traced, mut complaints) = (Traced::default(), Vec::new());
        for time in 1..=TIMES {
            let is_first = time == 1;
            let loaded = self.load();
            let (loaded, said) = (self.explained(loaded)?, self.news()?);
            if is_first || loaded.is_err() {
                let loaded = steps.take("load", loaded)?;
                steps.say(&said);
                if loaded.is_err() {
                    return Ok(Err(Ended));
                }
            }
            if is_first && let Some(port) = self.options.machine.gdb {
                self.let_attach(port)?;
            }
            if is_first && let Err(ended) = self.used(program.as_ref(), steps)? {
                return Ok(Err(ended));
            }
            if is_first && let Err(ended) = self.attacked(&before, steps)? {
                return Ok(Err(ended));
            }
            // Where everything is, is told only while it is there; what happens then may leave nobody to tell.
            let addresses = self.addresses()?;
            let mapped = Mapped::read(&self.script(MAPPED)?, &addresses, self.modules);
            traced.read(&self.trace()?);
            let pending = traced.pending(&addresses, self.modules);
            let unloaded = self.unload();
            let after = if unloaded.is_ok() { self.trace() } else { Ok(String::new()) };
            let unloaded = unloaded.and(after.map(|text| traced.read(&text)));
            let unloaded = self.explained(unloaded)?;
            let unloaded = unloaded.map_err(|error| match &pending[..] {
                [] => error,
                pending => Fault(format!("before it was unloaded, {}\n{error:#}", pending.join("\n"))).into(),
            });
            let said = self.news()?;
            if is_first || unloaded.is_err() {
                let unloaded = steps.take("unload", unloaded)?;
                steps.say(&said);
                if unloaded.is_err() {
                    return Ok(Err(Ended));
                }
            }
            complaints.extend(traced.pending(&addresses, self.modules));
            complaints.extend(self.left_since(&before)?);
            if complaints.is_empty() {
                complaints.extend(mapped.left_in(&self.script(MAPPED)?));
            }
            if time == TIMES || !complaints.is_empty() {
                complaints.extend(if self.has_lost_events()? {
                    Vec::new()
                } else {
                    traced.kept(&addresses, self.modules)
                });
                break;
            }
        }
        let clean = self.clean(complaints);
        steps.take("clean", clean)
    }

    /// Runs the user's program, or opens a shell.
    fn used(&mut self, program: Option<&Program>, steps: &mut Steps) -> Result<Result<(), Ended>> {
        if let Some(program) = program {
            let time = self.options.machine.gdb.map_or(Duration::from_secs(self.options.timeout), |_| prepare::NEVER);
            let ran = program.run(self.guest, time, !steps.style.is_for_people());
            self.exit = ran.as_ref().ok().copied();
            let ran = match ran {
                Err(error) if crate::report::verdict::is_mistake(&error) => return Err(error),
                ran => self.explained(ran.and_then(program::outcome))?,
            };
            let said = self.news()?;
            let is_gone = ran.is_err() && self.exit.is_none();
            let ran = steps.take("run", ran)?;
            steps.say(&said);
            if is_gone {
                return Ok(ran);
            }
        }
        if self.options.keep {
            eprintln!("The module is loaded. When you leave this shell, by `exit` or Ctrl-D, it is unloaded.");
            let _ = shell::converse(self.guest, shell::start)?;
            steps.say(&self.news()?);
        }
        Ok(Ok(()))
    }

    fn load(&mut self) -> Result<()> {
        for module in self.modules {
            let path = format!("/root/{}.ko", module.name);
            let mut argv = vec![agent::PROGRAM, "insmod", &path];
            argv.extend(module.parameters.iter().map(String::as_str));
            let ended = self.guest.run(&argv, self.limits)?;
            let said = String::from_utf8_lossy(&ended.stderr).trim().to_string();
            match ended.exit {
                Exit::Code(0) => {}
                exit if said.is_empty() => bail!(Fault(format!("its init function was killed: {exit}"))),
                _ => {
                    let log = self.guest.settled_log().unwrap_or_else(|_| self.guest.log());
                    bail!(Fault(faults::loading(&module.name, &said, &log, self.kernel)?));
                }
            }
        }
        Ok(())
    }

    fn unload(&mut self) -> Result<()> {
        for module in self.modules.iter().rev() {
            let ended = self.guest.run(&[agent::PROGRAM, "rmmod", &module.name], self.limits)?;
            let said = String::from_utf8_lossy(&ended.stderr).trim().to_string();
            match ended.exit {
                Exit::Code(0) => {}
                exit if said.is_empty() => bail!(Fault(format!("its exit function was killed: {exit}"))),
                _ => {
                    let users = self.script(&format!("grep '^{} ' /proc/modules", module.name)).unwrap_or_default();
                    bail!(Fault(faults::unloading(&module.name, &said, &users)));
                }
            }
        }
        Ok(())
    }

    /// A step, with the kernel's report before its own words: trouble in the log explains a failure, and is one.
    pub fn explained(&mut self, result: Result<()>) -> Result<Result<()>> {
        let settled = self.guest.settled_log().map(drop);
        let result = result.and(settled).map_err(|error| faults::blame(error, &self.guest.log(), self.modules));
        let trouble = faults::trouble(&self.guest.log(), self.modules);
        Ok(match (result, trouble) {
            (Ok(()), None) => Ok(()),
            (Ok(()), Some(trouble)) => Err(Fault(trouble).into()),
            (Err(error), None) => Err(error),
            (Err(error), Some(trouble)) => {
                Err(Fault(format!("{trouble}\n{}", first_lines(&format!("{error:#}")))).into())
            }
        })
    }

    /// What the kernel has logged since this was asked last.
    pub fn news(&mut self) -> Result<String> {
        let log = guest::without_marks(&self.guest.log());
        let news = log.get(self.told..).unwrap_or_default().lines().map(console::message);
        let mut news: Vec<&str> = news.filter(|line| !OF_EVERY_MODULE.iter().any(|end| line.ends_with(end))).collect();
        if let Some(report) = news.iter().position(|line| faults::begins_report(line)) {
            news.truncate(report);
            news.push("… `cargo lab log try` shows the kernel's own report");
        }
        self.told = log.len();
        Ok(news.join("\n"))
    }

    /// Whether all is as it was before.
    fn clean(&mut self, mut complaints: Vec<String>) -> Result<()> {
        let watched = self.guest.run(&["/bin/sleep", WATCHED], self.limits).map(drop);
        if let Err(error) = self.explained(watched)? {
            complaints.push(format!("{error:#}"));
        }
        let mut seen = Vec::new();
        complaints.retain(|complaint| {
            !seen.contains(complaint) && {
                seen.push(complaint.clone());
                true
            }
        });
        if complaints.is_empty() { Ok(()) } else { Err(Fault(complaints.join("\n")).into()) }
    }

    pub fn survey(&mut self) -> Result<Survey> {
        let ended = self.guest.run(&[agent::PROGRAM, "survey"], self.limits)?;
        Ok(Survey::read(&String::from_utf8_lossy(&ended.stdout)))
    }

    /// What is registered that was not before, once the kernel has had time to clear up.
    fn left_since(&mut self, before: &Survey) -> Result<Vec<String>> {
        let mut left = Vec::new();
        for _ in 0..LOOKS {
            match self.survey() {
                Ok(now) => left = now.more_than(before),
                // The kernel's own words follow.
                Err(error) => {
                    return Ok(vec![
                        format!("{:#}", faults::blame(error, "", self.modules))
                            .lines()
                            .next()
                            .unwrap_or_default()
                            .to_string(),
                    ]);
                }
            }
            if left.is_empty() {
                break;
            }
            let _ = self.guest.run(&["/bin/sleep", "0.2"], self.limits);
        }
        Ok(left)
    }

    /// Where the sections of the loaded modules are.
    pub fn addresses(&mut self) -> Result<Addresses> {
        Ok(Addresses::read(&self.script("grep . /sys/module/*/sections/.* 2> /dev/null")?))
    }

    /// What the tracer has told since this was asked last. It stands still meanwhile, or reading would never come to an end.
    fn trace(&mut self) -> Result<String> {
        self.script(&format!(
            "cd {} && echo 0 > tracing_on && cat trace && echo > trace && echo 1 > tracing_on",
            left::TRACER
        ))
    }

    /// Whether more has happened than the tracer could keep.
    fn has_lost_events(&mut self) -> Result<bool> {
        let text = self.script(&format!("grep -h '^overrun' {}/per_cpu/*/stats", left::TRACER))?;
        Ok(text.lines().any(|line| !line.ends_with(": 0")))
    }

    /// Runs a script that has nothing to complain of.
    pub fn script(&mut self, script: &str) -> Result<String> {
        let ended = self.guest.run(&["/bin/sh", "-c", script], self.limits)?;
        let said = String::from_utf8_lossy(&ended.stderr);
        anyhow::ensure!(!matches!(ended.exit, Exit::Signal(_)) && said.is_empty(), "{}: {}", ended.exit, said.trim());
        Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
    }
}

/// A lost guest quotes its log, which has been explained already.
fn first_lines(text: &str) -> String {
    text.split("\nits kernel's last words").next().unwrap_or(text).to_string()
}
