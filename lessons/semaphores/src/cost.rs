//! What it costs to take and give back, and to wait for each other.

use crate::unnamed::Unnamed;
use lesson::child::Child;
use nix::Result;

/// A child that answers each post with a post.
pub struct Echo {
    question: Unnamed,
    answer: Unnamed,
}

impl Echo {
    /// Starts it. It ends when the [`Child`] is dropped.
    pub fn start() -> Result<(Echo, Child)> {
        let echo = Echo { question: Unnamed::new(0)?, answer: Unnamed::new(0)? };
        let child = Child::named(c"echo", || {
            loop {
                echo.question.wait()?;
                echo.answer.post()?;
            }
        })?;
        Ok((echo, child))
    }

    /// Posts one semaphore, and waits for the other.
    pub fn ask(&self) -> Result<()> {
        self.question.post()?;
        self.answer.wait()
    }
}
