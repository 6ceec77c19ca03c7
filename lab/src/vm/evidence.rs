//! Where a guest and its programs stand, for whoever reads why something hangs.

use crate::vm::{emulator::qmp::Qmp, guest::Guest};
use agent::{Answer, Request};
use anyhow::{Result, bail};

impl Guest {
    /// Whether its processors have done anything since they were reset, as far as the emulator can tell.
    pub fn has_begun(&mut self) -> bool {
        Qmp::processors(&self.vm().control).is_ok_and(|places| places.lines().any(is_beyond_reset))
    }

    /// Has the kernel log the stacks of blocked tasks and busy processors, for whoever reads why something hangs.
    fn log_where_everyone_is(&mut self) {
        let evidence = ['w', 'l'].into_iter().try_for_each(|key| self.ask(Request::Sysrq { key }));
        if evidence.is_ok() {
            let _ = self.settled_log();
        }
    }

    /// What each thread of a program is doing. Of a guest that no longer answers, where its processors are.
    pub fn where_it_stands(&mut self, program: &str) -> String {
        match self.stacks(program) {
            Ok(text) => {
                self.log_where_everyone_is();
                format!("\n{}", text.trim_end())
            }
            Err(error) => {
                let processors = Qmp::processors(&self.vm().control).unwrap_or_else(|error| format!("{error:#}"));
                format!("\nand the guest does not say where it stands: {error:#}\n{processors}")
            }
        }
    }

    /// What each thread of a program is doing: its name, its system call, and the top of its stack in the kernel.
    pub fn stacks(&mut self, program: &str) -> Result<String> {
        match self.answer(Request::Stacks { program: program.into() })? {
            Answer::Stacks { text } => Ok(text),
            other => bail!("asked for stacks, the guest said {other:?}"),
        }
    }
}

/// Whether a processor stands elsewhere than at its first instruction, by a line like `RIP=000000000000fff0 RFL=…`. x86
/// begins 16 bytes below the end of the address space (Intel's manual, volume 3, "First Instruction Executed").
fn is_beyond_reset(line: &str) -> bool {
    let place = line.strip_prefix("RIP=").and_then(|rest| rest.split(' ').next());
    place.is_some_and(|place| !place.ends_with("fff0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_at_its_first_instruction_has_not_begun() {
        assert!(!is_beyond_reset("RIP=000000000000fff0 RFL=00000002 [-------] CPL=0"));
        assert!(is_beyond_reset("RIP=ffffffff81e3a4cb RFL=00000246 [---Z-P-] CPL=0"));
        assert!(!is_beyond_reset("CPU#0"));
    }
}
