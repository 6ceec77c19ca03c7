//! What the cells name is compiled before anybody waits for it in a cell: it takes minutes the first time, and nothing moves there.

use crate::{cache_key::CacheKey, course::Course, notebooks::notebook::Notebook, report::spinner::Work};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

/// Has the notebooks' kernel compile what the cells of these notebooks name, unless it has; `kernel` is the command that starts it, and
/// `cells` the folder in which it builds. Says how far it is.
pub fn compile(course: &Course, slugs: &[String], mut kernel: Command, cells: &Path) -> Result<()> {
    let compiler = Command::new("rustc").arg("-vV").current_dir(&course.root).output().context("start rustc")?;
    let common = CacheKey::default().bytes(compiler.stdout).file(&course.root.join("Cargo.lock"))?;
    let common = common.folder(&course.root.join("lab/notebook"))?.folder(&course.root.join("lab/lesson"))?;
    // Cargo knows the crates by where they are: those of another checkout are others.
    let common = common.bytes(course.root.as_os_str().as_encoded_bytes());
    let mut orders = Vec::new();
    for slug in slugs {
        let dependencies = Notebook::read(&course.notebook(slug))?.dependencies();
        let key = common.clone().folder(&course.lesson(slug))?.bytes(dependencies.concat()).finish();
        // The kernel writes it when it has compiled them.
        let done = fs::read_to_string(cells.join("0/compiled").join(slug)).is_ok_and(|done| done == key);
        if !done {
            orders.push(json!({ "notebook": slug, "key": key, "dependencies": dependencies }));
        }
    }
    if orders.is_empty() {
        return Ok(());
    }
    let mut work = Work::begin("compile what the notebooks' cells use; this is once for all");
    kernel.arg("--compile").current_dir(course.notebooks()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = kernel.spawn().context("start the notebooks' kernel")?;
    let mut to = child.stdin.take().context("the kernel's input")?;
    for order in &orders {
        writeln!(to, "{order}")?;
    }
    drop(to);
    work.say(&format!("0 of {}", orders.len()));
    let said = BufReader::new(child.stdout.take().context("the kernel's output")?).lines();
    for (count, line) in (1..).zip(said.map_while(Result::ok)) {
        work.say(&format!("{count} of {}, {line}", orders.len()));
    }
    ensure!(child.wait()?.success(), "the notebooks' kernel could not compile what their cells use");
    Ok(())
}
