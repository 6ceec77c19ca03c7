//! `cargo lab dev site`: runs the chapters as a browser does, in the same emulator under Node, and compares what they print.

use crate::{
    build::manifest::Manifest,
    course::Course,
    report::{
        Report, Style, parallel,
        verdict::{self, Mistake, Verdict},
    },
    site::{
        chapter::{self, Chapter},
        template::Template,
    },
};
use ::lesson::cost::without_figures;
use anyhow::{Context, Result, bail};
use std::{fs, process::ExitCode, time::Instant};

/// Which chapters, and what for.
#[derive(clap::Args)]
pub struct Options {
    /// Chapters; all of them if none is named
    slugs: Vec<String>,
    /// Accept what they print as what is expected of them there, where it is not what is expected elsewhere
    #[arg(long)]
    bless: bool,
    #[command(flatten)]
    style: Style,
}

/// Runs the command.
pub fn command(options: &Options) -> Result<ExitCode> {
    if options.bless && std::env::var_os("CI").is_some() {
        bail!(Mistake("bless is for people: CI checks golden files and never writes them".into()));
    }
    let course = Course::find()?;
    let slugs = course.chosen(&options.slugs)?;
    slugs.iter().try_for_each(|slug| say_what_cannot(&course, slug))?;
    let template = Template::make()?;
    let programs = chapter::programs(&course, &slugs);
    let machine = course.scratch().join("site");
    // One at a time: the emulator takes a processor, and the figures are to tell something.
    let reports = parallel::each(
        &slugs,
        1,
        |slug| {
            let started = Instant::now();
            let outcome = Chapter::make(&course, &template.kernel, slug, &programs[slug], &machine)
                .and_then(|chapter| run(&course, &template, &chapter, options.bless));
            let report = Report {
                name: slug.clone(),
                kernel: template.kernel.name.clone(),
                release: template.kernel.release.clone(),
                accelerator: "v86".into(),
                seconds: started.elapsed().as_secs_f64(),
                verdict: Verdict::from(outcome),
            };
            (slug.clone(), report)
        },
        &options.style,
    );
    options.style.conclude(&reports);
    Ok(verdict::exit_code(reports.iter().map(|report| &report.verdict)))
}

/// Says which scenes cannot be played there.
fn say_what_cannot(course: &Course, slug: &str) -> Result<()> {
    for (scene, why) in Manifest::of(&course.lesson(slug))?.not_in_browser {
        println!("       {scene} is not played in a browser: {why}");
    }
    Ok(())
}

/// Runs a chapter, and holds what it prints against what is expected, or makes that what is expected.
fn run(course: &Course, template: &Template, chapter: &Chapter, bless: bool) -> Result<()> {
    let played = chapter.play(template)?;
    eprintln!("{}: {}", chapter.slug, played.seconds);
    let output = played.output()?;
    match bless {
        true => accept(course, &chapter.slug, &output),
        false => chapter::compare(course, &chapter.slug, &output),
    }
}

/// Writes what a chapter prints in a browser, where that is not what it prints elsewhere.
fn accept(course: &Course, slug: &str, output: &str) -> Result<()> {
    let output = without_figures(output);
    let own = chapter::golden(course, slug);
    if fs::read_to_string(course.lesson(slug).join("expected.txt")).is_ok_and(|text| text == output) {
        if own.exists() {
            fs::remove_file(&own).with_context(|| format!("remove {}", own.display()))?;
        }
        println!("{slug}: prints what it prints elsewhere");
        return Ok(());
    }
    fs::write(&own, &output).with_context(|| format!("write {}", own.display()))?;
    println!("{}: {} lines: read it", own.display(), output.lines().count());
    Ok(())
}
