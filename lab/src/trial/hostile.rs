//! Nonsense for the files that modules have made, thrown by the agent while they are loaded.

use super::{Ended, Steps, guest::Trial, left::Survey};
use crate::{report::verdict::Fault, vm::guest::Limits};
use agent::Exit;
use anyhow::{Result, bail};
use std::time::{Duration, SystemTime};

/// How much longer than was asked for it may take until all threads have ended.
const ENDING: Duration = Duration::from_secs(20);

/// Where a module's files are that it has made itself, but for those of `/sys/module`, which are its parameters.
const MADE: [&str; 5] = ["/dev/", "/proc/", "/sys/devices/", "/sys/kernel/", "/sys/fs/"];

impl Trial<'_> {
    /// Throws nonsense at the modules, if that is wanted, and tells how they have fared.
    pub fn attacked(&mut self, before: &Survey, steps: &mut Steps) -> Result<Result<(), Ended>> {
        let Some(seconds) = self.options.hostile else { return Ok(Ok(())) };
        let files = self.files(before)?;
        if files.is_empty() {
            let taken = steps.take("hostile", Ok(()))?;
            steps.say("the modules have made no file that nonsense could be thrown at");
            return Ok(taken);
        }
        let seed = self.options.seed.unwrap_or_else(seed);
        let (attacked, what) = match self.attack(seconds, seed, &files) {
            Ok(what) => (Ok(()), what),
            Err(error) => (Err(error), String::new()),
        };
        let attacked = self.explained(attacked)?;
        let attacked = attacked.map_err(|error| {
            Fault(format!("{error:#}\nnonsense from seed {seed}: --hostile={seconds} --seed {seed}")).into()
        });
        let said = self.news()?;
        let attacked = steps.take("hostile", attacked)?;
        steps.say(&what);
        steps.say(&said);
        Ok(attacked)
    }

    /// Returns at what it was thrown, in words.
    fn attack(&mut self, seconds: u64, seed: u64, files: &[String]) -> Result<String> {
        let mut requests = Vec::new();
        for module in self.modules {
            requests.extend(module.compared()?.into_iter().map(|request| format!("{request:#x}")));
        }
        let (seconds, seed) = (seconds.to_string(), seed.to_string());
        let mut argv = vec![agent::PROGRAM, "hostile", &seconds, &seed];
        argv.extend(files.iter().chain(&requests).map(String::as_str));
        let limits = Limits { time: Duration::from_secs(seconds.parse()?) + ENDING, ..self.limits };
        let ended = self.guest.run(&argv, limits)?;
        match ended.exit {
            Exit::Code(0) => Ok(String::from_utf8_lossy(&ended.stdout).into_owned()),
            exit => bail!(Fault(format!("{exit}\n{}", String::from_utf8_lossy(&ended.stderr).trim()))),
        }
    }

    /// The files that were not there before.
    fn files(&mut self, before: &Survey) -> Result<Vec<String>> {
        let now = self.survey()?;
        let paths = now.new_paths(before).into_iter();
        let made = paths
            .filter(|path| MADE.iter().any(|folder| path.starts_with(folder)) && !path.starts_with("/sys/kernel/slab"));
        let parameters = self.modules.iter().map(|module| format!("/sys/module/{}/parameters", module.name));
        let has_parameters = self.modules.iter().any(|module| !module.accepts().is_empty());
        let mut files: Vec<String> = made.map(str::to_string).collect();
        files.extend(parameters.filter(|_| has_parameters));
        Ok(files)
    }
}

/// Another each time.
fn seed() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64)
}
