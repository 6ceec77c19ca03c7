//! Where a guest and its programs stand, for whoever reads why something hangs.

use crate::vm::{emulator::qmp::Qmp, guest::Guest};
use agent::{Answer, Request, Thread};
use anyhow::{Result, bail};
use std::time::Duration;

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

    /// Where each thread of a program is. Err: that the guest no longer says, and where its processors are.
    pub fn where_it_stands(&mut self, program: &str) -> Result<Vec<Thread>, String> {
        match self.threads(program) {
            Ok(threads) => {
                self.log_where_everyone_is();
                Ok(threads)
            }
            Err(error) => {
                // It is not waited for again.
                self.set_patience(Duration::ZERO);
                let processors = Qmp::processors(&self.vm().control).unwrap_or_else(|error| format!("{error:#}"));
                Err(format!("and the guest does not say where it stands: {error:#}\n{processors}"))
            }
        }
    }

    /// Where each thread of a program is.
    pub fn threads(&mut self, program: &str) -> Result<Vec<Thread>> {
        match self.answer(Request::Threads { program: program.into() })? {
            Answer::Threads(threads) => Ok(threads),
            other => bail!("asked for threads, the guest said {other:?}"),
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
