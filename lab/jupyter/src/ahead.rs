//! Compiles ahead what the cells of notebooks name, in the folder in which the cells are built, and exactly as evcxr does it when
//! they run.

use crate::folder::Folder;
use anyhow::{Context, Result, anyhow};
use evcxr::CommandContext;
use serde::Deserialize;
use std::{fs, io::stdin};

/// A notebook, in a line of JSON.
#[derive(Deserialize)]
struct Order {
    notebook: String,
    /// What is kept when it is done.
    key: String,
    /// Lines that begin with `:dep`.
    dependencies: Vec<String>,
}

/// Carries out the orders on standard input, and names each notebook when its is done. One that does not compile fails in its
/// cell, where a reader sees why.
pub fn compile(folder: &Folder) -> Result<()> {
    let done = folder.path.join("compiled");
    fs::create_dir_all(&done).with_context(|| format!("make {}", done.display()))?;
    let (mut evcxr, _outputs) = CommandContext::new().map_err(|error| anyhow!("{error}"))?;
    for line in stdin().lines() {
        let order: Order = serde_json::from_str(&line?).context("read an order")?;
        let cell = format!(":clear\n{}", order.dependencies.join("\n"));
        match evcxr.execute(&cell) {
            Ok(_) => fs::write(done.join(&order.notebook), order.key)?,
            Err(error) => eprintln!("{}: {error}", order.notebook),
        }
        println!("{}", order.notebook);
    }
    Ok(())
}
