//! A process that has the counter, until it is told to end or killed.

use crate::{counter::Counter, unnamed::Unnamed};
use lesson::child::Child;
use nix::Result;
use std::ffi::CStr;

// ANCHOR: holder
/// A process that has the counter. It opens it itself, because what a child inherits is
/// the same open file, and would keep the counter as long as the child lives.
pub struct Holder {
    child: Child,
    end: Unnamed,
}

impl Holder {
    /// Starts it, and waits until it has opened the counter and set it to `value`.
    pub fn start(name: &CStr, value: i32) -> Result<Holder> {
        let (ready, end) = (Unnamed::new(0)?, Unnamed::new(0)?);
        let child = Child::named(name, || {
            let counter = Counter::open()?;
            counter.set(value)?;
            ready.post()?;
            end.wait()
        })?;
        ready.wait()?;
        Ok(Holder { child, end })
    }

    /// Lets it end by itself.
    pub fn end(self) -> Result<()> {
        self.end.post()?;
        self.child.wait()
    }
    // ANCHOR_END: holder

    /// kill(2) with SIGKILL.
    pub fn kill(self) -> Result<()> {
        self.child.kill()
    }
}
