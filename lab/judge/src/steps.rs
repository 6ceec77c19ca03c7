//! A small test-suite for who writes a whole driver: it goes step by step.

use crate::{Result, anyhow};

/// Takes steps in their order, each a title and what tries it. Of the first that does not stand it is said what is wrong, and
/// which ones stand.
pub fn steps(steps: impl IntoIterator<Item = (&'static str, impl FnOnce() -> Result<()>)>) -> Result<()> {
    for (stand, (title, step)) in steps.into_iter().enumerate() {
        step().map_err(|finding| {
            let stand = match stand {
                0 => "No step stands yet".to_string(),
                1 => "Step 1 stands".to_string(),
                2 => "Steps 1 and 2 stand".to_string(),
                _ => format!("Steps 1 to {stand} stand"),
            } + &format!(". Step {}", stand + 1);
            anyhow!("{stand}, {title}: {finding:#}")
        })?;
    }
    Ok(())
}
