//! What a cell asks of the host: a [`Request`] in JSON, one line on a named pipe of the guest, at whose other end
//! `cargo lab dev relay` listens; and one line on standard input, a [`Reply`] in JSON.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::{self, Write},
    sync::{Mutex, PoisonError},
};

/// The named pipe. The agent makes it for the program that runs the cells.
pub const PIPE: &str = "/run/lab";

/// Guards the pipe and standard input: the next reply is that to the last request.
static ASKING: Mutex<()> = Mutex::new(());

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

/// What the host answers: to Build the names of the modules to load, in this order; to Verify what there is to say of
/// the exercise; or what went wrong.
pub type Reply = std::result::Result<Vec<String>, String>;

/// Sends a request and waits for the reply. `what` names it in an error.
pub fn ask(what: &str, request: &Request) -> Result<Vec<String>> {
    exchange(request).map_err(|error| Error(format!("ask the lab to {what}: {error}")))?.map_err(Error)
}

fn exchange(request: &Request) -> io::Result<Reply> {
    let _guard = ASKING.lock().unwrap_or_else(PoisonError::into_inner);
    File::options().write(true).open(PIPE)?.write_all(format!("{}\n", serde_json::to_string(request)?).as_bytes())?;
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}
