//! `cargo lab check`: a module, by the kernel's own checkers and on all kernels, in one table.

use super::{
    Options, Wanted,
    build::{make, sources::Sources, tree::Tree},
    exit_code, on_all, repeat,
    steps::Steps,
};
use crate::{
    cache, programs,
    report::{
        Report,
        verdict::{Fault, Verdict},
    },
    vm::{
        kernel::Kernel,
        kernels::{self, ALL},
    },
};
use anyhow::{Context, Result, bail, ensure};
use regex::Regex;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command as Program, ExitCode},
};
use walkdir::WalkDir;

/// What to check, and on what.
#[derive(clap::Args)]
pub struct Command {
    /// Kernel to build for and run on, instead of all that there are; may be given more than once
    #[arg(long = "kernel", value_name = "K", default_values = [ALL], value_delimiter = ',', value_parser = kernels::some())]
    kernels: Vec<String>,
    #[command(flatten)]
    options: Options,
}

/// How long nonsense is thrown if nothing is said of it, in seconds.
const HOSTILE: u64 = 3;

/// How many findings of a checker are shown.
const SHOWN: usize = 20;

/// Runs the command.
pub fn command(Command { kernels, options }: &Command) -> Result<ExitCode> {
    let options = Options { hostile: options.hostile.or(Some(HOSTILE)), ..options.clone() };
    let wanted = Wanted::of(&options.modules)?;
    repeat(&options, &wanted, || {
        let mut reports = read(&kernels::chosen(kernels), &options, &wanted)?;
        let (tried, exit) = on_all(kernels, &options, &wanted)?;
        reports.extend(tried);
        if !options.style.machine_readable(&reports) {
            print!("\n{}", table(&reports));
        }
        Ok(exit_code(&reports, exit))
    })
}

/// What the checkers say that read the source, for the first of the kernels. Of modules that are built already there is none.
fn read(kernels: &[String], options: &Options, wanted: &Wanted) -> Result<Vec<Report>> {
    let Some(kernel) = kernels.first().filter(|_| !wanted.folders.is_empty()) else { return Ok(Vec::new()) };
    let kernel = Kernel::find(kernel)?;
    let mut steps = Steps::on(&options.style, &kernel.name, &kernel.release);
    let _ = steps.take("checkpatch", checkpatch(wanted).and_then(found))?;
    let _ = steps.take("sparse", sparse(&kernel, options, wanted).and_then(found))?;
    Ok(steps.reports)
}

/// A checker that has found something: the module is at fault.
fn found(lines: Vec<String>) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let more = lines.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!("\n… and {more} more") } else { String::new() };
    bail!(Fault(format!("{}{more}", lines[..lines.len().min(SHOWN)].join("\n"))))
}

/// What scripts/checkpatch.pl finds in the sources (Documentation/dev-tools/checkpatch.rst).
fn checkpatch(wanted: &Wanted) -> Result<Vec<String>> {
    let script = cache::folder()?.join("checkers/checkpatch.pl");
    ensure!(script.is_file(), "checkpatch is not in the cache: ci/setup.sh --test");
    let files = wanted.folders.iter().flat_map(|folder| texts(folder));
    let output = Program::new("perl")
        .arg(&script)
        .args(["--no-tree", "--strict", "--terse", "--show-types", "--no-summary", "-f"])
        .args(files)
        .output()
        .context("start checkpatch")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let failed = !output.status.success() && said.trim().is_empty();
    ensure!(!failed, "checkpatch: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(said.lines().filter(|line| !line.trim().is_empty()).map(|line| theirs(line, wanted)).collect())
}

/// The sources that somebody has written.
fn texts(folder: &Path) -> Vec<PathBuf> {
    let is_text = |path: &PathBuf| {
        let name = path.to_string_lossy();
        (name.ends_with(".c") || name.ends_with(".h")) && !name.ends_with(".mod.c")
    };
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    entries.map(walkdir::DirEntry::into_path).filter(|path| path.is_file() && is_text(path)).collect()
}

/// What sparse finds (Documentation/dev-tools/sparse.rst). It has a copy of its own, which is built as a whole.
fn sparse(kernel: &Kernel, options: &Options, wanted: &Wanted) -> Result<Vec<String>> {
    programs::find("sparse").context("sparse is missing, which ci/setup.sh --test brings")?;
    let variables: Vec<String> =
        options.variables.iter().cloned().chain(["C=2".into(), "CHECK=sparse".into()]).collect();
    let folders: Vec<String> = wanted.folders.iter().map(|folder| folder.display().to_string()).collect();
    let tree = Tree::open(&[&kernel.release, "sparse", &variables.join("\n"), &folders.join("\n")])?;
    let sources = Sources::of(&wanted.folders)?;
    tree.update(&sources)?;
    make::build(kernel, &tree, &sources, &wanted.folders, &variables)?;
    let log = fs::read_to_string(tree.folder.join(make::LOG)).context("read what sparse has said")?;
    // The compiler names the option that a warning of its own comes from.
    let finding = Regex::new(r"(?m)^[^ ]+\.[ch]:[0-9]+:[0-9]+: (?:warning|error): .*[^\]\n]$")?;
    Ok(finding.find_iter(&log).map(|line| theirs(line.as_str(), wanted)).collect())
}

/// A finding, with the name of a file as its author has it in the folder.
fn theirs(line: &str, wanted: &Wanted) -> String {
    let folders = wanted.folders.iter().map(|folder| format!("{}/", folder.display()));
    folders.fold(line.trim_end().to_string(), |line, folder| line.replace(&folder, ""))
}

/// A row for each step, a column for each kernel.
fn table(reports: &[Report]) -> String {
    let (mut steps, mut kernels): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for report in reports {
        if !steps.contains(&report.name.as_str()) {
            steps.push(&report.name);
        }
        if !kernels.contains(&report.kernel.as_str()) {
            kernels.push(&report.kernel);
        }
    }
    let mut rows = vec![format!("{:12}", "")];
    rows[0] += &kernels.iter().map(|kernel| format!("{kernel:14}")).collect::<String>();
    for step in steps {
        let cell = |kernel: &&str| {
            let report = reports.iter().find(|report| report.name == step && report.kernel == **kernel);
            match report.map(|report| &report.verdict) {
                Some(Verdict::Passed) => "ok",
                Some(Verdict::Failed(_)) => "FAILED",
                Some(Verdict::Broken(_)) => "LAB BROKE",
                None => "",
            }
        };
        rows.push(format!(
            "{step:12}{}",
            kernels.iter().map(|kernel| format!("{:14}", cell(kernel))).collect::<String>()
        ));
    }
    rows.iter().map(|row| format!("{}\n", row.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_for_each_step_and_a_column_for_each_kernel() {
        let report = |name: &str, kernel: &str, verdict| Report {
            name: name.into(),
            kernel: kernel.into(),
            release: String::new(),
            accelerator: String::new(),
            seconds: 0.0,
            verdict,
        };
        let reports = [
            report("sparse", "6.12", Verdict::Passed),
            report("build", "6.12", Verdict::Passed),
            report("load", "6.12", Verdict::Passed),
            report("build", "6.1", Verdict::Failed("no".into())),
        ];
        let expected = "            6.12          6.1\n\
                        sparse      ok\n\
                        build       ok            FAILED\n\
                        load        ok\n";
        assert_eq!(table(&reports), expected);
    }
}
