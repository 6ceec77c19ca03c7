//! A small test-suite for a driver: five steps, one after the other. It loads the module with other parameters, and goes on with
//! a module that is loaded.

mod steps;

use judge::Result;

pub fn check() -> Result<()> {
    judge::steps(steps::STEPS)
}
