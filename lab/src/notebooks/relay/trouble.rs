//! The kernel's log while cells run, read for trouble.

use crate::{
    course::Course,
    lessons::{lesson::excerpt, log},
    notebooks::relay::modules::Modules,
    report::verdict::Fault,
    vm::{
        console,
        guest::{Guest, without_marks},
        kernel::Kernel,
    },
};
use anyhow::{Result, bail};

/// Who reads the log.
pub struct Watch {
    /// How much of it was read.
    read: usize,
}

impl Watch {
    /// From now on.
    pub fn begin(guest: &Guest) -> Self {
        Watch { read: guest.log().len() }
    }

    /// Reads on. Fails with a [`Fault`] when the kernel has reported trouble since the last time, and keeps the log then.
    pub fn look(&mut self, course: &Course, kernel: &Kernel, guest: &mut Guest, modules: &Modules) -> Result<()> {
        let log = guest.log();
        let new = &log[self.read.min(log.len())..];
        if excerpt(new).is_some() {
            // A report comes in many lines; wait for the rest.
            let _ = guest.settled_log();
            let log = guest.log();
            let new = without_marks(&log[self.read.min(log.len())..]);
            log::keep(course, "notebook", &kernel.name, &without_marks(&log))?;
            let report = Some(console::headlines(&new)?).filter(|lines| !lines.is_empty()).or_else(|| excerpt(&new));
            let report = report.unwrap_or_default();
            let place = modules.place(&new).map(|place| format!("\n{place}")).unwrap_or_default();
            bail!(Fault(format!(
                "The kernel reported trouble; `cargo lab log notebook` shows all of it.\n{}{place}",
                report.trim_end()
            )));
        }
        // The last line may not be whole yet.
        self.read += new.rfind('\n').map_or(0, |end| end + 1);
        Ok(())
    }
}
