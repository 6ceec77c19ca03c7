//! `cargo lab dev draw`: what the book shows of kept figures and of records: charts, tables and pictures, made from these
//! and from nothing else, so that `cargo lab dev lint` can make them again and compare.

use crate::{
    course::Course,
    figures::{latency, markdown, measure, measured::Measured, relation, throughput, trace},
};
use anyhow::{Context, Result};
use std::{fs, process::ExitCode};

/// What the book shows of the figures: each file's name in `book/figures` and its content.
fn pictures(measured: &Measured) -> [(&'static str, String); 9] {
    [
        ("choosing-latency.svg", latency::draw(&measured.lab, &measured.host)),
        ("choosing-throughput.svg", throughput::draw(&measured.lab, &measured.host)),
        ("choosing-machine.md", markdown::machine(measured)),
        ("choosing-latency.md", markdown::latency(&measured.lab)),
        ("choosing-sizes.md", markdown::sizes(&measured.lab)),
        ("choosing-apart.md", markdown::apart(measured)),
        ("choosing-emulation.md", markdown::emulation(measured)),
        ("choosing-rep.md", markdown::rep(measured)),
        ("choosing-compared.md", markdown::compared(&measured.compared)),
    ]
}

/// Runs the command: draws the kept figures and the lessons' records.
pub fn command() -> Result<ExitCode> {
    let course = Course::find()?;
    let slugs = course.slugs()?;
    if slugs.iter().any(|slug| slug == measure::LESSON) {
        draw(&Measured::read(&Measured::path(&course))?, &course)?;
        println!("drawn: what was measured last");
    }
    for slug in &slugs {
        write(&course, &trace::name(slug), &trace::draw(&course, slug)?)?;
    }
    println!("drawn: what {} lessons recorded", slugs.len());
    Ok(ExitCode::SUCCESS)
}

/// Draws what the book shows of the figures.
pub fn draw(measured: &Measured, course: &Course) -> Result<()> {
    pictures(measured).iter().try_for_each(|(name, content)| write(course, name, content))
}

fn write(course: &Course, name: &str, content: &str) -> Result<()> {
    let path = course.book().join("figures").join(name);
    fs::write(&path, content).with_context(|| format!("write {}", path.display()))
}

/// What in the book is not what the kept figures give, for `cargo lab dev lint`: charts and tables, and sentences that quote a
/// relation. A course without the chapter has none.
pub fn faults(course: &Course) -> Result<Vec<String>> {
    if !course.lesson(measure::LESSON).is_dir() {
        return Ok(Vec::new());
    }
    let measured = match Measured::read(&Measured::path(course)) {
        Ok(measured) => measured,
        Err(error) => return Ok(vec![format!("{error:#}: run `cargo lab dev measure`")]),
    };
    let stale = |(name, content): &(&str, String)| {
        fs::read_to_string(course.book().join("figures").join(name)).ok().as_ref() != Some(content)
    };
    let pictures = pictures(&measured);
    let stale = pictures
        .iter()
        .filter(|picture| stale(picture))
        .map(|(name, _)| format!("book/figures/{name} is not what measured.json gives: run `cargo lab dev draw`"));
    let page = fs::read_to_string(course.book().join("choosing.md")).unwrap_or_default();
    Ok(stale.chain(measured.short_batches()).chain(relation::faults("book/choosing.md", &page, &measured)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::measured::{Figure, To, tests::figure};

    #[test]
    fn nothing_lies_outside_of_the_picture() {
        let figures: Vec<_> = (0..7).map(|n| figure("pipe", To::Process, 64 << (2 * n), 10_u64.pow(n + 2))).collect();
        let circle = regex::Regex::new(r#"cx="([-0-9.]+)""#).expect("regex");
        let host: Vec<_> = figures.iter().map(|one| Figure { median: one.median / 7 + 1, ..one.clone() }).collect();
        for chart in [latency::draw(&figures, &host), throughput::draw(&figures, &host)] {
            for found in circle.captures_iter(&chart) {
                let x: f64 = found[1].parse().expect("a number");
                assert!((0.0..=400.0).contains(&x), "{x}");
            }
        }
    }
}
