//! What a cell asks of the host: one line on standard output, [`PREFIX`] and a [`Request`] in JSON, which `cargo lab relay`
//! takes out of the cell's output, also from the end of a line that the cell has begun; and one line on standard input, a
//! [`Reply`] in JSON.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::io::{self, Write};

/// The beginning of a line that is a request.
pub const PREFIX: &str = "CROSSINGS_LAB_REQUEST ";

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Build a module and put it, and the kernel's own modules that it needs, into `/root`.
    Build(Source),
    /// Check the learner's copy of this exercise.
    Verify(String),
}

/// The sources of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The module is `crossings_SLUG`.
    pub slug: String,
    /// Its only source file, if it is not one of the course.
    pub text: Option<String>,
    /// Passages of the source files to replace, in this order.
    pub changes: Vec<Change>,
}

/// A passage that stands exactly once in a module's source files, and what to put in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The passage.
    pub from: String,
    /// Its replacement.
    pub to: String,
}

/// What the host answers: to Build the names of the modules to load, in this order; to Verify why the exercise passes; or
/// what went wrong.
pub type Reply = std::result::Result<Vec<String>, String>;

/// Sends a request and waits for the reply. `what` names it in an error.
pub fn ask(what: &str, request: &Request) -> Result<Vec<String>> {
    exchange(request).map_err(|error| Error(format!("ask the lab to {what}: {error}")))?.map_err(Error)
}

fn exchange(request: &Request) -> io::Result<Reply> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{PREFIX}{}", serde_json::to_string(request)?)?;
    stdout.flush()?;
    drop(stdout);
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}
